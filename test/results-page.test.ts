import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { meanAndStd } from '../src/results/wording.js';

const FOLDER = 'docs/results';

/** The tables as they were made, parts of which the page states. */
const FILES = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).map((file) => join(FOLDER, file));
const textsOf = (ending: string) =>
  FILES.filter((file) => file.endsWith(ending)).map((file) => readFileSync(file, 'utf8'));

/** Sections of docs/results.md whose tables are not kept, as the page says. */
const NOT_KEPT = ['Agreement with the authors’ code', 'Data on which others report Deep SAD'];

interface Line {
  readonly section: string;
  readonly text: string;
}

/** The lines of the page. */
const LINES = readFileSync('docs/results.md', 'utf8')
  .split(/^## /m)
  .slice(1)
  .flatMap((content): Line[] => {
    const [heading, ...lines] = content.split('\n');
    const section = heading.replaceAll("'", '’');
    return lines.map((text) => ({ section, text }));
  });

test('every AUROC of the page with its deviation is one of a table as it was made, or published', () => {
  const kept = new Set(
    textsOf('.csv').flatMap((text) =>
      (parse(text, { columns: true }) as Record<string, string>[]).flatMap((row) =>
        ['auroc', 'published']
          .filter((of) => row[`${of}Mean`])
          .map((of) => meanAndStd({ mean: Number(row[`${of}Mean`]), std: Number(row[`${of}Std`]) })),
      ),
    ),
  );
  expect(kept.size).toBeGreaterThan(500);
  const stated = LINES.filter(({ section }) => !NOT_KEPT.includes(section)).flatMap(({ text }) =>
    [...text.matchAll(/(?<![−+\d.])\d{2,}\.\d ± \d+\.\d(?!\d)/g)].map(([cell]) => ({ cell, text })),
  );
  expect(stated.length).toBeGreaterThan(500);
  expect(stated.filter(({ cell }) => !kept.has(cell))).toEqual([]);
});

test('every mean difference of the page over a whole table is that of the table as it was made', () => {
  const kept = new Set(
    textsOf('.md').flatMap((text) =>
      [...text.matchAll(/ ours is (\S+) \(standard error (\S+)\)/g)].map(
        ([, difference, error]) => `${difference} ± ${error}`,
      ),
    ),
  );
  const stated = LINES.filter(({ text }) => /^\| (All|mean difference of) /.test(text)).flatMap(
    ({ text }) => [...text.matchAll(/[−+]\d+\.\d ± \d+\.\d/g)],
  );
  expect(stated.length).toBe(6);
  expect(stated.flatMap(([cell]) => (kept.has(cell) ? [] : [cell]))).toEqual([]);
});
