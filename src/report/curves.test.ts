import { describe, expect, test } from '@jest/globals';
import type { Run } from '../config/run.js';
import { paperTables } from '../results/paper-tables.js';
import { exampleRecord } from '../results/testing/records.js';
import { curves, paperFigures } from './curves.js';
import { STUDIED } from './detector-style.js';
import { draw } from './draw.js';

const detector = (name: string, options: Run['detector']['options'] = {}) => ({ name, options });

/** The points of each plot, by the plot's title. */
function pointsOf(records: Parameters<typeof curves>[0]): Record<string, unknown> {
  return Object.fromEntries(
    curves(records, STUDIED).map(({ title, spec }) => [title, (spec.data as { values: unknown }).values]),
  );
}

const at = (fields: Parameters<typeof exampleRecord>[0], auroc: number) => exampleRecord(fields, { auroc });

describe('curves', () => {
  test('have mean and standard errors of every detector at every value', () => {
    const records = [0, 0.1].flatMap((pollutionRatio) => [
      at({ pollutionRatio, seed: 1 }, 0.75),
      at({ pollutionRatio, seed: 2 }, 0.25),
      at({ pollutionRatio, detector: detector('autoencoder') }, 1),
    ]);
    const deepSad = { detector: 'Deep SAD', mean: 50, seedsLow: 25, seedsHigh: 75 };
    const autoencoder = { detector: 'Autoencoder', mean: 100 };
    expect(pointsOf(records)).toEqual({
      'AUROC against γ_p, pollution: cardio, γ_l 0.01': expect.arrayContaining([
        { ...deepSad, value: 0 },
        { ...deepSad, value: 0.1 },
        { ...autoencoder, value: 0 },
        { ...autoencoder, value: 0.1 },
      ]),
    });
  });

  test('keep apart what else varies', () => {
    const records = ['mnist', 'cifar10'].flatMap((dataset) =>
      [0, 0.1].map((pollutionRatio) => at({ dataset, pollutionRatio }, 0.5)),
    );
    expect(Object.keys(pointsOf(records))).toEqual([
      'AUROC against γ_p, pollution: mnist, γ_l 0.01',
      'AUROC against γ_p, pollution: cifar10, γ_l 0.01',
    ]);
  });

  test('are of one detector along its own option, and leave out those that lack it', () => {
    const records = [
      ...[100, 1, 0.01].map((eta) => at({ detector: detector('deep-sad', { eta, epochs: 5 }) }, 0.5)),
      at({ detector: detector('autoencoder') }, 0.5),
    ];
    const [points] = Object.values(pointsOf(records));
    expect(points).toEqual([
      expect.objectContaining({ detector: 'Deep SAD', value: 100 }),
      expect.objectContaining({ detector: 'Deep SAD', value: 1 }),
      expect.objectContaining({ detector: 'Deep SAD', value: 0.01 }),
    ]);
  });

  test('along η are of labeled data only, where it weighs something', () => {
    const records = [0, 0.01].flatMap((labeledAnomalyRatio) =>
      [0.1, 1].map((eta) => at({ labeledAnomalyRatio, detector: detector('deep-sad', { eta }) }, 0.5)),
    );
    const along = Object.keys(pointsOf(records)).filter((title) => title.includes('η'));
    expect(along).toEqual(['AUROC against η, weight of the labeled samples: cardio, γ_l 0.01']);
  });

  test('give a detector one colour in all plots, and name only those of each plot', () => {
    const records = [0, 0.1].flatMap((pollutionRatio) => [
      at({ dataset: 'mnist', pollutionRatio, detector: detector('deep-svdd') }, 0.5),
      at({ dataset: 'mnist', pollutionRatio }, 0.5),
      at({ dataset: 'cardio', pollutionRatio }, 0.5),
    ]);
    const plots = curves(records, STUDIED);
    const scales = plots.map(({ spec }) => JSON.parse(JSON.stringify(spec)).encoding.color.scale);
    expect(scales).toEqual(Array(2).fill(expect.objectContaining({ domain: ['Deep SVDD', 'Deep SAD'] })));
    expect(plots.map(({ key }) => key?.map(({ name }) => name))).toEqual([
      ['Deep SAD', 'Deep SVDD'],
      ['Deep SAD', 'hollow: published'],
    ]);
    expect(plots[0].key?.[0]).toEqual(plots[1].key?.[0]);
  });

  test('start where nothing is labeled: no ratio of labeled anomalies and no known class', () => {
    const known = (...knownAnomalyClasses: string[]) => ({ dataset: 'mnist', knownAnomalyClasses });
    const unlabeled = at({ ...known(), labeledAnomalyRatio: 0 }, 0.5);
    const byRatio = [0.01, 0.1].map((labeledAnomalyRatio) => at({ ...known('1'), labeledAnomalyRatio }, 0.5));
    expect(pointsOf([unlabeled, ...byRatio])).toEqual({
      'AUROC against γ_l, labeled anomalies: mnist': ['0.01', '0.1', '0'].map((value) =>
        expect.objectContaining({ value: Number(value) }),
      ),
    });
    const byCount = [['1'], ['1', '2']].map((classes) =>
      at({ ...known(...classes), labeledAnomalyRatio: 0.05 }, 0.5),
    );
    expect(pointsOf([unlabeled, ...byCount])).toEqual({
      'AUROC against k, known anomaly classes: mnist, γ_l 0.05': [1, 2, 0].map((value) =>
        expect.objectContaining({ value }),
      ),
    });
  });

  test('are of nothing labeled and one ratio, once, whatever was listed', () => {
    const of = (dataset: string, labeledAnomalyRatio: number, ...knownAnomalyClasses: string[]) =>
      at({ dataset, labeledAnomalyRatio, knownAnomalyClasses }, 0.5);
    const ratio = (place: string) => `AUROC against γ_l, labeled anomalies: ${place}`;
    const both = ['cardio', 'mnist'].flatMap((dataset) => [of(dataset, 0), of(dataset, 0.02, '1')]);
    const points = [0.02, 0].map((value) => expect.objectContaining({ value }));
    expect(pointsOf(both)).toEqual({ [ratio('cardio')]: points, [ratio('mnist')]: points });
    // Along classes there is the same 0 and more.
    const classes = 'AUROC against k, known anomaly classes: mnist, γ_l 0.02';
    expect(Object.keys(pointsOf([...both, of('mnist', 0.02, '1', '2')]))).toEqual([
      ratio('cardio, known classes 1'),
      classes,
    ]);
    expect(
      Object.keys(pointsOf([of('mnist', 0), of('mnist', 0.02, '1'), of('mnist', 0.05, '1', '2')])),
    ).toEqual([ratio('mnist, known classes 1'), ratio('mnist, known classes 2')]);
    expect(pointsOf([of('mnist', 0.02, '1')])).toEqual({});
  });

  test('have hollow marks of what the paper states beside those of runs', () => {
    const records = [0.05, 0.1].flatMap((pollutionRatio) =>
      Array.from({ length: 10 }, (_, normal) =>
        at(
          {
            dataset: 'mnist',
            normalClass: String(normal),
            knownAnomalyClasses: [String((normal + 1) % 10)],
            labeledAnomalyRatio: 0.05,
            pollutionRatio,
          },
          0.9,
        ),
      ),
    );
    const layersOf = ([{ spec }]: ReturnType<typeof curves>) =>
      JSON.parse(JSON.stringify(spec)).layer as {
        mark?: { filled?: boolean };
        data?: { values: unknown };
      }[];
    const hollow = (plots: ReturnType<typeof curves>) =>
      layersOf(plots).flatMap(({ mark, data }) => (mark?.filled === false ? [data?.values] : []));
    const published = (value: number, mean: number) => ({ detector: 'Deep SAD', value, mean });
    expect(hollow(curves(records, STUDIED))).toMatchObject([[published(0.05, 93.5), published(0.1, 91.2)]]);

    const [table4] = paperTables(records).filter(({ name }) => name === 'table-4');
    const values = hollow(paperFigures(table4, STUDIED)).flat() as { detector: string }[];
    expect(values).toHaveLength(5 * 13);
    expect(values.filter(({ detector }) => detector === 'Deep SAD')).toMatchObject(
      [96.7, 95.5, 93.5, 91.2, 86.6].map((mean, i) => published([0, 0.01, 0.05, 0.1, 0.2][i], mean)),
    );
    const [table6] = paperTables([at({}, 0.5)]);
    expect(paperFigures(table6, STUDIED)).toEqual([]);

    // A quick look is no match for what the paper trained for fifty times as long.
    const quick = records.map((record) => ({
      ...record,
      detector: { name: 'deep-sad', options: { epochs: 3 } },
    }));
    expect(hollow(curves(quick, STUDIED))).toEqual([]);
    expect(paperTables(quick)).toEqual([]);
  });

  test('keep what classes and what seeds differ by apart, and draw Deep SAD last', () => {
    const records = [0, 0.1].flatMap((pollutionRatio) =>
      ['0', '1'].flatMap((normalClass) => [
        at({ pollutionRatio, normalClass, seed: 1 }, normalClass === '0' ? 0.5 : 0.75),
        at({ pollutionRatio, normalClass, seed: 1, detector: detector('supervised') }, 0.5),
      ]),
    );
    const [{ spec }] = curves(records, STUDIED);
    const layers = JSON.parse(JSON.stringify(spec)).layer as { data: { values: unknown[] } }[];
    // The means of the classes, 50 and 75, have a sample variance of 312.5; no class has a second seed.
    const ofDeepSad = { detector: 'Deep SAD', value: 0, mean: 62.5, classesLow: 50, classesHigh: 75 };
    expect(layers.at(-1)?.data.values[0]).toEqual(ofDeepSad);
  });

  test('need two values, of runs that are done', () => {
    const failed = exampleRecord({ pollutionRatio: 0.1 }, { status: 'failed', reason: 'collapsed' });
    expect(curves([at({}, 0.5), failed], STUDIED)).toEqual([]);
  });
});

test('are drawn as SVG that takes the colours around it', async () => {
  const records = [0.1, 1].map((eta) => at({ detector: detector('deep-sad', { eta }) }, 0.5));
  const [{ title, svg }] = await draw(curves(records, STUDIED));
  expect(title).toContain('η');
  expect(svg).toMatch(/^<svg [\s\S]*>AUROC, %<[\s\S]*<\/svg>$/);
  expect(svg).toContain('fill="currentColor"');
  expect(svg).not.toContain('NaN');
  expect(svg).toContain(`<title>${title}</title>`);
  expect(svg).toMatch(/γ<tspan [^>]*>l<\/tspan>/);
  expect(svg).not.toContain('γ_l 0.01</text>');
});
