import { readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import os from 'node:os';
import { basename, dirname, join } from 'node:path';
import { union } from 'es-toolkit/array/union';
import { uniq } from 'es-toolkit/array/uniq';
import { memoize } from 'es-toolkit/function/memoize';
import { once } from 'es-toolkit/function/once';
import { omit } from 'es-toolkit/object/omit';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import * as z from 'zod';
import { byName } from '../by-name.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';
import { builtCommit, installedVersion, PEER_DEPENDENCIES, packageVersions, VERSION } from '../package.js';
import { type KeptFile, saidIn, writeKeeping } from './kept-file.js';
import type { RunRecord } from './record.js';
import { besideRecords } from './record-files.js';
import type { SchemaOf } from './schema-of.js';

/** What a result may depend on besides its config, for whoever repeats it. */
export interface Environment {
  readonly deepsad: string;
  /** The git commit that it was built from, marked `-dirty` where files differed from it; absent where that was no checkout. */
  readonly commit?: string;
  readonly node: string;
  readonly os: string;
  readonly cpu: string;
  readonly cores: number;
  /** Each engine that computed a record, with its instruction set or adapter. */
  readonly engines: readonly string[];
  /** The version of each package that this one uses, and where TensorFlow.js or a GPU computed, of those that they need. */
  readonly packages: Readonly<Record<string, string>>;
  /** The sha256 of each data set's files. */
  readonly data: Readonly<Record<string, string>>;
}

/** What of an environment names a data set. */
type NamedData = Pick<Dataset, 'name' | 'checksum'>;

/** The environment of these records, computed by this process on these data sets. */
export function environment(records: readonly RunRecord[], datasets: Iterable<NamedData>): Environment {
  return {
    ...machine(),
    engines: uniq(records.map((record) => `${record.engine} (${record.device})`)).sort(),
    packages: versions(records.some(({ engine }) => engine !== 'native')),
    data: Object.fromEntries([...datasets].map(({ name, checksum }) => [name, checksum])),
  };
}

/**
 * The environment of a record, computed by this process.
 *
 * @param datasets by checksum
 */
export function environmentOf(record: RunRecord, datasets: ReadonlyMap<string, NamedData>): Environment {
  const dataset = datasets.get(record.dataChecksum);
  return environment([record], dataset ? [dataset] : []);
}

/** What of an environment is the same for all that this process computes. */
const machine = once(() => {
  const commit = builtCommit();
  return {
    deepsad: VERSION,
    ...(commit === undefined ? {} : { commit }),
    node: process.version,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
  };
});

/** The file of environments beside a file of records: environment.json beside runs.jsonl, or those of one process beside its own. */
export function environmentFile(recordFile: string): string {
  return besideRecords(recordFile, 'environment', '.json');
}

/**
 * Writes an environment into a file, in a folder which exists. What that said stays, under a name with its checksum where it is not the
 * same but for what was computed in it.
 *
 * @throws UserError where it cannot be written
 */
export async function writeEnvironment(file: string, now: Environment): Promise<void> {
  const [directory, name] = [dirname(file), basename(file) as KeptFile];
  const joint = joined(parsed(saidIn(directory, name)), now);
  await writeKeeping(directory, name, `${inWords(joint ?? now)}\n`, joint === undefined);
}

function inWords(environment: Environment): string {
  return JSON.stringify(environment, null, 2);
}

/** Removes the environments in a folder, as where no record of it is there any more. */
export async function forgetEnvironments(directory: string): Promise<void> {
  const own = environmentFiles(directory).filter((file) => OWN_NAME.test(basename(file)));
  await Promise.all(own.map((file) => rm(file, { force: true })));
}

const OWN_NAME = /^environment(\..+)?(-[0-9a-f]{8})?\.json$/;

/** One environment of the records of two, which differ by what was computed in them alone; else undefined. */
function joined(before: Environment | undefined, now: Environment): Environment | undefined {
  if (before === undefined) return undefined;
  const computed = ['engines', 'packages', 'data'] as const;
  if (!isEqual(omit(before, computed), omit(now, computed))) return undefined;
  const [joint, reverse] = [both(before, now), both(now, before)];
  return isEqual(joint, reverse) ? joint : undefined;
}

/** Two environments in one; where they contradict each other, what the second says. */
function both(first: Environment, second: Environment): Environment {
  return {
    ...second,
    engines: union(first.engines, second.engines).sort(),
    packages: { ...first.packages, ...second.packages },
    data: { ...first.data, ...second.data },
  };
}

/** Environments by name, in one those that differ by what was computed in them alone: by the last of their names. */
export function joinEnvironments(
  environments: Iterable<readonly [name: string, Environment]>,
): Map<string, Environment> {
  const joint = new Map<string, Environment>();
  for (const [name, environment] of environments) {
    let now = environment;
    for (const [other, before] of joint) {
      const both = joined(before, now);
      if (!both) continue;
      joint.delete(other);
      now = both;
    }
    joint.set(name, now);
  }
  return joint;
}

/** What files of environments say, with `joinEnvironments`; a text that is none stays as it is. */
export function joinTexts(texts: readonly string[]): string[] {
  const found = uniq(texts).map((text) => ({ text, environment: parsed(text) }));
  const others = found.filter(({ environment }) => !environment);
  const known = found.flatMap(({ text, environment }) => (environment ? [[text, environment] as const] : []));
  return [...others.map(({ text }) => text), ...[...joinEnvironments(known).values()].map(inWords)];
}

/** The environments that a folder has, but for what is none. */
export function environmentsIn(directory: string): Environment[] {
  const texts = environmentFiles(directory).map((file) => readText(file, { what: 'a file of results' }));
  return texts.flatMap((text) => parsed(text) ?? []);
}

/** The files in a folder that say in which environments its records were computed. */
export function environmentFiles(directory: string): string[] {
  const names = readdirSync(directory).filter((name) => /^environment.*\.json$/.test(name));
  return names.sort().map((name) => join(directory, name));
}

const environmentSchema: z.ZodType<Environment> = z.object({
  deepsad: z.string(),
  commit: z.string().exactOptional(),
  node: z.string(),
  os: z.string(),
  cpu: z.string(),
  cores: z.number(),
  engines: z.array(z.string()),
  packages: z.record(z.string(), z.string()),
  data: byName(z.string()),
} satisfies SchemaOf<Environment>);

/** The environment that a text states; undefined where it is none. */
function parsed(text: string | undefined): Environment | undefined {
  try {
    return environmentSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
}

/**
 * The environment that `JSON.stringify` has made plain.
 *
 * @throws z.ZodError where it is none
 */
export function toEnvironment(plain: unknown): Environment {
  return environmentSchema.parse(plain);
}

/**
 * Reads an environment.json.
 *
 * @throws UserError where the file cannot be read or is none
 */
export function readEnvironment(file: string): Environment {
  const text = readText(file, { what: 'the environment of a run' });
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch (error) {
    throw new UserError(`cannot read ${file}: ${(error as Error).message}`);
  }
  const { data, error } = environmentSchema.safeParse(content);
  if (error)
    throw new UserError(
      `${file}: not the environment of a run; restore it, or make these results anew\n${z.prettifyError(error)}`,
    );
  return data;
}

const versions = memoize((withOptional: boolean): Record<string, string> => {
  if (!withOptional) return packageVersions();
  const optional = Object.keys(PEER_DEPENDENCIES).flatMap((name) => {
    const version = installedVersion(name);
    return version === undefined ? [] : [[name, version]];
  });
  return { ...packageVersions(), ...Object.fromEntries(optional) };
});
