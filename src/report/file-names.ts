import { hash } from 'node:crypto';
import { deburr } from 'es-toolkit/string/deburr';
import { kebabCase } from 'es-toolkit/string/kebabCase';
import { grouped } from '../grouped.js';

/** Letters of a file's name, whose temporary name is longer and of which a file system takes 255. */
const LONGEST = 180;

/** How the paper's symbols are written out. */
const SPELLED = new Map([
  ['γ', 'gamma'],
  ['η', 'eta'],
]);

/** A name in ASCII for the file of each title, all different: a title that does not fit, or is written like another, gets its checksum. */
export function fileNames(titles: readonly string[]): string[] {
  const plain = titles.map(plainName);
  const uses = grouped(plain, (name) => name);
  return titles.map((title, index) => {
    const name = plain[index];
    const fits = name !== '' && name.length <= LONGEST && uses.get(name)?.length === 1;
    return fits ? name : distinctName(title);
  });
}

/** Whether a name is one that `fileNames` gives for a title, among whatever others. */
export function isNameOf(name: string, title: string): boolean {
  return fileNames([title]).includes(name) || distinctName(title) === name;
}

function plainName(title: string): string {
  const spelled = title.replace(/[γη]/g, (symbol) => SPELLED.get(symbol) ?? symbol);
  return kebabCase(deburr(spelled).replace(/[^\x20-\x7e]/g, ' '));
}

/** The name of a title with its checksum. */
function distinctName(title: string): string {
  const checksum = hash('sha256', title).slice(0, 8);
  const name = plainName(title);
  return name === '' ? checksum : `${name.slice(0, LONGEST)}-${checksum}`;
}
