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

/** One kind of data, and what makes the inputs of it. */
interface KindOfData {
  /** What messages call such data. */
  readonly name: string;
  /** The options that are about this kind: without a meaning for others, of which they are refused. */
  readonly options: readonly (keyof InputOptions)[];
  /** @throws UserError where the data cannot be learned from, naming file and place */
  fit(path: string, options: InputOptions): Promise<Input>;
  /**
   * @param file what errors call the description's file
   * @throws UserError where the description is not one that `fit` made
   */
  restore(description: InputDescription, file: string): Input;
}

const KINDS: Readonly<Record<InputKind, KindOfData>> = {
  table: {
    name: 'a table',
    options: ['labelColumn', 'categorical', 'drop', 'missing'],
    fit: fitTable,
    restore: restoreTable,
  },
  images: { name: 'a folder of images', options: ['network'], fit: fitImages, restore: restoreImages },
  series: {
    name: 'a folder of time series',
    options: ['windowLength', 'stride'],
    fit: fitSeries,
    restore: restoreSeries,
  },
};

export const INPUT_KINDS = Object.keys(KINDS) as InputKind[];

/**
 * The input that training data ask for: a folder with .txt files, and neither images nor folders, is time series, another folder images, a file
 * a table.
 *
 * @throws UserError where there are no such data, or none that can be learned from
 */
export async function fitInput(path: string, options: InputOptions): Promise<Input> {
  const kind = kindOf(path);
  checkOptions(path, kind, options);
  return KINDS[kind].fit(path, options);
}

/**
 * The input that a description was saved of.
 *
 * @param file what errors call the description's file
 * @throws UserError where it is not a description
 */
export function restoreInput(description: InputDescription, file: string): Input {
  return KINDS[description.kind].restore(description, file);
}

function checkOptions(path: string, kind: InputKind, options: InputOptions): void {
  for (const other of INPUT_KINDS) {
    for (const option of KINDS[other].options) {
      if (other === kind || options[option] === undefined) continue;
      const what =
        kind === 'table'
          ? 'a file, which is taken for a table; give the folder that holds it, or of a table leave it out'
          : `${KINDS[kind].name}; leave it out`;
      throw new UserError(`${path}: ${optionName(option)} is for ${KINDS[other].name}, but this is ${what}`);
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
