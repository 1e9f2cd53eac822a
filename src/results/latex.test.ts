import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { uniq } from 'es-toolkit';
import { DETECTORS } from '../detectors/registry.js';
import { PACKAGE_ROOT } from '../package.js';
import { titleOf } from './columns.js';
import { HEADINGS } from './dimensions.js';
import { escapeLatex, toLatex } from './latex.js';
import { publishedExhibits } from './published.js';
import { table } from './table.js';
import { exampleRecord } from './testing/records.js';

/** Characters of LaTeX that stand for nothing but themselves in text. */
const PLAIN = /^[ -~\n]*$/;

/** The sources of all that may stand in a table, but for the comments in them. */
const SOURCES = readdirSync(join(PACKAGE_ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((file) => /\.ts$/.test(file) && !/\.test\.ts$|testing\/|^cli\/|^report\//.test(file))
  .map((file) => readFileSync(join(PACKAGE_ROOT, 'src', file), 'utf8'))
  .map((text) => text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, ''));

test.each<[string, readonly string[]]>([
  ['titles of detectors', DETECTORS.map(({ name }) => titleOf({ name, options: { nu: 'best-by-test' } }))],
  [
    'options',
    DETECTORS.flatMap(({ options }) => Object.entries(options.shape)).flatMap(
      ([name, { description = '' }]) => [name, description],
    ),
  ],
  ['headings', Object.values(HEADINGS)],
  [
    'remarks of the paper’s numbers',
    publishedExhibits().flatMap(({ settings }) =>
      settings.flatMap(({ auroc }) =>
        [...auroc.values()].flatMap(({ remark = [], bestByTest = [] }) => [remark, bestByTest].flat()),
      ),
    ),
  ],
  ['characters in the words of the program', uniq(SOURCES.flatMap((text) => text.match(/[^ -~\n]/g) ?? []))],
])('%s are LaTeX in ASCII', (_what, texts) => {
  expect(texts.length).toBeGreaterThan(5);
  expect(texts.filter((text) => !PLAIN.test(escapeLatex(text)))).toEqual([]);
});

test('Greek letters, signs and marks are set by mathematics', () => {
  expect(escapeLatex('κ = 2 is ≤ ν·3, γ_p −1 × λ ± σ — “of the paper’s” γ')).toBe(
    "$\\kappa$ = 2 is $\\le$ $\\nu$$\\cdot$3, $\\gamma_p$ $-$1 $\\times$ $\\lambda$ $\\pm$ $\\sigma$ --- ``of the paper's'' $\\gamma$",
  );
  expect(escapeLatex('|a| < ‖b‖†')).toBe('$|$a$|$ $<$ $\\|$b$\\|$$^\\dagger$');
  expect(escapeLatex("--on a--b ?`c' ''d''")).toBe("-{}-on a-{}-b ?{}`c' '{}'d'{}'");
  expect(escapeLatex('Gerät 日本 [a]*')).toBe('Gerät 日本 [a]*');
});

test.each(['[v2] parts.csv', '*star.csv'])('no command takes the beginning of %s for its own', (name) => {
  const text = toLatex(table([name, `${name}2`].map((dataset) => exampleRecord({ dataset }))));
  expect(text.match(/(?:\\\\|rule)\s*[[*]/)).toBeNull();
  expect(text).toContain(`\\midrule\n{}${name} & `);
});
