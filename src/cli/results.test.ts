import { describe, expect, test } from '@jest/globals';
import picocolors from 'picocolors';
import stringWidth from 'string-width';
import { exampleRecord } from '../results/testing/records.js';
import { resultsView } from './results.js';

const plain = { width: 80, paint: picocolors.createColors(false) };

/** Records of three detectors in some settings, with two seeds. */
function records(settings: readonly Record<string, unknown>[]) {
  return settings.flatMap((setting) =>
    ['deep-svdd', 'deep-sad', 'kde'].flatMap((name, rank) =>
      [1, 2].map((seed) =>
        exampleRecord(
          { dataset: 'parts.csv', seed, detector: { name, options: {} }, ...setting },
          { status: 'done', auroc: 0.9 - 0.1 * ((rank + 1) % 3) + 0.02 * seed, averagePrecision: 0.5 },
        ),
      ),
    ),
  );
}

const RATIOS = [0, 0.01, 0.05, 0.1, 0.2].map((labeledAnomalyRatio) => ({ labeledAnomalyRatio }));

describe('a setting', () => {
  test('has a line a detector, the best first', () => {
    const view = resultsView(records([{ dataset: 'parts.csv' }]), plain);
    expect(view).toBe(`parts.csv  γ_l 0.01
                   AUROC    AP
KDE         ★ 93.0 ± 1.0  50.0
Deep SVDD     83.0 ± 1.0  50.0
Deep SAD      73.0 ± 1.0  50.0

★ the best AUROC. AP: average precision in %. AUROC in %, mean ± standard
deviation of 2 runs each.
`);
  });

  test('has a title that ends lines between its parts, and none where there is no end of columns', () => {
    const dataset = 'a/folder/of/parts.csv';
    const setting = records([{ dataset, labeledAnomalyRatio: 0.01, pollutionRatio: 0.125 }]);
    const narrow = resultsView(setting, { ...plain, width: 40 });
    expect(narrow).toMatch(/^a\/folder\/of\/parts.csv {2}γ_l 0\.01\nγ_p 0\.125\n/);
    const piped = resultsView(setting, { ...plain, width: 40, titleWidth: Number.POSITIVE_INFINITY });
    expect(piped).toMatch(/^a\/folder\/of\/parts.csv {2}γ_l 0\.01 {2}γ_p 0\.125\n/);
  });

  test('has what the paper published beside it', () => {
    const thyroid = { dataset: 'thyroid', labeledAnomalyRatio: 0.01, pollutionRatio: 0 };
    const [, heading, , ...lines] = resultsView(records([thyroid]), plain).split('\n');
    expect(heading).toMatch(/AUROC +published +difference +AP$/);
    expect(lines.find((line) => line.startsWith('Deep SAD'))).toMatch(
      /^Deep SAD +\d.* ± .* +\d+\.\d ± \d+\.\d.* +[+−]\d+\.\d \(\d+\.\d s\.e\.\)/,
    );
  });

  test('explains nothing of what has no room, and says that there is more', () => {
    const thyroid = { dataset: 'thyroid', labeledAnomalyRatio: 0.01, pollutionRatio: 0 };
    const narrow = resultsView(records([thyroid]), { ...plain, width: 40 });
    expect(narrow).not.toMatch(/Published|standard error/);
    expect(narrow.replaceAll('\n', ' ')).toContain('A wider terminal shows what is published.');
    expect(resultsView(records([thyroid]), plain)).not.toContain('A wider terminal');
  });

  test('breaks names at the ends of their parts, and no more than what is shown asks for', () => {
    const setting = { dataset: 'thyroid', labeledAnomalyRatio: 0.01, pollutionRatio: 0 };
    const variants = (['one-class', 'soft-boundary'] as const).map((objective) => ({
      ...setting,
      detector: { name: 'deep-svdd', options: { objective } },
    }));
    const view = resultsView(
      variants.map((variant) => exampleRecord(variant)),
      { ...plain, width: 40 },
    );
    expect(view).toMatch(/^Deep SVDD .*\n {2}\(objective=one-class\)$/m);
    expect(view).toMatch(/^Deep SVDD .*\n {2}\(objective=soft-\n {2}boundary\)$/m);
  });

  test('has the failures below it', () => {
    const failed = exampleRecord({ seed: 3 }, { status: 'failed', reason: 'out\nof memory' });
    expect(resultsView([...records([{}]), failed], plain)).toMatch(
      /Failed and left out: 1 run of .*out of\s+memory/,
    );
  });

  test('says so where all runs failed', () => {
    const failed = exampleRecord({}, { status: 'failed', reason: 'out of memory' });
    expect(resultsView([failed], plain)).toBe(
      'No run has a result.\nFailed and left out: 1 run of Deep SAD on cardio (out of memory).\n',
    );
  });
});

describe('several settings', () => {
  test('stand beside each other where they fit', () => {
    const view = resultsView(records(RATIOS.slice(0, 3)), plain);
    expect(view.match(/AUROC +AP/g)).toHaveLength(3);
    expect(view).toMatch(/^\S+\n +γ_l 0 +γ_l 0\.01 +γ_l 0\.05\n/);
  });

  test('stand below each other where they do not, those of a data set together where these do', () => {
    expect(resultsView(records(RATIOS), plain).match(/^\S+ +γ_l .*\n +AUROC +AP$/gm)).toHaveLength(5);
    const twice = ['a', 'b'].flatMap((dataset) => RATIOS.slice(0, 3).map((ratio) => ({ dataset, ...ratio })));
    expect(resultsView(records(twice), plain).match(/^[ab]\n +γ_l 0 +γ_l 0\.01 +γ_l 0\.05$/gm)).toHaveLength(
      2,
    );
  });

  test('with titles wider than their columns are no wider than the terminal, each column under its title', () => {
    const datasets = ['pump', 'fan', 'lathe'].map((machine) => ({
      dataset: `plant: ${machine}, time steps`,
    }));
    const wide = resultsView(records(datasets), { ...plain, width: 100 });
    expect(wide).toMatch(/\n +plant: pump, time steps +plant: fan, time steps +plant: lathe, time steps\n/);
    const [, titles, headings] = wide.split('\n');
    expect(headings).toHaveLength(titles.length);
    const narrow = resultsView(records(datasets), plain).split('\n');
    expect(narrow.filter((line) => line.startsWith('plant: '))).toHaveLength(3);
  });

  test.each([40, 50, 60, 80, 200])('keep within %d columns', (width) => {
    const settings = [...RATIOS, { dataset: '数据集' }, { dataset: 'thyroid', pollutionRatio: 0 }];
    const variants = [1, 2].map((eta) =>
      exampleRecord({
        dataset: 'thyroid',
        detector: { name: 'deep-sad', options: { eta, milestones: [eta, 30, 40, 50, 60] } },
      }),
    );
    const wide = resultsView([...records(settings), ...variants], { ...plain, width });
    const widths = wide.split('\n').map((line) => stringWidth(line));
    expect(Math.max(...widths)).toBeLessThanOrEqual(width);
  });
});

describe('time series', () => {
  const machines = Object.fromEntries(
    Array.from({ length: 28 }, (_, machine) => [`machine-${machine + 1}`, { windows: 0.9, steps: 0.8 }]),
  );
  const ofSeries = (detectors: readonly string[], epochs = [1]) =>
    detectors.flatMap((name, rank) =>
      epochs.map((each) =>
        exampleRecord(
          { dataset: 'smd', detector: { name, options: { epochs: each } } },
          {
            ...{ status: 'done', auroc: 0.7, averagePrecision: 0.5 },
            series: { steps: 0.6 - 0.1 * rank, machines },
          },
        ),
      ),
    );

  test('have a line a machine, and detectors beside each other', () => {
    const view = resultsView(ofSeries(['deep-svdd', 'deep-sad', 'kde']), plain);
    expect(view).toMatch(/\n +Deep SVDD +Deep SAD +KDE\n +AUROC +AUROC +AUROC\n/);
    expect(view).toMatch(/\nall machines, time steps +★ 60\.0 +50\.0 +40\.0\n/);
    expect(view).toMatch(/\nmachine-28, windows +★ 90\.0 +★ 90\.0 +★ 90\.0\n/);
    expect(view.match(/machine-7, time steps/g)).toHaveLength(1);
    expect(view.match(/\n★ the best AUROC\. /g)).toHaveLength(2);
  });

  test('have the detector in the title where it is alone', () => {
    expect(resultsView(ofSeries(['deep-sad']), plain)).toMatch(
      /\nsmd {2}γ_l 0\.01 {2}Deep SAD\n +AUROC\nall/,
    );
    expect(resultsView(ofSeries(['deep-sad']), plain)).not.toContain('★');
  });

  test.each([50, 80, 200])('keep within %d columns, as many detectors beside each other as fit', (width) => {
    const view = resultsView(ofSeries(['deep-svdd', 'deep-sad', 'kde'], [1, 2, 3]), { ...plain, width });
    expect(Math.max(...view.split('\n').map((line) => stringWidth(line)))).toBeLessThanOrEqual(width);
    const blocks = view.match(/machine-7, time/g) ?? [];
    expect(blocks).toHaveLength({ 50: 9, 80: 4, 200: 2 }[width] as number);
  });
});

test('names command no terminal, and colours are its own alone', () => {
  const hostile = records([{ dataset: '\u001b[31mred\n' }]);
  expect(resultsView(hostile, plain)).not.toContain('\u001b');
  const painted = resultsView(hostile, { width: 80, paint: picocolors.createColors(true) });
  expect(painted).toContain('\\u001b[31mred');
  expect(painted).toContain('\u001b[1m');
});
