import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { UserError } from '../errors.js';
import { makeFolder } from '../folders.js';
import { holdsModel } from './model-folder.js';

/**
 * Checks that a model may be put into a folder: that nothing is there, or with `overwrite`, that what is there is a model.
 *
 * @throws UserError where it may not
 */
export async function checkPlace(directory: string, overwrite: boolean): Promise<void> {
  const found = existsSync(directory) ? await readdir(directory).catch(() => ['a file']) : [];
  if (found.length === 0) return;
  if (!holdsModel(directory)) {
    throw new UserError(`--out ${directory}: something is there that is no model; give another folder`);
  }
  if (!overwrite) {
    throw new UserError(
      `--out ${directory}: a model is there; give another folder, or replace it with --overwrite`,
    );
  }
}

/**
 * Makes a folder appear whole: it is written beside its place under another name, and takes its place, or that of the one there,
 * once it is done.
 *
 * @param write writes into the folder that it is given
 */
export async function placeFolder(
  directory: string,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const place = resolve(directory);
  makeFolder(dirname(place), 'give another --out');
  const temporary = await mkdtemp(join(dirname(place), `.${basename(place)}-`));
  try {
    const [made, replaced] = [join(temporary, 'new'), join(temporary, 'old')];
    await write(made);
    if (existsSync(place)) await rename(place, replaced);
    await rename(made, place);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
}
