import { partition } from 'es-toolkit/array/partition';
import { sortBy } from 'es-toolkit/array/sortBy';
import { uniq } from 'es-toolkit/array/uniq';
import { grouped } from '../grouped.js';
import { columnsOf } from '../results/columns.js';
import { dimensionsOf, settingsOf } from '../results/dimensions.js';
import { departureOf, publishedFor } from '../results/published.js';
import { type DoneRecord, isDone, type RunRecord } from '../results/record.js';
import { percent, spreadOf } from '../results/spread.js';
import { meanAndStd, settingText } from '../results/wording.js';
import { type DetectorStyle, detectorStyles, isOf } from './detector-style.js';
import { barsOf, type Mark, PAGE_WIDTH, type Plot, PUBLISHED } from './plot.js';

/** The share of a row over which its dots are spread. */
const SPREAD = 0.62;

/**
 * The AUROC of every run of a setting: a row a detector, the one under study first and the others by their mean. Runs of one pair of
 * classes lie on one line, so that what seeds differ by is seen along it and what classes differ by across; of a single pair each seed has
 * a line. Beside them stand the mean with bars of ± one standard error, and a hollow mark of what the paper states.
 */
export function dotPlots(records: readonly RunRecord[], study: string): Plot[] {
  const done = records.filter(isDone);
  const { names, of } = columnsOf(done);
  const dimensions = dimensionsOf(done);
  const styles = detectorStyles(names);
  return settingsOf(done, dimensions).flatMap(({ members: runs }) => {
    const byName = grouped(runs, of);
    const present = names.filter((name) => byName.has(name));
    const groups = present.map((name) => byName.get(name) ?? []);
    if (groups.every((own) => own.length < 2)) return [];
    const published = publishedFor(groups.map((group) => (group.some(departureOf) ? [] : group)));
    const means = present.flatMap((detector, index) => {
      const spread = spreadOf(groups[index]);
      return spread ? [{ detector, ...spread, published: published[index]?.mean }] : [];
    });
    const [studied, others] = partition(means, ({ detector }) => isOf(study, detector));
    const rows = [...studied, ...sortBy(others, [({ mean }) => -mean])];
    const order = rows.map(({ detector }) => detector);
    const styleOf = (name: string) => styles.get(name) as DetectorStyle;
    const title = settingText(dimensions, runs[0]);
    // Not as a sort: of that array Vega-Lite makes one expression, nested as deep as there are rows.
    const y = { field: 'detector', type: 'nominal' as const, scale: { domain: order }, title: null };
    const end = (value: number) => Math.min(100, Math.max(0, 100 * value));
    const bars = (which: 'classes' | 'seeds', strokeWidth: number) => ({
      data: {
        values: rows.flatMap(({ detector, mean, errors }) => {
          const half = errors[which];
          return half === undefined ? [] : [{ detector, low: end(mean - half), high: end(mean + half) }];
        }),
      },
      mark: { type: 'rule' as const, strokeWidth },
      encoding: {
        x: { field: 'low', type: 'quantitative' as const },
        x2: { field: 'high' },
      },
    });
    const marks = (key: 'mean' | 'published', filled: boolean, size: number) => ({
      data: {
        values: rows.flatMap(({ detector, [key]: value }) =>
          value === undefined ? [] : [{ detector, value: 100 * value }],
        ),
      },
      mark: { type: 'point' as const, filled, size, opacity: 1, strokeWidth: 1.3 },
      encoding: {
        x: { field: 'value', type: 'quantitative' as const },
        shape: {
          field: 'detector',
          type: 'nominal' as const,
          scale: { domain: order, range: order.map((name) => styleOf(name).shape) },
          legend: null,
        },
      },
    });
    const isStated = rows.some(({ published: stated }) => stated !== undefined);
    const described = rows.map(
      ({ detector, published: stated, ...spread }) =>
        `${detector}: ${spread.runs > 1 ? meanAndStd(spread) : percent(spread.mean)}` +
        `${stated === undefined ? '' : ` (published: ${percent(stated)})`}.`,
    );
    return [
      {
        title: `AUROC of runs: ${title}`,
        description: `A dot a run, and the mean of each detector. ${described.join(' ')}`,
        rows: order,
        ...(isStated && { key: [PUBLISHED] }),
        marks: [
          ...uniq(groups.flatMap(lineMark)),
          ...barsOf(rows),
          ...(isStated ? (['published'] as const) : []),
        ],
        spec: {
          title,
          width: PAGE_WIDTH,
          encoding: {
            y: { ...y, axis: { grid: true, ticks: false, domain: false } },
            color: {
              field: 'detector',
              type: 'nominal',
              scale: { domain: order, range: order.map((name) => styleOf(name).color) },
              legend: null,
            },
          },
          layer: [
            {
              data: { values: rows.flatMap(({ detector }) => lanes(detector, byName.get(detector) ?? [])) },
              mark: { type: 'circle', size: 14, opacity: 0.5 },
              encoding: {
                x: {
                  field: 'auroc',
                  type: 'quantitative',
                  title: 'AUROC, %',
                  scale: { zero: false },
                  axis: { grid: false },
                },
                yOffset: {
                  field: 'lane',
                  type: 'quantitative',
                  // Lest it take the rows, by which colours are told, for its own sort.
                  sort: 'ascending',
                  scale: { domain: [-0.5 / SPREAD, 0.5 / SPREAD] },
                },
              },
            },
            bars('classes', 1),
            bars('seeds', 2.5),
            marks('mean', true, 110),
            marks('published', false, 110),
          ],
        },
      },
    ];
  });
}

function pairOf({ normalClass, knownAnomalyClasses }: RunRecord): string {
  return JSON.stringify([normalClass, knownAnomalyClasses]);
}

/** What a line of the dots of a detector is of, where they have several. */
function lineMark(runs: readonly RunRecord[]): Mark[] {
  if (uniq(runs.map(pairOf)).length > 1) return ['line a pair'];
  return uniq(runs.map(({ seed }) => seed)).length > 1 ? ['line a seed'] : [];
}

/** The dots of a detector, with their lines from −½ to ½. */
function lanes(detector: string, runs: readonly DoneRecord[]) {
  const pairs = uniq(runs.map(pairOf)).sort();
  const seeds = uniq(runs.map(({ seed }) => seed)).sort((a, b) => a - b);
  const several = pairs.length > 1;
  const count = several ? pairs.length : seeds.length;
  return runs.map((run) => {
    const place = several ? pairs.indexOf(pairOf(run)) : seeds.indexOf(run.seed);
    return { detector, auroc: 100 * run.auroc, lane: count > 1 ? place / (count - 1) - 0.5 : 0 };
  });
}
