import { hash } from 'node:crypto';
import { readdir, readFile, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { sortBy } from 'es-toolkit/array/sortBy';
import { sumBy } from 'es-toolkit/math/sumBy';
import type { Run } from '../config/run.js';
import type { Dataset, SampleShape } from '../data/dataset.js';
import type { AutoencoderPlan } from '../detectors/options.js';
import { computerOf, type FoundDevice } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { cacheHome } from '../files/cache-home.js';
import { makeFolder } from '../files/folders.js';
import { isUnfinished, writeFileAtomic } from '../files/write-file.js';
import { autoencoderKey, autoencoderOf } from './groups.js';
import type { Executor, TrainedAutoencoder } from './task.js';

/**
 * The folder of this user's autoencoders: that of the environment variable DEEPSAD_CACHE, else in the platform's cache folder.
 *
 * @throws UserError where it is neither said nor known
 */
export function cacheFolder(): string {
  return process.env.DEEPSAD_CACHE || join(cacheHome(), 'autoencoders');
}

/** Bytes of a sha256. */
const CHECKSUM_SIZE = 32;
/** The name of an entry's file; others that end like it may be anybody's. */
const ENTRY = /^[0-9a-f]{64}\.weights$/;
/** What eviction leaves, as a fraction of the limit, so that it is not due again with the next entry. */
const KEPT = 0.9;

/** An entry's file. */
interface Entry {
  readonly file: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly lastUsed: number;
}

/**
 * Trained autoencoders on disk, one file each by the content id of what was trained: a sha256, then all that it covers, the id and
 * the autoencoder. Processes may share a folder. The files least recently used go when all together outgrow the limit.
 */
export class AutoencoderCache {
  /** Bytes of all entries, as far as this process knows; undefined until it has counted them. */
  private size: number | undefined;

  /**
   * @param limit the most bytes of all entries together
   * @param beyond has what others have trained: is asked for what is not here, which is kept here then, and gets what is put here
   * @throws Unwritable where the folder cannot be created
   */
  constructor(
    private readonly directory: string,
    private readonly limit: number,
    private readonly beyond?: AutoencoderCache,
  ) {
    makeFolder(directory);
  }

  /** The autoencoder of an entry; undefined where there is none, or it is damaged. */
  async get(id: string): Promise<TrainedAutoencoder | undefined> {
    const own = await this.find(id);
    if (own || !this.beyond) return own;
    const other = await this.beyond.get(id);
    if (other) await this.keep(id, other);
    return other;
  }

  /** Writes an entry, and evicts others where there are too many. A disk that is full costs the entry, not the run. */
  async put(id: string, autoencoder: TrainedAutoencoder): Promise<void> {
    await this.keep(id, autoencoder);
    await this.beyond?.put(id, autoencoder);
  }

  private async find(id: string): Promise<TrainedAutoencoder | undefined> {
    const file = this.fileOf(id);
    const bytes = await readFile(file).catch(() => undefined);
    const autoencoder = bytes && unpack(bytes, id);
    if (!autoencoder) return undefined;
    const now = new Date();
    // Fails where another process has just evicted the file, which no longer matters.
    await utimes(file, now, now).catch(() => {});
    return autoencoder;
  }

  private async keep(id: string, autoencoder: TrainedAutoencoder): Promise<void> {
    const bytes = pack(id, autoencoder);
    try {
      // Its checksum makes a sync to the disk needless.
      await writeFileAtomic(this.fileOf(id), bytes, { fsync: false });
      this.size = this.size === undefined ? await this.count() : this.size + bytes.length;
      if (this.size > this.limit) await this.evict();
    } catch {
      this.size = undefined;
    }
  }

  private fileOf(id: string): string {
    return join(this.directory, `${id}.weights`);
  }

  private async entries(): Promise<Entry[]> {
    const names = (await readdir(this.directory)).filter(
      // What a killed command left half written is never used again, and goes like any other.
      (name) => ENTRY.test(name) || isUnfinished(name),
    );
    const entries = await Promise.all(
      names.map(async (name) => {
        const file = join(this.directory, name);
        const stats = await stat(file).catch(() => undefined);
        return stats ? [{ file, bytes: stats.size, lastUsed: stats.mtimeMs }] : [];
      }),
    );
    return entries.flat();
  }

  private async count(): Promise<number> {
    return sumBy(await this.entries(), (entry) => entry.bytes);
  }

  private async evict(): Promise<void> {
    const entries = await this.entries();
    this.size = sumBy(entries, (entry) => entry.bytes);
    for (const { file, bytes } of sortBy(entries, ['lastUsed'])) {
      if (this.size <= KEPT * this.limit) break;
      await rm(file, { force: true });
      this.size -= bytes;
    }
  }
}

/**
 * An executor that trains only the autoencoders that the cache does not have.
 *
 * @param datasets by checksum, those of the runs
 * @param devices by name, those of the executor
 * @param build that of the executor
 */
export function withCache(
  executor: Executor,
  cache: AutoencoderCache,
  datasets: ReadonlyMap<string, Pick<Dataset, 'shape'>>,
  devices: ReadonlyMap<DeviceName, FoundDevice>,
  build: string,
): Executor {
  const idOf = (run: Run, plan: AutoencoderPlan, device: DeviceName) =>
    contentId(run, plan, datasets.get(run.dataChecksum)?.shape, devices.get(device) as FoundDevice, build);
  return {
    async execute(run, device, autoencoder, watcher) {
      const plan = autoencoderOf(run);
      if (!plan || autoencoder) return executor.execute(run, device, autoencoder, watcher);
      const id = idOf(run, plan, device);
      const kept = await cache.get(id);
      if (kept) {
        watcher.pretrained?.(kept);
        return executor.execute(run, device, kept, watcher);
      }
      let written: Promise<void> | undefined;
      const pretrained = (trained: TrainedAutoencoder) => {
        written = cache.put(id, trained);
        watcher.pretrained?.(trained);
      };
      try {
        return await executor.execute(run, device, undefined, { ...watcher, pretrained });
      } finally {
        await written;
      }
    },
    async pretrain(run, device, progress) {
      const plan = autoencoderOf(run);
      if (!plan) return executor.pretrain(run, device, progress);
      const id = idOf(run, plan, device);
      const autoencoder = await cache.get(id);
      if (autoencoder) return { autoencoder, seconds: 0 };
      const pretrained = await executor.pretrain(run, device, progress);
      await cache.put(id, pretrained.autoencoder);
      return pretrained;
    },
  };
}

/**
 * The content id of a trained autoencoder. One of samples of another shape has weights of other sizes. Another build of this package may train another one; so may another GPU or driver, while
 * the native engine gives the same bits with every instruction set.
 */
function contentId(
  run: Run,
  plan: AutoencoderPlan,
  shape: SampleShape | undefined,
  device: FoundDevice,
  build: string,
): string {
  const computer = device.engine === 'native' ? device.engine : computerOf(device);
  return hash('sha256', JSON.stringify([build, computer, shape, autoencoderKey(run, plan)]));
}

function pack(id: string, autoencoder: TrainedAutoencoder): Buffer {
  const content = serialize({ id, ...autoencoder });
  return Buffer.concat([checksum(content), content]);
}

function unpack(bytes: Buffer, id: string): TrainedAutoencoder | undefined {
  const content = bytes.subarray(CHECKSUM_SIZE);
  if (!checksum(content).equals(bytes.subarray(0, CHECKSUM_SIZE))) return undefined;
  const entry = deserialize(content) as Partial<TrainedAutoencoder> & { readonly id: string };
  // Entries had no losses once.
  if (entry.id !== id || !entry.weights || !entry.losses) return undefined;
  return { weights: entry.weights, losses: entry.losses };
}

function checksum(content: Uint8Array): Buffer {
  return hash('sha256', content, 'buffer');
}
