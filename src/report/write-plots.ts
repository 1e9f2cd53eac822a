import { existsSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { unescape as unescapeXml } from 'es-toolkit/string/unescape';
import { makeFolder } from '../files/folders.js';
import { writeFileAtomic } from '../files/write-file.js';
import { grouped } from '../grouped.js';
import { svgFile } from './draw.js';
import { earlierText } from './earlier-text.js';
import { fileNames, isNameOf } from './file-names.js';
import type { Picture } from './plot.js';

/** The plots of a folder of tables. */
export interface FolderPlots {
  readonly folder: string;
  readonly pictures: readonly Picture[];
}

/**
 * Writes plots into the folder `plots` of each of these folders, and removes from there those of earlier tables: SVG files as this writes
 * them, which have the name of the title within. Whatever else lies there stays.
 *
 * @throws UserError where a file cannot be written
 */
export async function writePlots(plots: readonly FolderPlots[]): Promise<void> {
  for (const [folder, own] of grouped(plots, (each) => each.folder)) {
    const directory = join(folder, 'plots');
    const pictures = own.flatMap((each) => each.pictures);
    const names = fileNames(pictures.map(({ title }) => title));
    if (pictures.length > 0) makeFolder(directory);
    for (const [index, picture] of pictures.entries()) {
      await writeFileAtomic(join(directory, `${names[index]}.svg`), svgFile(picture));
    }
    const earlier = plotsIn(directory).filter((name) => !names.includes(name));
    await Promise.all(earlier.map((name) => rm(join(directory, `${name}.svg`), { force: true })));
  }
}

/** How a plot begins that was written here, with its title; a figure for a paper has a width in points. */
const WRITTEN =
  /^<svg [^>]*class="marks" width="[\d.]+" height="[\d.]+"[^>]*><style>[^<]*<\/style><title>([^<]*)<\/title>/;

/** The names, without ending, of the plots in a folder that were surely written here. */
function plotsIn(directory: string): string[] {
  if (!existsSync(directory)) return [];
  const files = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  return files.flatMap((file) => {
    const { name, ext } = parse(file.name);
    if (ext !== '.svg') return [];
    const [, title] = WRITTEN.exec(earlierText(join(directory, file.name))) ?? [];
    return title !== undefined && isNameOf(name, unescapeXml(title)) ? [name] : [];
  });
}
