import { visible } from '../visible.js';
import type { Table } from './table.js';
import { gridOf, noteLines } from './wording.js';

/** A table in LaTeX, for the package booktabs: the best of each row in bold, notes below. */
export function toLatex(table: Table): string {
  const bold = (text: string) => `\\textbf{${text}}`;
  const [headings, ...rows] = gridOf(table, { plain: escapeLatex, bold });
  const line = (fields: readonly string[]) => `${fields.join(' & ')} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
    '\\toprule',
    line(headings),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    ...noteLines(table).map((note) => `\n\\par{\\footnotesize ${escapeLatex(note)}}`),
    '',
  ].join('\n');
}

/** LaTeX for what would not stand for itself. */
const LATEX: ReadonlyMap<string, string> = new Map([
  ['\\', '\\textbackslash{}'],
  ['{', '\\{'],
  ['}', '\\}'],
  ['$', '\\$'],
  ['&', '\\&'],
  ['#', '\\#'],
  ['%', '\\%'],
  ['_', '\\_'],
  ['~', '\\textasciitilde{}'],
  ['^', '\\textasciicircum{}'],
  ['±', '$\\pm$'],
  ['−', '$-$'],
  ['–', '--'],
  ['†', '$^\\dagger$'],
  ['‡', '$^\\ddagger$'],
  ['§', '\\S{}'],
  ['η', '$\\eta$'],
  ['γ_l', '$\\gamma_l$'],
  ['γ_p', '$\\gamma_p$'],
]);

function escapeLatex(text: string): string {
  return visible(text).replace(/γ_[lp]|[\\{}$&#%_~^±−–†‡§η]/g, (found) => LATEX.get(found) ?? found);
}
