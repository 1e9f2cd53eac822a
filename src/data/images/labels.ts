import path from 'node:path';
import { UserError } from '../../errors.js';
import { openCsv } from '../formats/csv.js';
import { isNumber, labelName, toldByName } from '../label-names.js';
import { isMissing, listed, shown } from '../table/cells.js';
import type { ClassImage } from './folder.js';
import { imageFinder, NameColumns } from './image-names.js';

/** A CSV table of labels: images by name in its first column. */
export interface ImageLabels {
  /** The path of the table. */
  readonly file: string;
  /** The column of the labels; the last by default. */
  readonly column?: string | undefined;
}

/** The images of a folder with their labels, and the column that these are in. */
export interface LabeledImages {
  readonly images: readonly ClassImage[];
  readonly column: string;
  /** Where numbers in the first column name images, what one of them was taken for. */
  readonly numbered?: string;
}

/**
 * Gives each image of a folder the label of its row. A row names an image by the name of its file, or this without the extension, or
 * a number of the same value, so that 7 is 007.png.
 *
 * @param images names of files in the folder
 * @throws UserError where a row has no image, may mean several or has no label, an image has no row or several, the header is a row, or
 *   another column than the first names the images more surely, and others
 */
export async function labelImages(
  folder: string,
  images: readonly string[],
  labels: ImageLabels,
): Promise<LabeledImages> {
  const find = imageFinder(images);
  const labeled = new Map<string, ClassImage>();
  let labelColumn = '';
  let numbered: string | undefined;
  let names: NameColumns | undefined;
  for await (const { columns, rows, numberOf } of openCsv(labels.file)) {
    const column = positionOf(columns, labels);
    labelColumn = columns[column];
    names ??= new NameColumns(columns, find);
    if (find(columns[0]).images.length > 0) {
      throw new UserError(
        `${labels.file}, row 1: expected a header, found the image "${columns[0]}"; put a line of names above the rows`,
      );
    }
    for (const [index, row] of rows.entries()) {
      const place = `${labels.file}, row ${numberOf(index)}`;
      const [name, label] = [row[0].trim(), row[column].trim()];
      const { images: meant, way } = find(name);
      const [image, other] = meant;
      if (other !== undefined) {
        throw new UserError(
          `${place}, column ${columns[0]}: "${name}" may mean ${image} or ${other}; give the whole name of the file`,
        );
      }
      if (image === undefined) {
        throw new UserError(
          `${place}, column ${columns[0]}: ${folder} holds no image "${name}"; add it or delete the row`,
        );
      }
      if (labeled.has(image))
        throw new UserError(`${place}: a second label for ${image}; delete one of them`);
      if (isMissing(label) || toldByName(label) === 0) {
        throw new UserError(
          `${place}, column ${columns[column]}: expected a label for ${image}, found ${shown(label)}; label it, or take the row and the image away`,
        );
      }
      names.see(row, image, way, place);
      if (name !== image && isNumber(name))
        numbered ??= `${labels.file}, column ${columns[0]}: numbers name the images, as ${name} for ${image}`;
      labeled.set(image, { file: path.join(folder, image), className: labelName(label) });
    }
  }
  names?.check();
  const labeledImages = images.map((image) => {
    const found = labeled.get(image);
    if (found) return found;
    throw new UserError(
      `${path.join(folder, image)}: ${labels.file} has no row for it; add one or take the image away`,
    );
  });
  return { images: labeledImages, column: labelColumn, ...(numbered !== undefined && { numbered }) };
}

function positionOf(columns: readonly string[], { file, column }: ImageLabels): number {
  const index = column === undefined ? columns.length - 1 : columns.indexOf(column);
  if (index > 0) return index;
  throw new UserError(
    `${file}, row 1: expected the names of the images in the first column and the labels in ${column === undefined ? 'the last' : `a column ${column}`} ` +
      `after it, found ${listed(columns)}`,
  );
}
