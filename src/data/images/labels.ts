import path from 'node:path';
import { UserError } from '../../errors.js';
import { openCsv } from '../formats/csv.js';
import { labelName } from '../input/labels.js';
import type { ClassImage } from './folder.js';

/** A CSV table of labels: images by name in its first column. */
export interface ImageLabels {
  /** The path of the table. */
  readonly file: string;
  /** The column of the labels; the last by default. */
  readonly column?: string | undefined;
}

/**
 * Gives each image of a folder the label of its row. A row names an image by the name of its file, with or without the extension;
 * numbers are compared by value, so that 7 is 007.png.
 *
 * @param images names of files in the folder
 * @throws UserError where a row has no image or no label, an image has no row, or either has several
 */
export async function labelImages(
  folder: string,
  images: readonly string[],
  labels: ImageLabels,
): Promise<ClassImage[]> {
  const imageOf = imagesByName(folder, images);
  const labeled = new Map<string, ClassImage>();
  for await (const { columns, rows, numberOf } of openCsv(labels.file)) {
    const column = labelColumn(columns, labels);
    for (const [index, row] of rows.entries()) {
      const place = `${labels.file}, row ${numberOf(index)}`;
      const [name, label] = [row[0].trim(), row[column].trim()];
      const image = imageOf.get(name) ?? imageOf.get(labelName(name));
      if (image === undefined) {
        throw new UserError(
          `${place}, column ${columns[0]}: ${folder} holds no image "${name}"; add it or delete the row`,
        );
      }
      if (labeled.has(image))
        throw new UserError(`${place}: a second label for ${image}; delete one of them`);
      if (label === '') {
        throw new UserError(
          `${place}, column ${columns[column]}: expected a label for ${image}, found nothing; label it, or take the row and the image away`,
        );
      }
      labeled.set(image, { file: path.join(folder, image), className: labelName(label) });
    }
  }
  return images.map((image) => {
    const found = labeled.get(image);
    if (found) return found;
    throw new UserError(
      `${path.join(folder, image)}: ${labels.file} has no row for it; add one or take the image away`,
    );
  });
}

function labelColumn(columns: readonly string[], { file, column }: ImageLabels): number {
  const index = column === undefined ? columns.length - 1 : columns.indexOf(column);
  if (index > 0) return index;
  throw new UserError(
    `${file}, row 1: expected the names of the images in the first column and the labels in ${column === undefined ? 'the last' : `a column ${column}`} ` +
      `after it, found ${columns.join(', ')}`,
  );
}

function imagesByName(folder: string, images: readonly string[]): Map<string, string> {
  const names = new Map(images.map((image) => [image, image]));
  for (const image of images) {
    const key = labelName(path.parse(image).name);
    const other = names.get(key);
    if (other !== undefined && other !== image) {
      throw new UserError(
        `${path.join(folder, image)}: cannot be told from ${other} by its name; rename one of them`,
      );
    }
    names.set(key, image);
  }
  return names;
}
