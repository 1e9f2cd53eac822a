import { mkdir, readFile, rename } from 'node:fs/promises';
import path from 'node:path';
import { UserError } from '../../errors.js';
import { optionName } from '../../messages/vocabulary.js';
import { contentOfFile, difference, hasChecksum } from '../checksum.js';
import { filesOf, knownContent, type LocatedDataset, type LocatedFile } from '../data-folder.js';
import type { Archive, KnownContent } from '../descriptor.js';
import { verdictOn } from '../inventory.js';
import { readPart, surpriseIn } from '../part.js';
import { pinOf, writePin } from '../pin.js';
import { type DownloadOptions, download } from './download.js';
import { FetchFailed } from './failures.js';
import { lockFolder } from './folder-lock.js';
import { openHttp } from './http.js';
import { discardPart, partOf } from './part.js';
import { PATIENCE, type Patience } from './patience.js';
import { unpack } from './unpack.js';

/** What happens while a data set is fetched. */
export type FetchEvent =
  | {
      readonly type: 'progress';
      /** What is downloaded: the path of a file in the data folder. */
      readonly path: string;
      readonly received: number;
      /** Undefined where the server does not say. */
      readonly total: number | undefined;
    }
  /** Something to tell the user. */
  | { readonly type: 'note'; readonly text: string };

export interface FetchOptions {
  on(event: FetchEvent): void;
  /** Ends the transfer; what came of it stays for the next time. */
  readonly signal?: AbortSignal | undefined;
  readonly patience?: Patience;
}

/**
 * Downloads the files of a data set that are missing or damaged into its data folder. A file appears under its name when all of it
 * is there and has the right checksum. One whose source publishes none is parsed, and its checksum is pinned.
 *
 * @returns the paths, in the data folder, of the files that were fetched
 * @throws FetchFailed where a file cannot be had or written
 * @throws UserError where a pinned checksum cannot be read
 */
export async function fetchDataset(located: LocatedDataset, options: FetchOptions): Promise<string[]> {
  const { patience = PATIENCE, signal, on } = options;
  const note = (text: string) => on({ type: 'note', text });
  signal?.throwIfAborted();
  if ((await unsettled(located)).length === 0) return [];
  if (located.broughtBy !== undefined) throw new FetchFailed(located.mend);
  const { folder } = located;
  try {
    await mkdir(folder, { recursive: true });
    const unlock = await lockFolder(folder, note, patience, signal);
    const http = openHttp(patience);
    try {
      return await settle(located, options, { http, patience, signal, onSetback: note });
    } finally {
      await http.close();
      unlock();
    }
  } catch (error) {
    throw signal?.aborted ? error : failureOf(error);
  }
}

type Transfers = Pick<DownloadOptions, 'http' | 'patience' | 'signal' | 'onSetback'>;

/** The files that are not known to be the right ones. */
async function unsettled(located: LocatedDataset) {
  const checked = [];
  for (const file of filesOf(located)) checked.push({ file, ...(await verdictOn(file)) });
  return checked.filter(({ verdict }) => verdict !== 'good' && verdict !== 'as pinned');
}

/** Fetches what is missing or damaged, and pins what is there unchecked. */
async function settle(
  located: LocatedDataset,
  { on }: FetchOptions,
  transfers: Transfers,
): Promise<string[]> {
  const note = (text: string) => on({ type: 'note', text });
  const wanted: LocatedFile[] = [];
  // Looked at anew: another process may have fetched them meanwhile.
  for (const { file, verdict, difference: wrong } of await unsettled(located)) {
    const problem = verdict === 'unchecked' ? await pinPresent(file, located, note) : wrong;
    if (verdict === 'unchecked' && problem === undefined) continue;
    if (problem !== undefined) note(`${file.file} is damaged (${problem}) and is fetched again.`);
    wanted.push(file);
  }
  const paths = wanted.map((file) => file.path);
  if (wanted.length === 0) return paths;

  const onProgress = (path: string) => (received: number, total: number | undefined) =>
    on({ type: 'progress', path, received, total });
  const { archive } = located.descriptor;
  if (archive) {
    const name = path.posix.basename(new URL(archive.urls[0]).pathname);
    const file = path.join(located.folder, name);
    await fetchArchive(file, archive, wanted, { ...transfers, onProgress: onProgress(name) });
  } else {
    for (const file of wanted) {
      await fetchFile(file, located, { ...transfers, onProgress: onProgress(file.path) }, note);
    }
  }
  return paths;
}

async function fetchFile(
  wanted: LocatedFile,
  located: LocatedDataset,
  options: DownloadOptions,
  note: (text: string) => void,
): Promise<void> {
  const { file, urls = [] } = wanted;
  const known = await knownContent(wanted);
  const part = partOf(file);
  await mkdir(path.dirname(file), { recursive: true });
  if (hasChecksum(known)) {
    const advice = hasChecksum(wanted)
      ? ''
      : ` (pinned in ${pinOf(file)}; remove that if the change is meant)`;
    const check = async (content: string) => {
      const wrong = await differenceOf(content, known, options);
      return wrong && wrong + advice;
    };
    await download({ urls, known, part, check }, options);
  } else {
    let parsed: Parsed | undefined;
    const check = async (content: string, url: string) => {
      parsed = await parse(content, url, located);
      return parsed.problem;
    };
    await download({ urls, known, part, check }, options);
    // Pinned first, so that the file never stands under its name without.
    await pin(part, wanted, parsed?.surprise, note);
  }
  await appear(part, file);
}

/** Fetches an archive, takes files out of it and removes it. */
async function fetchArchive(
  file: string,
  archive: Archive,
  wanted: readonly LocatedFile[],
  options: DownloadOptions,
): Promise<void> {
  const part = partOf(file);
  const check = (content: string) => differenceOf(content, archive, options);
  await download({ urls: archive.urls, known: archive, part, check }, options);
  await mkdir(path.dirname(wanted[0].file), { recursive: true });
  await unpack(
    part,
    wanted.map(({ path, bytes = 0, file }) => ({ path, bytes, target: partOf(file) })),
    options.signal,
  );
  for (const member of wanted) {
    const wrong = await differenceOf(partOf(member.file), member, options);
    if (wrong !== undefined) throw new FetchFailed(`${member.path} in ${archive.urls[0]}: ${wrong}`);
  }
  for (const member of wanted) await appear(partOf(member.file), member.file);
  await discardPart(part);
}

/** Gives a whole file its name. */
async function appear(part: string, file: string): Promise<void> {
  await rename(part, file);
  await discardPart(part);
}

async function differenceOf(file: string, known: KnownContent, { signal }: DownloadOptions) {
  return difference(known, await contentOfFile(file, signal));
}

/**
 * Pins a file that is there and of which no checksum is known, and says so; or returns why it is damaged. One that is not what the source
 * says is only taken from that.
 */
async function pinPresent(wanted: LocatedFile, located: LocatedDataset, note: (text: string) => void) {
  const { problem, surprise = problem } = await parse(wanted.file, wanted.file, located);
  if (surprise === undefined) await pin(wanted.file, wanted, undefined, note);
  return surprise;
}

/** Pins the checksum of a content as that of a file, and says so. */
async function pin(
  content: string,
  { file, path }: LocatedFile,
  surprise: string | undefined,
  note: (text: string) => void,
): Promise<void> {
  const sha256 = await (await contentOfFile(content)).digest('sha256');
  await writePin(file, sha256);
  note(`${path}: no checksum is published; pinned as it is now, sha256 ${sha256}, in ${pinOf(file)}.`);
  if (surprise !== undefined) note(`${path}: ${surprise}`);
}

/** What reading a content as the training part of a data set shows. */
interface Parsed {
  /** Why it is none. */
  readonly problem?: string;
  /** How it is not what its source says of it. */
  readonly surprise?: string | undefined;
}

/** @param name what the problem calls the content */
async function parse(content: string, name: string, { descriptor }: LocatedDataset): Promise<Parsed> {
  try {
    const part = await readPart(descriptor, [{ file: name, bytes: await readFile(content) }]);
    return { surprise: surpriseIn(descriptor, [part]) };
  } catch (error) {
    if (error instanceof UserError) return { problem: error.message };
    throw error;
  }
}

/** A failure of the file system as one of the fetch; a defect stays what it is. */
function failureOf(error: unknown): unknown {
  const { code, syscall, message } = error as NodeJS.ErrnoException;
  if (code === undefined || syscall === undefined) return error;
  const advice = ['EACCES', 'EPERM', 'EROFS'].includes(code)
    ? `; name another folder with ${optionName('dataDir')}`
    : '';
  return new FetchFailed(`${message}${advice}`);
}
