import path from 'node:path';
import { UserError } from '../../errors.js';
import { grouped } from '../../grouped.js';
import { labelName } from '../label-names.js';
import { shown } from '../table/cells.js';

/** The images that a name may mean, and how surely: the less the surer. */
interface Meant {
  readonly images: readonly string[];
  /** 0 by the whole name of the file, 1 by this without the extension, 2 by a number of the same value. */
  readonly way: number;
}

/** What finds the images that a name may mean, by the surest way that finds any. */
export function imageFinder(images: readonly string[]): (name: string) => Meant {
  const whole = new Map(images.map((image) => [image, [image]]));
  const stems = grouped(images, (image) => path.parse(image).name);
  const values = grouped(images, (image) => labelName(path.parse(image).name));
  return (name) => {
    const found = [whole.get(name), stems.get(name), values.get(labelName(name))];
    const way = found.findIndex((meant) => meant !== undefined);
    return { images: found[way] ?? [], way };
  };
}

/** A column beside the first that names an image in each row so far, and another one in each. */
interface Namer {
  readonly named: Set<string>;
  /** The least sure way in which it names one. */
  way: number;
  /** The first row in which it names another image than the first column. */
  differs?: string;
}

/**
 * Looks, row by row, whether another column of a table names its images more surely than the first one, and others: the first is then a
 * number of the row, whose values are names by chance.
 */
export class NameColumns {
  private way = 0;
  private namers: Map<number, Namer> | undefined;

  /** @param find as `imageFinder` makes it */
  constructor(
    private readonly columns: readonly string[],
    private readonly find: (name: string) => Meant,
  ) {}

  /** @param image what the first cell of the row at this place was taken for, in this way */
  see(row: readonly string[], image: string, way: number, place: string): void {
    this.way = Math.max(this.way, way);
    this.namers ??= new Map(row.slice(1).map((_, i) => [i + 1, { named: new Set<string>(), way: 0 }]));
    for (const [column, namer] of this.namers) {
      // Where the first column has names alone, a path may stand in another.
      const meant = this.find(path.win32.basename(row[column].trim()));
      const [named, other] = meant.images;
      if (named === undefined || other !== undefined || namer.named.has(named)) {
        this.namers.delete(column);
        continue;
      }
      namer.named.add(named);
      namer.way = Math.max(namer.way, meant.way);
      if (named !== image) {
        namer.differs ??= `${place}: ${shown(row[0])} in column ${this.columns[0]} would mean ${image}, but column ${this.columns[column]} names ${named}`;
      }
    }
  }

  /** @throws UserError where there is such a column */
  check(): void {
    for (const [column, { way, differs }] of this.namers ?? []) {
      if (way < this.way && differs !== undefined) {
        throw new UserError(
          `${differs}; put the column of the names of images first, or take column ${this.columns[column]} away`,
        );
      }
    }
  }
}
