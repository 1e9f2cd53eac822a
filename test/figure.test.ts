import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import type { Browser, Page } from 'playwright-core';
import { FIGURE_KINDS, type FigureKind, type FigureOptions, WIDTHS } from '../src/report/figure-options.js';
import { figures } from '../src/report/figures.js';
import type { RunRecord } from '../src/results/record.js';
import { appendRecords } from '../src/results/records.js';
import { exampleRecord } from '../src/results/testing/records.js';
import { appendTraces } from '../src/results/trace.js';
import { saveScores } from '../src/runner/save-run.js';
import { HAS_BROWSER, openBrowser } from './testing/browser.js';
import { deepsad } from './testing/program.js';

/** A busy machine may take long to start a browser. */
jest.setTimeout(60_000);

const folder = mkdtempSync(join(tmpdir(), 'deepsad-figure-'));
const results = join(folder, 'results');
afterAll(() => rmSync(folder, { recursive: true }));

const LONG = 'a_table_of_our_own_with_a_name_that_nobody_would_want_to_read_twice.csv';
const DETECTORS: RunRecord['detector'][] = [
  { name: 'deep-sad', options: { eta: 0.1 } },
  { name: 'deep-sad', options: { eta: 10 } },
  { name: 'oc-svm-hybrid', options: { kernel: 'rbf' } },
  { name: 'oc-svm-hybrid', options: { kernel: 'linear' } },
  { name: 'isolation-forest', options: { trees: 100 } },
];

/** Five data sets, of one several ratios, two pairs of classes and two seeds: something for figures of every kind. */
const RECORDS = ['cardio', 'satellite', 'thyroid', 'mnist', LONG].flatMap((dataset, data) =>
  (dataset === LONG ? [0.001, 0.05, 0.1] : [0.1]).flatMap((labeledAnomalyRatio, ratio) =>
    range(4).flatMap((run) =>
      DETECTORS.map((detector, method) =>
        exampleRecord(
          {
            dataset,
            normalClass: run < 2 ? 'normal' : 'other',
            labeledAnomalyRatio,
            pollutionRatio: 0.1,
            detector,
            seed: 1 + (run % 2),
          },
          { auroc: 0.6 + 0.05 * method + 0.02 * ratio + 0.003 * run + 0.01 * ((data * (method + 2)) % 5) },
        ),
      ),
    ),
  ),
);
const FIRST = RECORDS.filter(
  ({ dataset, labeledAnomalyRatio }) => dataset === LONG && labeledAnomalyRatio < 0.01,
);

beforeAll(async () => {
  mkdirSync(results, { recursive: true });
  await appendRecords(join(results, 'runs.jsonl'), RECORDS);
  for (const [index, { id }] of FIRST.entries()) {
    await saveScores(join(results, 'models', id), {
      scores: Float64Array.from(range(40), (sample) => ((sample * (index + 3)) % 17) + sample / 10),
      anomalies: Uint8Array.from(range(40), (sample) => Number(sample > 30)),
      origin: Uint32Array.from(range(40)),
    });
  }
  const probe = { count: 20, gaussian: 0.5, neighbour: 0.4, effectiveRank: 3 };
  const groups = ['training normal', 'test normal', 'unseen anomaly'] as const;
  await appendTraces(
    join(results, 'traces.ndjson'),
    FIRST.map(({ id }, index) => ({
      run: id,
      losses: {},
      probes: [0, 10, 50].flatMap((epoch) =>
        groups.map((group, place) => ({
          ...probe,
          epoch,
          group,
          aroundCenter: 1,
          aroundMean: 1,
          gaussian: index / 10 + place - epoch / 50,
          spectrum: [3, 2, 1 / (place + 1)],
        })),
      ),
    })),
  );
});

const draw = (options: FigureOptions) => figures([results], options);

describe('figures', () => {
  test.each(FIGURE_KINDS)(
    'of kind %s have no letter of their own that the font of PDFs has not',
    async (kind) => {
      expect((await draw({ kind, format: 'pdf' })).figures.length).toBeGreaterThan(0);
    },
  );

  test.each(Object.entries(WIDTHS))('are %s wide, as SVG and as PDF with its font', async (width, points) => {
    const options = { kind: 'dots', width: width as keyof typeof WIDTHS } as const;
    const [svg] = (await draw(options)).figures;
    expect(svg.content).toMatch(new RegExp(`^<svg [^>]*width="${points}pt"`));
    const [pdf] = (await draw({ ...options, format: 'pdf' })).figures;
    const text = (pdf.content as Buffer).toString('latin1');
    expect(text).toMatch(/^%PDF-/);
    expect(Number(/\/MediaBox \[0 0 ([\d.]+)/.exec(text)?.[1])).toBeCloseTo(points, 0);
    expect(text).toMatch(/\/FontName \/[A-Z]{6}\+Arimo-Regular/);
    expect(text).toContain('/FontFile2');
    expect(text).not.toContain('/BaseFont /Helvetica');
    const [again] = (await draw({ ...options, format: 'pdf' })).figures;
    expect(again.content).toEqual(pdf.content);
  });

  test('have a title and a description with the numbers', async () => {
    const { figures } = await draw({ kind: 'ratio' });
    const title = `AUROC against γ_l, labeled anomalies: ${LONG}, γ_p 0.1`;
    const figure = figures.find((each) => each.title === title);
    expect(figure?.name).toMatch(/^auroc-against-gamma-l-labeled-anomalies-a-table-/);
    expect(figure?.content).toContain(`<title>${title}</title><desc>AUROC in % against γ_l`);
    expect(figure?.content).toMatch(/Isolation forest: 84\.\d at 0\.001, 86\.\d at 0\.05, 88\.\d at 0\.1\./);
    expect(figure?.content).toMatch(/γ<tspan [^>]*>p<\/tspan>/);
  });
});

test('the detector under study comes first and is set against each other', async () => {
  const study = 'isolation-forest';
  const titlesOf = async (options: FigureOptions) => (await draw(options)).figures.map(({ title }) => title);
  expect(await titlesOf({ kind: 'scatter', study })).toEqual(
    [
      'OC-SVM hybrid (kernel=linear)',
      'OC-SVM hybrid (kernel=rbf)',
      'Deep SAD (eta=0.1)',
      'Deep SAD (eta=10)',
    ].map((other) => `Isolation forest against ${other}`),
  );
  for (const kind of ['ratio', 'dots'] as const) {
    const [{ content }] = (await draw({ kind, study })).figures;
    expect(content).toMatch(/<desc>[^.]*\. Isolation forest: /);
  }
});

describe('deepsad figure', () => {
  test('writes a figure into the file that --out names, and prints its name', async () => {
    const out = join(folder, 'fig.pdf');
    const { code, stdout } = await deepsad(['figure', results, '--kind', 'ranks', '--out', out]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `${out}\n` });
    expect(readFileSync(out, 'latin1')).toMatch(/^%PDF-/);
  });

  test('adds the title to the name where there are several', async () => {
    const { stdout } = await deepsad(['figure', results, '--kind', 'dots', '--out', join(folder, 'fig.svg')]);
    const names = stdout.trimEnd().split('\n');
    expect(names).toHaveLength(7);
    expect(names).toContain(join(folder, 'fig-auroc-of-runs-cardio-gamma-l-0-1-gamma-p-0-1.svg'));
    for (const name of names) expect(readFileSync(name, 'utf8')).toMatch(/^<svg/);
  });

  test('writes each of several into a file of its own', async () => {
    const varied = join(folder, 'varied');
    mkdirSync(varied);
    // One setting against two axes.
    await appendRecords(
      join(varied, 'runs.jsonl'),
      [0.1, 1, 10].flatMap((eta) =>
        [16, 32, 64].map((representationSize, size) =>
          exampleRecord(
            { detector: { name: 'deep-sad', options: { eta, representationSize } } },
            { auroc: 0.8 + eta / 100 + size / 50 },
          ),
        ),
      ),
    );
    for (const [from, kind] of [
      [varied, 'ratio'],
      [results, 'entropy'],
    ] as const) {
      const drawn = await figures([from], { kind });
      const out = mkdtempSync(join(folder, 'out-'));
      await deepsad(['figure', from, '--kind', kind, '--out', join(out, 'fig.svg')]);
      expect(drawn.figures.length).toBeGreaterThan(1);
      expect(readdirSync(out)).toHaveLength(drawn.figures.length);
    }
  });

  test('makes the picture of the README anew, as it is', async () => {
    const readme = readFileSync('README.md', 'utf8');
    const [, picture = ''] = /!\[[^\]]*\]\((\S+\.svg)\)/.exec(readme) ?? [];
    const [, args = ''] = new RegExp(`npx deepsad (figure .*) --out ${picture}`).exec(readme) ?? [];
    const out = join(folder, 'picture.svg');
    await deepsad([...args.split(' '), '--out', out]);
    expect(readFileSync(out, 'utf8')).toBe(readFileSync(picture, 'utf8'));
  });

  test.each([
    [['--kind', 'ratios'], '--kind: found ratios; did you mean ratio?'],
    [[], '--kind is missing; see deepsad figure --help'],
    [['--kind', 'ratio', '--out', 'a.png'], '--out a.png: expected a name that ends in .svg or .pdf'],
    [
      ['--kind', 'ratio', '--format', 'pdf', '--out', 'a.svg'],
      '--out a.svg: expected a name that ends in .pdf',
    ],
  ])('refuses %j', async (args, message) => {
    const { code, stderr } = await deepsad(['figure', results, ...args]);
    expect({ code, stderr }).toEqual({ code: 2, stderr: expect.stringContaining(message) });
  });

  test('refuses to draw as PDF what its font has not, before any file is written', async () => {
    const foreign = join(folder, 'foreign');
    mkdirSync(foreign);
    const records = ['数据 🎉 & é.csv', 'cardio'].flatMap((dataset) =>
      [1, 2].map((seed) => exampleRecord({ dataset, seed }, { auroc: 0.9 })),
    );
    await appendRecords(join(foreign, 'runs.jsonl'), records);
    const args = ['figure', foreign, '--kind', 'dots', '--out'];
    const { code, stdout, stderr } = await deepsad([...args, join(foreign, 'dots.pdf')]);
    expect({ code, stdout, stderr }).toEqual({
      ...{ code: 2, stdout: '' },
      stderr: `${foreign}: a PDF cannot show 数 据 🎉, which its font, Arimo, has not; take --format svg\n`,
    });
    expect(readdirSync(foreign)).toEqual(['runs.jsonl']);
    expect(await deepsad([...args, join(foreign, 'dots.svg')])).toMatchObject({ code: 0 });
  });

  test('says what a figure needs, and which there are', async () => {
    const one = join(folder, 'one');
    mkdirSync(one);
    await appendRecords(join(one, 'runs.jsonl'), FIRST.slice(0, 9));
    const { code, stderr } = await deepsad(['figure', one, '--kind', 'roc']);
    expect(code).toBe(2);
    expect(stderr).toBe(
      `${one}: a figure of kind roc needs runs that kept their models and scores (--save-models); there are figures of ratio, dots\n`,
    );
    expect(readdirSync(one)).toEqual(['runs.jsonl']);
    expect(existsSync('roc.svg')).toBe(false);
  });
});

// Without Debian's browser there is nothing to measure text with.
const inBrowser = HAS_BROWSER ? describe : describe.skip;

inBrowser('in Chromium', () => {
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    browser = await openBrowser();
    page = await browser.newPage();
    // In whatever font there is: that of figures is seldom among those of a machine without a screen.
    await page.setContent('<main></main>');
  });
  afterAll(() => browser?.close());

  /** What of a figure's texts is cut by its edge, and which lie over each other. */
  const FAULTS = `(() => {
    const svg = document.querySelector('main svg');
    const edge = svg.getBoundingClientRect();
    const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim() !== '');
    const boxes = texts.map((text) => ({ text: text.textContent, box: text.getBoundingClientRect() }));
    const slack = 0.5;
    const cut = boxes.filter(({ text, box }) => text.includes('…') || box.left < edge.left - slack ||
      box.right > edge.right + slack || box.top < edge.top - slack || box.bottom > edge.bottom + slack);
    const over = boxes.flatMap((a, i) => boxes.slice(i + 1).filter((b) =>
      a.box.left < b.box.right - slack && b.box.left < a.box.right - slack &&
      a.box.top < b.box.bottom - 2 && b.box.top < a.box.bottom - 2).map((b) => a.text + ' | ' + b.text));
    return { texts: boxes.length, cut: cut.map(({ text }) => text), over };
  })()`;

  async function faultsOf(figure: string): Promise<object> {
    await page.evaluate((svg) => {
      (
        globalThis as unknown as { document: { querySelector(name: string): { innerHTML: string } } }
      ).document.querySelector('main').innerHTML = svg;
    }, figure);
    return (await page.evaluate(FAULTS)) as object;
  }

  test('no label of a diagram of ranks of many detectors overlaps another or is cut', async () => {
    const many = join(folder, 'many');
    mkdirSync(many);
    await appendRecords(
      join(many, 'runs.jsonl'),
      ['cardio', 'satellite', 'thyroid', 'mnist', LONG].flatMap((dataset, data) =>
        range(20).map((method) =>
          exampleRecord(
            { dataset, detector: { name: 'deep-sad', options: { eta: method } } },
            { auroc: 0.6 + 0.01 * ((7 * data + method) % 20) },
          ),
        ),
      ),
    );
    const { figures: drawn } = await figures([many], { kind: 'ranks' });
    expect(drawn).toHaveLength(1);
    expect(await faultsOf(drawn[0].content as string)).toMatchObject({ cut: [], over: [] });
  });

  test.each(
    FIGURE_KINDS.flatMap((kind) =>
      (['column', 'two-columns'] as const).map((width): [FigureKind, keyof typeof WIDTHS] => [kind, width]),
    ),
  )('no label of %s overlaps another or is cut, %s', async (kind, width) => {
    const { figures } = await draw({ kind, width });
    for (const { title, content } of figures) {
      expect({ title, ...(await faultsOf(content as string)) }).toEqual({
        title,
        texts: expect.any(Number),
        cut: [],
        over: [],
      });
    }
  });
});
