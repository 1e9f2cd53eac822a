import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { union } from 'es-toolkit/array/union';
import { uniq } from 'es-toolkit/array/uniq';
import { omit } from 'es-toolkit/object/omit';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import * as z from 'zod';
import { byName } from '../by-name.js';
import type { Dataset } from '../data/dataset.js';
import { UserError } from '../errors.js';
import { installedVersion, PACKAGE_ROOT, PEER_DEPENDENCIES, packageVersions, VERSION } from '../package.js';
import { readText } from '../read-file.js';
import { ENVIRONMENT_FILE, forgetKept, saidIn, writeKeeping } from './kept-file.js';
import type { RunRecord } from './record.js';

/** What a result may depend on besides its config, for whoever repeats it. */
export interface Environment {
  readonly deepsad: string;
  /** The git commit of the package's checkout, marked `-dirty` where files differ from it; absent for an installed package. */
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

/** The environment of these records, computed by this process on these data sets. */
export function environment(records: readonly RunRecord[], datasets: Iterable<Dataset>): Environment {
  const commit = checkoutCommit();
  return {
    deepsad: VERSION,
    ...(commit === undefined ? {} : { commit }),
    node: process.version,
    os: `${os.type()} ${os.release()} ${os.arch()}`,
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    engines: uniq(records.map((record) => `${record.engine} (${record.device})`)).sort(),
    packages: versions(records.some(({ engine }) => engine !== 'native')),
    data: Object.fromEntries([...datasets].map(({ name, checksum }) => [name, checksum])),
  };
}

/**
 * Writes the environment of these records into a folder, which exists, as environment.json. That of others stays, under a name with its
 * checksum where it is not the same but for what was computed in it.
 *
 * @param others whether the folder has records that were computed elsewhere or before
 * @throws UserError where it cannot be written
 */
export async function writeEnvironment(
  records: readonly RunRecord[],
  datasets: Iterable<Dataset>,
  directory: string,
  others: boolean,
): Promise<void> {
  const now = environment(records, datasets);
  const joint = others ? joined(parsed(saidIn(directory, ENVIRONMENT_FILE)), now) : undefined;
  const content = `${JSON.stringify(joint ?? now, null, 2)}\n`;
  if (!others) await forgetKept(directory, ENVIRONMENT_FILE);
  await writeKeeping(directory, ENVIRONMENT_FILE, content, others && joint === undefined);
}

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
});

/** The environment that a text states; undefined where it is none. */
function parsed(text: string | undefined): Environment | undefined {
  try {
    return environmentSchema.safeParse(JSON.parse(text ?? '')).data;
  } catch {
    return undefined;
  }
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
  if (error) throw new UserError(`${file}: not the environment of a run\n${z.prettifyError(error)}`);
  return data;
}

/** The commit that the package's folder is a checkout of; undefined where it is none, or git is not there to tell. */
function checkoutCommit(): string | undefined {
  // An installed package may lie within the repository of another project, whose commit would say nothing.
  if (!existsSync(join(PACKAGE_ROOT, '.git'))) return undefined;
  const args = ['-C', PACKAGE_ROOT, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
  try {
    return execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}

function versions(withOptional: boolean): Record<string, string> {
  if (!withOptional) return packageVersions();
  const optional = Object.keys(PEER_DEPENDENCIES).flatMap((name) => {
    const version = installedVersion(name);
    return version === undefined ? [] : [[name, version]];
  });
  return { ...packageVersions(), ...Object.fromEntries(optional) };
}
