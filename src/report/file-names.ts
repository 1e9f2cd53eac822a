import { createHash } from 'node:crypto';
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
  const plain = titles.map((title) =>
    kebabCase(
      deburr(title.replace(/[γη]/g, (symbol) => SPELLED.get(symbol) ?? symbol)).replace(/[^\x20-\x7e]/g, ' '),
    ),
  );
  const uses = grouped(plain, (name) => name);
  return titles.map((title, index) => {
    const name = plain[index];
    if (name !== '' && name.length <= LONGEST && uses.get(name)?.length === 1) return name;
    const checksum = createHash('sha256').update(title).digest('hex').slice(0, 8);
    return name === '' ? checksum : `${name.slice(0, LONGEST)}-${checksum}`;
  });
}
