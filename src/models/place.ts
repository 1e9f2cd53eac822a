import { closeSync, existsSync, openSync, statSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { Unwritable, UserError } from '../errors.js';
import { swap, tryLock } from '../files/file-system.js';
import { makeFolder, tryFolder } from '../files/folders.js';
import { named, systemReason, whatIs } from '../files/read-file.js';
import { few } from '../messages/counted.js';
import { optionName } from '../messages/vocabulary.js';
import { namesEndedProcess, PROCESS_NAME, processName } from '../process-name.js';
import { holdsModel, namesBesideModel } from './model-folder.js';

/**
 * Checks that a model may be put into a folder, and can: that nothing is there, or with `overwrite`, that what is there is a model and
 * nothing else; that nobody works in the folder, which would be gone under them; and that the system lets one be made beside it. What
 * commands that were killed left there is put right first.
 *
 * @throws UserError where it may not or cannot
 */
export async function checkPlace(directory: string, overwrite: boolean): Promise<void> {
  tryFolder(dirname(directory));
  await recoverPlace(directory);
  if ((await occupantOf(directory)) === 'a model' && !overwrite) {
    throw new UserError(
      `${optionName('out')} ${directory}: a model is there; give another folder, or replace it with ${optionName('overwrite')}`,
    );
  }
  if ((await placeOf(directory)) === process.cwd()) {
    throw new UserError(
      `${optionName('out')} ${directory}: the working directory, which another folder would replace; give a folder in it`,
    );
  }
  const trial = await Workshop.open(directory);
  const isMountPoint = existsSync(directory) && statSync(directory).dev !== statSync(trial.folder).dev;
  await trial.close();
  if (isMountPoint) {
    throw new UserError(
      `${optionName('out')} ${directory}: the root of a file system cannot be exchanged; give a folder in it`,
    );
  }
}

/**
 * Makes a folder of a model appear whole: it is written beside its place under another name, and then changes places with the one there. Whatever
 * fails and whenever the process is killed, one of the two is in the place, or `recoverPlace` puts the former one back.
 *
 * @param write writes into the folder that it is given
 * @throws UserError where something else than a model is there, or something beside it, or the system does not let it be put there, saying where it is
 */
export async function placeFolder(
  directory: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  await occupantOf(directory);
  const workshop = await Workshop.open(directory);
  await workshop.attempt(() => write(workshop.made));
  try {
    // Whatever came there since is not replaced.
    await occupantOf(directory);
    await workshop.exchange();
  } catch (error) {
    await workshop.abandon();
    throw new UserError(
      `cannot put the model into ${directory}: ${systemReason(error) ?? (error as Error).message}; it is in ${workshop.made}: move it from there`,
    );
  }
  await workshop.close();
}

/**
 * What is in the place of a model.
 *
 * @throws UserError where it is something else than a model, such as a link that leads nowhere, or more than one: a folder is replaced with all that is in it
 */
async function occupantOf(directory: string): Promise<'nothing' | 'a model'> {
  // Not the text itself: an empty one is no path, but would be the working directory once it is resolved.
  const place = resolve(directory);
  const found = whatIs(place);
  if (
    found === 'nothing' ||
    (found === 'a folder' && (await named(place, () => readdir(place))).length === 0)
  )
    return 'nothing';
  const out = `${optionName('out')} ${directory}`;
  if (!holdsModel(place)) {
    throw new UserError(`${out}: something is there that is no model; give another folder`);
  }
  const others = namesBesideModel(place);
  if (others.length === 0) return 'a model';
  throw new UserError(
    `${out}: ${few(others, LISTED, (name) => name)} would be lost, which ${others.length === 1 ? 'lies' : 'lie'} beside the model there; ` +
      'give another folder, or take them away',
  );
}

/** Names that the message lists. */
const LISTED = 5;

/**
 * Puts back a folder that a killed command had taken out of its place, and removes what else such commands left beside it.
 *
 * @throws UserError where it cannot be put back, saying where it is
 */
export async function recoverPlace(directory: string): Promise<void> {
  const place = await placeOf(directory);
  const beside = await readdir(dirname(place)).catch(() => []);
  const prefix = prefixOf(place);
  // Only these names are of no other maker: what is found by them is removed.
  const isWorkshop = (name: string) => name.startsWith(prefix) && WORKSHOP.test(name.slice(prefix.length));
  for (const name of beside.filter(isWorkshop)) {
    const left = await Workshop.takeOver(place, join(dirname(place), name));
    await left?.restore();
    await left?.close();
  }
}

async function placeOf(directory: string): Promise<string> {
  return realpath(directory).catch(() => resolve(directory));
}

/** What the names of folders beside a place begin with in which its next content is made. */
function prefixOf(place: string): string {
  return `.${basename(place)}.deepsad-`;
}

/** What they end in: the name of a process, and what `mkdtemp` adds. */
const WORKSHOP = new RegExp(`^${PROCESS_NAME}-\\w{6}$`);

/**
 * A folder beside a place in which its next content is made. A lock tells whether the process that made it still runs; where the file system
 * keeps none, its name does, on the machine of that process.
 */
class Workshop {
  readonly made: string;
  private readonly former: string;

  private constructor(
    private readonly place: string,
    readonly folder: string,
    private readonly lock: number,
  ) {
    this.made = join(folder, 'new');
    this.former = join(folder, 'old');
  }

  static async open(directory: string): Promise<Workshop> {
    const place = await placeOf(directory);
    makeFolder(dirname(place));
    let folder: string | undefined;
    try {
      folder = await mkdtemp(join(dirname(place), `${prefixOf(place)}${processName()}-`));
      const lock = openSync(join(folder, LOCK_FILE), 'a+');
      tryLock(lock);
      return new Workshop(place, folder, lock);
    } catch (error) {
      if (folder !== undefined) await rm(folder, { recursive: true, force: true }).catch(() => {});
      if (error instanceof UserError) throw error;
      throw new Unwritable(
        `cannot make a folder beside ${directory}: ${systemReason(error) ?? (error as Error).message}`,
      );
    }
  }

  /** One whose process has ended; undefined where it runs, or the folder is none of these. */
  static async takeOver(place: string, folder: string): Promise<Workshop | undefined> {
    let lock: number | undefined;
    try {
      lock = openSync(join(folder, LOCK_FILE), 'r+');
    } catch {
      return undefined;
    }
    const locked = tryLock(lock);
    const hasEnded =
      typeof locked === 'boolean'
        ? locked
        : namesEndedProcess(basename(folder).slice(prefixOf(place).length));
    if (hasEnded) return new Workshop(place, folder, lock);
    closeSync(lock);
    return undefined;
  }

  /** Does something, and removes the folder where that fails. */
  async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Puts what was made into the place, and what was there in its stead. */
  async exchange(): Promise<void> {
    if (!existsSync(this.place)) return rename(this.made, this.place);
    try {
      swap(this.made, this.place);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!CANNOT_SWAP.has(code)) throw error;
      await rename(this.place, this.former);
      try {
        await rename(this.made, this.place);
      } catch (renaming) {
        await this.restore();
        throw renaming;
      }
    }
  }

  /** Puts what was taken out of the place back, where nothing has taken its place. */
  async restore(): Promise<void> {
    if (!existsSync(this.former) || existsSync(this.place)) return;
    try {
      await rename(this.former, this.place);
    } catch (error) {
      throw new UserError(
        `cannot put the former model back into ${this.place}: ${systemReason(error) ?? (error as Error).message}; it is in ${this.former}: move it from there`,
      );
    }
  }

  /** Removes the folder with all that is in it, the lock last: what is left without one is never removed. */
  async close(): Promise<void> {
    try {
      for (const part of [this.made, this.former, this.folder])
        await rm(part, { recursive: true, force: true });
    } catch {
      // The next command removes it.
    } finally {
      closeSync(this.lock);
    }
  }

  /** Leaves the folder to the user. */
  async abandon(): Promise<void> {
    await rm(join(this.folder, LOCK_FILE), { force: true }).catch(() => {});
    closeSync(this.lock);
  }
}

const LOCK_FILE = 'lock';

/** What the system says where it, or the file system, knows no exchange. */
const CANNOT_SWAP: ReadonlySet<string> = new Set(['EINVAL', 'ENOSYS', 'ENOTSUP', 'EOPNOTSUPP']);
