import { chunk } from 'es-toolkit/array/chunk';
import { visible } from '../messages/visible.js';
import type { Table } from './table.js';
import { failureLines, gridOf, noteLines } from './wording.js';

/** A table in LaTeX, for the package booktabs: the best of each row in bold, notes below. */
export function toLatex(table: Table): string {
  const bold = (text: string) => `\\textbf{${text}}`;
  const [headings, ...rows] = gridOf(table, { plain: escapeLatex, bold });
  const line = (fields: readonly string[]) => `${apart(fields.join(' & '))} \\\\`;
  return [
    `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
    '\\toprule',
    line(headings),
    '\\midrule',
    ...rows.map(line),
    '\\bottomrule',
    '\\end{tabular}',
    ...[...noteLines(table), ...failureLines(table)].map(
      (note) => `\n\\par\\smallskip{\\footnotesize ${escapeLatex(note)}}`,
    ),
    '',
  ].join('\n');
}

/** A line that a command stands before, which would take a `[` or a `*` for its own. */
function apart(line: string): string {
  return /^[[*]/.test(line) ? `{}${line}` : line;
}

/** Characters, and what sets them in the mathematics of LaTeX. */
const MATHEMATICS =
  'α \\alpha β \\beta γ \\gamma Δ \\Delta η \\eta κ \\kappa λ \\lambda ν \\nu ρ \\rho σ \\sigma φ \\varphi Σ \\Sigma ' +
  '± \\pm − - × \\times · \\cdot ² ^2 ½ \\frac12 √ \\surd ≤ \\le ≥ \\ge < < > > → \\to ∞ \\infty | | ‖ \\| ' +
  '⟨ \\langle ⟩ \\rangle † ^\\dagger ‡ ^\\ddagger';

/** LaTeX for what would not stand for itself, with every character beyond ASCII that the words of this program have. */
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
  ['–', '--'],
  ['—', '---'],
  ['…', '\\dots{}'],
  ['§', '\\S{}'],
  ['’', "'"],
  ['“', '``'],
  ['”', "''"],
  ['γ_l', '$\\gamma_l$'],
  ['γ_p', '$\\gamma_p$'],
  ...chunk(MATHEMATICS.split(' '), 2).map(([character, command]): [string, string] => [
    character,
    `$${command}$`,
  ]),
]);

/** Text as LaTeX, in which characters that it would take for commands, or cannot set, are written out, and two hyphens are no dash. */
export function escapeLatex(text: string): string {
  return visible(text).replace(/γ_[lp]|(-(?=-)|'(?=')|`(?=`)|,(?=,)|[?!](?=`))|./gu, (found, joining) =>
    joining === undefined ? (LATEX.get(found) ?? found) : `${found}{}`,
  );
}
