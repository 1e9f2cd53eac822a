import { join } from 'node:path';
import { UserError } from '../../errors.js';
import { isFolder, namesIn } from '../../files/folders.js';
import { whatIs } from '../../files/read-file.js';
import { optionName } from '../../messages/vocabulary.js';
import { IMAGE_EXTENSIONS } from '../formats/image.js';
import { isImage } from '../images/folder.js';
import { holdsSeries } from '../series/folder.js';
import { fitImages, restoreImages } from './images.js';
import type { Input, InputDescription, InputKind, InputOptions } from './input.js';
import { checkUnspelled, isSpelled, meaningOptions } from './labels.js';
import { fitSeries, restoreSeries } from './series.js';
import { fitTable, restoreTable } from './table.js';

/** What makes the inputs of one kind. */
interface InputMaker {
  /** @throws UserError where the data cannot be learned from, naming file and place */
  fit(path: string, options: InputOptions): Promise<Input>;
  /**
   * @param file what errors call the description's file
   * @throws UserError where the description is not one that `fit` made
   */
  restore(description: InputDescription, file: string): Input;
}

const MAKERS: Readonly<Record<InputKind, InputMaker>> = {
  table: { fit: fitTable, restore: restoreTable },
  images: { fit: fitImages, restore: restoreImages },
  series: { fit: fitSeries, restore: restoreSeries },
};

/** What messages call data of each kind. */
const KINDS: Readonly<Record<InputKind, string>> = {
  table: 'a table',
  images: 'a folder of images',
  series: 'a folder of time series',
};

/** The options that are about one kind of data: without a meaning for others, of which they are refused. */
const KIND_OPTIONS: Readonly<Record<InputKind, readonly (keyof InputOptions)[]>> = {
  table: ['labelColumn', 'categorical', 'drop', 'missing'],
  images: ['network'],
  series: ['windowLength', 'stride'],
};

/**
 * The input that training data ask for: a folder with .txt files, and neither images nor folders, is time series, another folder images, a file
 * a table.
 *
 * @throws UserError where there are no such data, or none that can be learned from
 */
export async function fitInput(path: string, options: InputOptions): Promise<Input> {
  const kind = kindOf(path);
  checkOptions(path, kind, options);
  return MAKERS[kind].fit(path, options);
}

/**
 * The input that a description was saved of.
 *
 * @param file what errors call the description's file
 * @throws UserError where it is not a description
 */
export function restoreInput(description: InputDescription, file: string): Input {
  return MAKERS[description.kind].restore(description, file);
}

function checkOptions(path: string, kind: InputKind, options: InputOptions): void {
  for (const other of ['table', 'images', 'series'] as const) {
    for (const option of KIND_OPTIONS[other]) {
      if (other === kind || options[option] === undefined) continue;
      const what =
        kind === 'table'
          ? 'a file, which is taken for a table; give the folder that holds it, or of a table leave it out'
          : `${KINDS[kind]}; leave it out`;
      throw new UserError(`${path}: ${optionName(option)} is for ${KINDS[other]}, but this is ${what}`);
    }
  }
  if (kind === 'series') checkUnspelled(options.spelling);
  if (kind === 'table' && options.labelColumn === undefined && isSpelled(options.spelling)) {
    throw new UserError(
      `${path}: ${meaningOptions()} say what labels mean; say which column holds them (${optionName('labelColumn')}), or leave them out`,
    );
  }
}

function kindOf(path: string): InputKind {
  if (path === '-') {
    throw new UserError(
      'standard input can be read but once, and fitting takes several times; write the data into a file, and give that',
    );
  }
  const found = whatIs(path);
  if (found === 'nothing') throw new UserError(`${path}: no such file or folder`);
  if (found !== 'a folder') return 'table';
  const names = namesIn(path, 'a folder of data');
  if (holdsSeries(path, names)) return 'series';
  if (names.length > 0 && !names.some((name) => isImage(name) || isFolder(join(path, name)))) {
    throw new UserError(
      `${join(path, names[0])}: expected images (${IMAGE_EXTENSIONS.join(', ')}) or time series, MACHINE.txt; take other files away, ` +
        'and give a table by its own path',
    );
  }
  return 'images';
}
