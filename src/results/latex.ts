import { type Cell, percent, type Table } from './table.js';
import { HEADINGS, noteLines, runsDiffer } from './wording.js';

/** A table in LaTeX, for the package booktabs: the best of each row in bold, notes below. */
export function toLatex(table: Table): string {
  const counted = runsDiffer(table);
  const text = (cell: Cell | undefined) => {
    if (!cell) return '--';
    const value = percent(cell.mean) + (cell.runs > 1 ? ` $\\pm$ ${percent(cell.std)}` : '');
    return (cell.best ? `\\textbf{${value}}` : value) + (counted ? ` (${cell.runs})` : '');
  };
  const line = (fields: readonly string[]) => `${fields.join(' & ')} \\\\`;
  const headings = [...table.dimensions.map(({ name }) => HEADINGS[name]), ...table.columns];
  return [
    `\\begin{tabular}{l${'r'.repeat(headings.length - 1)}}`,
    '\\toprule',
    line(headings.map(escapeLatex)),
    '\\midrule',
    ...table.rows.map((row) =>
      line([...row.setting.map((value) => escapeLatex(String(value))), ...row.cells.map(text)]),
    ),
    '\\bottomrule',
    '\\end{tabular}',
    ...noteLines(table).map((note) => `\n\\par{\\footnotesize ${escapeLatex(note)}}`),
    '',
  ].join('\n');
}

/** LaTeX for what would not stand for itself. */
const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  '%': '\\%',
  _: '\\_',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '±': '$\\pm$',
  γ_l: '$\\gamma_l$',
  γ_p: '$\\gamma_p$',
};

function escapeLatex(text: string): string {
  return text.replace(/γ_[lp]|[\\{}$&#%_~^±]/g, (found) => LATEX[found]);
}
