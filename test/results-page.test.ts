import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { mean, sampleStandardDeviation } from 'simple-statistics';
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

test('every entropy of the page is that of the probes as they were made', () => {
  const rows = parse(readFileSync(join(FOLDER, 'entropy-mnist', 'entropy.csv'), 'utf8'), {
    columns: true,
  }) as Record<string, string>[];
  const probes = (detector: string, group: string, epoch: string) =>
    rows.filter(
      (row) =>
        row.detector === detector &&
        row.group === group &&
        row.epoch === epoch &&
        row.labeled_anomaly_ratio === '0.1',
    );
  const spread = (found: readonly Record<string, string>[], column: string) => {
    const values = found.map((row) => Number(row[column]));
    const error = sampleStandardDeviation(values) / Math.sqrt(values.length);
    return `${mean(values).toFixed(2).replace('-', '−')} ± ${error.toFixed(2)}`;
  };
  const detectors = {
    'Deep SAD, pretrained': 'Deep SAD (pretrain=true)',
    'Deep SAD, not pretrained': 'Deep SAD (pretrain=false)',
    'Deep SVDD, pretrained': 'Deep SVDD (pretrain=true)',
    'Deep SVDD, not pretrained': 'Deep SVDD (pretrain=false)',
    Supervised: 'Supervised',
  };
  const made = Object.entries(detectors).flatMap(([title, detector]) =>
    ['known', 'unseen'].map((kind) => {
      const [before, after] = ['0', '150'].map((epoch) => probes(detector, `${kind} anomaly`, epoch));
      expect([before.length, after.length]).toEqual([10, 10]);
      const above = after.filter(({ delta_logdet }) => Number(delta_logdet) > 0).length;
      return [
        kind === 'known' ? title : '',
        kind === 'known' ? 'known class' : kind,
        ...[before, after].flatMap((found) => ['delta_logdet', 'delta_knn'].map((of) => spread(found, of))),
        `${above} of 10`,
      ];
    }),
  );
  const stated = LINES.filter(
    ({ section, text }) => section.startsWith('Whether training gives') && text.startsWith('|'),
  ).map(({ text }) =>
    text
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
  expect(stated.slice(2)).toEqual(made);
});
