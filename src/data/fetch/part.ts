import { lstat, readFile, rm } from 'node:fs/promises';
import * as z from 'zod';
import { writeFileAtomic } from '../../files/write-file.js';

/*
 * A file that is being downloaded is FILE.part until all of it is there and checked. FILE.part.json says where its bytes come
 * from, so that a later transfer can ask whether they are still those of the same content.
 */

const originSchema = z.object({ url: z.string(), etag: z.string() });

/** The address that the bytes of a part come from, and the strong entity tag that their content has there. */
export type Origin = z.infer<typeof originSchema>;

/** The part of a file. */
export function partOf(file: string): string {
  return `${file}.part`;
}

/** How many bytes of a part are there: none where a link is in its place. */
export async function partSize(part: string): Promise<number> {
  const found = await lstat(part).catch(() => undefined);
  return found?.isFile() ? found.size : 0;
}

/** Where the bytes of a part come from; undefined where that is not known. */
export async function originOf(part: string): Promise<Origin | undefined> {
  try {
    return originSchema.parse(JSON.parse(await readFile(originFile(part), 'utf8')));
  } catch {
    return undefined;
  }
}

/** Notes where the bytes of a part come from, or that this is not known. */
export async function noteOrigin(part: string, origin: Origin | undefined): Promise<void> {
  if (origin) await writeFileAtomic(originFile(part), JSON.stringify(origin));
  else await rm(originFile(part), { force: true });
}

/** Removes a part and what is noted of it. */
export async function discardPart(part: string): Promise<void> {
  await rm(part, { force: true });
  await noteOrigin(part, undefined);
}

function originFile(part: string): string {
  return `${part}.json`;
}
