import { appendFile, rm, stat, truncate } from 'node:fs/promises';
import type * as z from 'zod';
import { UserError } from '../errors.js';
import { readBytesSync, systemReason, whatIs } from '../files/read-file.js';

/** What a file of JSON lines holds, a value a line. */
export interface JsonLines<T> {
  readonly values: readonly T[];
  /** The number of a last line that was cut off in writing and is left out. */
  readonly tornLine?: number;
}

/** What the lines of a file are. */
export interface LineKind<T> {
  /** Such as `run record`. */
  readonly name: string;
  readonly schema: z.ZodType<T>;
}

/**
 * Reads a file of JSON lines; one that does not exist holds none. A last line that has no end or is no JSON was cut off in writing: it is
 * left out and reported. A blank line, as of an editor, holds nothing.
 *
 * @throws UserError where the file cannot be read, or another line is not of its kind, naming file, line and key
 */
export function readJsonLines<T>(file: string, kind: LineKind<T>): JsonLines<T> {
  const bytes =
    whatIs(file) === 'nothing' ? Buffer.alloc(0) : readBytesSync(file, { what: `a file of ${kind.name}s` });
  const lines = splitLines(bytes);
  let tornLine = bytes.lastIndexOf('\n') + 1 < bytes.length ? lines.length + 1 : undefined;
  const last = lines.at(-1);
  if (tornLine === undefined && last !== undefined && !isBlank(last) && !isJson(last)) {
    tornLine = lines.length;
    lines.pop();
  }
  const values = lines.flatMap((line, index) =>
    isBlank(line) ? [] : [parseLine(line, kind, `${file}, line ${index + 1}`)],
  );
  return { values, ...(tornLine === undefined ? {} : { tornLine }) };
}

/** What to say of a last line that was cut off in writing, if there is one. */
export function tornNotice({ tornLine }: Pick<JsonLines<unknown>, 'tornLine'>, file: string): string[] {
  return tornLine === undefined ? [] : [`${file}, line ${tornLine} was cut off in writing and is left out`];
}

/** Values as text, each as one line. */
export function jsonLines(values: readonly unknown[]): string {
  return values.map((value) => `${JSON.stringify(value)}\n`).join('');
}

/**
 * Appends values, each as one line, to a file that ends with a whole line and nobody else writes; without any, none is made.
 *
 * @param flush whether to resolve only once they are on the disk
 * @returns how many bytes they are
 * @throws UserError where the file cannot be written: as far as that can be, it is then as it was
 */
export async function appendJsonLines(
  file: string,
  values: readonly unknown[],
  { flush }: { readonly flush: boolean },
): Promise<number> {
  if (values.length === 0) return 0;
  const lines = jsonLines(values);
  const bytes = Buffer.byteLength(lines);
  const before = await sizeOf(file);
  try {
    await appendFile(file, lines, { flush });
    return bytes;
  } catch (error) {
    // A full disk takes a part of them.
    await takeBack(file, before, bytes).catch(() => {});
    throw new UserError(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}

/** Takes out of a file what of an append that failed is in it, where that is all that was added. */
async function takeBack(file: string, before: number | undefined, bytes: number): Promise<void> {
  const after = await sizeOf(file);
  if (after === undefined || after < (before ?? 0) || after > (before ?? 0) + bytes) return;
  if (before === undefined) await rm(file);
  else await truncate(file, before);
}

/** Of a file in bytes; undefined where there is none. */
async function sizeOf(file: string): Promise<number | undefined> {
  const stats = await stat(file).catch(() => undefined);
  return stats?.isFile() ? stats.size : undefined;
}

/** The lines that have an end, each without it. */
function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf('\n'); end >= 0; end = bytes.indexOf('\n', start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

/** Whether a line is empty, but for the return that some editors end lines with. */
function isBlank(line: Buffer): boolean {
  return line.length === 0 || (line.length === 1 && line[0] === 0x0d);
}

function isJson(line: Buffer): boolean {
  try {
    JSON.parse(line.toString('utf8'));
    return true;
  } catch {
    return false;
  }
}

function parseLine<T>(line: Buffer, { name, schema }: LineKind<T>, place: string): T {
  const remedy = 'remove or mend that line';
  let value: unknown;
  try {
    value = JSON.parse(line.toString('utf8'));
  } catch {
    throw new UserError(`${place}: not JSON, where a ${name} was expected; ${remedy}`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const { path, message } = parsed.error.issues[0];
  throw new UserError(`${place}: not a ${name} (${path.join('.') || 'the line'}: ${message}); ${remedy}`);
}
