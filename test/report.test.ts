import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { range } from 'es-toolkit';
import type { Browser, Page } from 'playwright-core';
import { readExperiments } from '../src/report/experiment-results.js';
import { writeReport } from '../src/report/report.js';
import { namedData } from '../src/report/test-images.js';
import type { RunRecord } from '../src/results/record.js';
import { appendRecords } from '../src/results/records.js';
import { exampleRecord } from '../src/results/testing/records.js';
import { appendTraces } from '../src/results/trace.js';
import { saveScores } from '../src/runner/save-run.js';
import { clickFor, HAS_BROWSER, openBrowser, openReport } from './testing/browser.js';
import { deepsad } from './testing/program.js';
import { until } from './testing/until.js';

/** A busy machine may take long to start a browser. */
jest.setTimeout(60_000);

const DETECTORS = ['oc-svm', 'autoencoder', 'deep-sad'];

/** An AUROC for each detector, ratio and class, all different: Deep SAD is the best, and better with more labels. */
const RECORDS: RunRecord[] = [0, 0.01, 0.1].flatMap((labeledAnomalyRatio, ratio) =>
  range(10).flatMap((digit) =>
    DETECTORS.map((name, method) =>
      exampleRecord(
        {
          dataset: 'mnist',
          normalClass: String(digit),
          knownAnomalyClasses: labeledAnomalyRatio > 0 ? [String((digit + 1) % 10)] : [],
          labeledAnomalyRatio,
          detector: { name, options: {} },
        },
        { auroc: 0.5 + 0.1 * method + 0.02 * ratio + 0.01 * digit },
      ),
    ),
  ),
);
const REASON = 'collapsed </script><b>';
const FAILED = exampleRecord(
  { dataset: 'mnist', normalClass: '0', seed: 2 },
  { status: 'failed', reason: REASON },
);

const RISEN =
  `In 1 of ${RECORDS.length + 1} runs a loss ended above where it began (OC-SVM, normal 0, known none, γ_l 0, seed 1: ` +
  'the training loss rose from 1.00 to 2.00); a lower learning rate may do better (learningRate, pretrainLearningRate).';

const folder = mkdtempSync(join(tmpdir(), 'deepsad-report-'));
const out = join(folder, 'out');
afterAll(() => rmSync(folder, { recursive: true }));

beforeAll(async () => {
  const results = join(folder, 'results', 'digits');
  mkdirSync(results, { recursive: true });
  await appendRecords(join(results, 'runs.jsonl'), [...RECORDS, FAILED]);
  writeFileSync(join(results, 'config.yaml'), 'name: digits\ndataset: mnist\n');
  writeFileSync(join(results, 'environment.json'), '{ "deepsad": "0.1.0" }\n');
  await appendTraces(join(results, 'traces.ndjson'), [
    {
      run: RECORDS[0].id,
      losses: { pretraining: Float32Array.of(4, 2, 1), training: Float32Array.of(1, 2) },
    },
    { run: '0'.repeat(16), losses: { training: Float32Array.of(1, 9) } },
  ]);
  await saveScores(join(results, 'models', RECORDS[0].id), {
    scores: Float64Array.of(0.1, 0.4, 0.3, 0.9),
    anomalies: Uint8Array.of(0, 0, 1, 1),
    origin: Uint32Array.of(0, 1, 2, 3),
  });
  await writeReport(
    readExperiments([join(folder, 'results')]).experiments,
    out,
    (name) => join(out, name),
    namedData(),
  );
});

test('the report comes with its tables and plots as files', () => {
  expect(readdirSync(out).sort()).toEqual(['digits', 'paper', 'report.html']);
  expect(readdirSync(join(out, 'digits')).sort()).toEqual(['plots', 'table.csv', 'table.md', 'table.tex']);
  const plots = readdirSync(join(out, 'digits', 'plots'));
  expect(plots.sort()).toEqual([
    'auroc-against-gamma-l-labeled-anomalies-mnist.svg',
    'deep-sad-against-autoencoder.svg',
    'deep-sad-against-oc-svm.svg',
    'precision-and-recall-mnist-gamma-l-0.svg',
    'roc-mnist-gamma-l-0.svg',
  ]);
});

test('the paper’s tables and figures that runs belong to are files of their own', () => {
  expect(readdirSync(join(out, 'paper')).sort()).toEqual([
    'plots',
    'table-3.csv',
    'table-3.md',
    'table-3.tex',
  ]);
  expect(readdirSync(join(out, 'paper', 'plots'))).toEqual([
    'auroc-against-gamma-l-labeled-anomalies-mnist.svg',
  ]);
  const table = readFileSync(join(out, 'paper', 'table-3.md'), 'utf8');
  expect(table).toMatch(/^\| mnist +\| +0\.2 \|/m); // a row without runs
  expect(table).toContain('96.4 ± 2.7 (−19.9;');
});

describe('deepsad report', () => {
  const results = join(folder, 'results');

  test('prints the tables and makes the page', async () => {
    const made = join(folder, 'made');
    const { code, stdout, stderr } = await deepsad(['report', results, '--out', made]);
    expect(stdout).toMatch(/^digits\n\nmnist.*\n[\s\S]*\nDeep SAD +★ \d/);
    expect(readFileSync(join(made, 'digits', 'table.md'), 'utf8')).toMatch(/\| mnist +\|.* \d+\.\d ± /);
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr:
        `digits: ${RISEN}\nThe paper's own tables and figures are in ${join(made, 'paper')}: Table 3.\n` +
        `The report is ${join(made, 'report.html')}; --open opens it.\n`,
    });
  });

  test('leaves out a trace that was cut off, says so, and refuses another file in the place of traces', async () => {
    const damaged = join(folder, 'damaged');
    mkdirSync(damaged);
    writeFileSync(join(damaged, 'runs.jsonl'), `${JSON.stringify(RECORDS[0])}\n`);
    const traces = join(damaged, 'traces.ndjson');
    writeFileSync(traces, '{"run":"00');
    const torn = await deepsad(['report', damaged, '--out', join(folder, 'damaged-report')]);
    expect(torn.code).toBe(0);
    expect(torn.stderr).toContain(`${traces}, line 1 was cut off in writing and is left out\n`);
    writeFileSync(traces, 'a,b\n1,2\n');
    expect(await deepsad(['report', damaged, '--out', join(folder, 'damaged-report')])).toMatchObject({
      code: 2,
      stderr: `${traces}, line 1: not JSON, where a trace was expected; remove or mend that line\n`,
    });
  });

  test('leaves out a line that was cut off, and says so', async () => {
    const torn = join(folder, 'torn.jsonl');
    writeFileSync(torn, `${JSON.stringify(RECORDS[0])}\n{"id`);
    const { code, stderr } = await deepsad(['report', torn, '--out', join(folder, 'torn')]);
    expect(code).toBe(0);
    expect(stderr).toContain(`${torn}, line 2 was cut off in writing and is left out\n`);
  });

  test.each([
    [['report'], '<results..> is missing: deepsad report <results..>; see deepsad report --help'],
    [['report', join(folder, 'none')], `cannot read ${join(folder, 'none')}: `],
    [['report', out], `${out} holds no run records: expected a results folder or a runs.jsonl file`],
    [['report', results, '--out', join(results, 'digits', 'config.yaml')], 'cannot write into the folder '],
    [
      ['report', results, '--study', 'deep-sat'],
      '--study: no detector is named deep-sat; did you mean deep-sad?',
    ],
  ])('%j is refused', async (args, message) => {
    const { code, stdout, stderr } = await deepsad(args);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr.startsWith(message)).toBe(true);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('deepsad compare', () => {
  const digits = join(folder, 'results', 'digits');
  const empty = join(folder, 'empty');

  test('prints two experiments, or two runs by the beginnings of their ids', async () => {
    const { code, stdout } = await deepsad(['compare', digits, digits]);
    expect(code).toBe(0);
    expect(stdout).toContain('No setting differs.');
    const [first, second] = [RECORDS[0], RECORDS[2]].map(({ id }) => `${digits}:${id.slice(0, 8)}`);
    const runs = await deepsad(['compare', first, second]);
    expect(runs.stdout).toMatch(/^OC-SVM \/ Deep SAD +50\.0 +70\.0 +\+20\.0 +\+20\.0 +1$/m);
  });

  test.each([
    [`${digits}:ffff0000ffff`, 'has no run whose id begins with ffff0000ffff'],
    [join(folder, 'results', 'digitz'), 'no such file or folder; did you mean'],
    [empty, `${empty} holds no run records yet: run its experiment, or name another folder`],
  ])('refuses %s', async (place, message) => {
    mkdirSync(empty, { recursive: true });
    writeFileSync(join(empty, 'runs.jsonl'), '');
    const { code, stdout, stderr } = await deepsad(['compare', digits, place]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    expect(stderr).toContain(message);
  });
});

test('the parts of one experiment that ran on different data are rows, plots and labels of their own', async () => {
  const folders = ['one', 'two'].map((machine) => join(folder, 'changed', machine, 'parts'));
  for (const [i, results] of folders.entries()) {
    mkdirSync(results, { recursive: true });
    const fields = { dataset: 't.csv', dataChecksum: String(i).repeat(64) };
    const records = [0, 0.1].map((pollutionRatio) =>
      exampleRecord({ ...fields, pollutionRatio }, { auroc: 0.6 + i / 10 }),
    );
    await appendRecords(join(results, 'runs.jsonl'), records);
    await saveScores(join(results, 'models', records[0].id), {
      scores: Float64Array.of(0.1, 0.9),
      anomalies: Uint8Array.of(0, 1),
      origin: Uint32Array.of(0, 1),
    });
  }
  const made = join(folder, 'changed-report');
  const report = await writeReport(
    readExperiments(folders).experiments,
    made,
    (name) => join(made, name),
    namedData(),
  );
  const [{ tables, scorePlots }] = report.sections;
  const names = ['t.csv (data 00000000)', 't.csv (data 11111111)'];
  expect(tables.auroc.rows.map(({ setting, cells }) => [setting[0], setting[2], cells[0]?.mean])).toEqual([
    [names[0], 0, 0.6],
    [names[0], 0.1, 0.6],
    [names[1], 0, 0.7],
    [names[1], 0.1, 0.7],
  ]);
  expect(scorePlots.map(({ run }) => run)).toEqual(
    names.map((name, i) => expect.stringContaining(`${name}, γ_p 0: AUROC ${60 + 10 * i}`)),
  );
  expect(readdirSync(join(made, 'parts', 'plots')).filter((name) => name.startsWith('auroc'))).toHaveLength(
    2,
  );
});

test('the same results make the same page', async () => {
  const again = join(folder, 'again');
  await writeReport(
    readExperiments([join(folder, 'results')]).experiments,
    again,
    (name) => join(again, name),
    namedData(),
  );
  const page = readFileSync(join(out, 'report.html'), 'utf8');
  expect(readFileSync(join(again, 'report.html'), 'utf8')).toBe(page);
  expect(page).not.toMatch(/(src|href)="http/);
});

// Without Debian's browser there is nothing to open the page with.
const inBrowser = HAS_BROWSER ? describe : describe.skip;

inBrowser('report.html in Chromium', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    page = await openReport(browser, join(out, 'report.html'), complaints);
  });
  afterAll(() => browser?.close());

  /** What the cells of a column show, in the order of the rows. */
  const column = (table: string, field: string) =>
    page.locator(`${table} .tabulator-row [tabulator-field="${field}"]`).allInnerTexts();
  const heading = (table: string, field: string) =>
    page.locator(`${table} .tabulator-col[tabulator-field="${field}"]`);
  /** Waits until so many runs pass the filters. */
  const passing = (of: Page, count: number) =>
    of
      .getByRole('status')
      .getByText(`${count} of ${RECORDS.length + 1} runs`, { exact: true })
      .waitFor();
  const atLeast = (auroc: number) =>
    RECORDS.filter((run) => run.status === 'done' && run.auroc >= auroc).length;
  const focused = () => page.locator(':focus').textContent();
  const MEANS = '[data-table="means"]';

  test('shows tables, plots, config and environment, the detector under study first', async () => {
    expect(await page.title()).toBe('digits · deepsad');
    expect(await column(MEANS, 'setting1')).toEqual(['0', '0.01', '0.1']);
    expect(await page.locator(`${MEANS} .tabulator-col-title`).allInnerTexts()).toEqual([
      ...['γl', 'Deep SAD', 'OC-SVM', 'Autoencoder'],
    ]);
    const [first] = await column(MEANS, 'cell0');
    expect(first).toMatch(/^74\.5 ± 2\.9\n92\.8 ± 4\.9 \(−18\.3; 9\.7 s\.e\.‡\)$/);
    expect(await page.locator(`${MEANS} strong`).allInnerTexts()).toEqual([
      '74.5 ± 2.9',
      '76.5 ± 2.9',
      '78.5 ± 2.9',
    ]);
    expect(await page.locator('figure svg').count()).toBe(8);
    expect(await page.locator('details pre').allTextContents()).toEqual([
      'name: digits\ndataset: mnist',
      '{ "deepsad": "0.1.0" }',
    ]);
    expect(
      await page
        .locator('#experiment-digits .of-auroc .note', { hasText: 'Failed and left out' })
        .textContent(),
    ).toContain('</script><b>');
  });

  test('shows each cell of the paper’s table, with and without runs', async () => {
    const PAPER = '#paper [data-table="paper"]';
    expect(await page.locator('#paper .note').nth(1).textContent()).toBe('mnist');
    const [line] = await page.locator(`${PAPER} .tabulator-row`).all();
    expect(await line.locator('.tabulator-cell').allInnerTexts()).toEqual([
      'Deep SAD',
      expect.stringMatching(/^74\.5 ± 2\.9\n92\.8 ± 4\.9 \(/),
      expect.stringMatching(/^76\.5 .*10 of 90 pairs/s),
      '–\n96.7 ± 2.4',
      expect.stringMatching(/^78\.5 /),
      '–\n96.9 ± 2.4',
    ]);
  });

  test('sorts by a click on a heading, and by the keyboard', async () => {
    await heading(MEANS, 'cell0').click();
    expect(await column(MEANS, 'setting1')).toEqual(['0.1', '0.01', '0']);
    await heading(MEANS, 'cell0').press('Enter');
    expect(await column(MEANS, 'setting1')).toEqual(['0', '0.01', '0.1']);
    expect(await heading(MEANS, 'cell0').getAttribute('aria-sort')).toBe('ascending');
  });

  test('shows the average precision in the place of the AUROC', async () => {
    await page.getByLabel('Average precision', { exact: true }).check();
    expect(await column(MEANS, 'cell0')).toEqual(Array(3).fill('50.0 ± 0.0'));
    expect(
      await page.locator('#experiment-digits .note:visible', { hasText: 'of 10 runs each' }).textContent(),
    ).toMatch(/^Average precision in %/);
    await page.getByLabel('AUROC', { exact: true }).check();
    expect(await column(MEANS, 'cell0')).toContainEqual(expect.stringMatching(/^74\.5/));
  });

  test('unfolds the means of each class', async () => {
    await clickFor('toggle', page.getByText('By class'));
    const CLASSES = '[data-table="classes"]';
    await page.locator(`${CLASSES} .tabulator-row`).first().waitFor();
    expect((await column(CLASSES, 'setting2')).slice(0, 3)).toEqual(['0', '1', '2']);
    expect((await column(CLASSES, 'cell0'))[1]).toBe('71.0');
    expect(await page.locator(`${CLASSES} ~ div .note:visible`).textContent()).toBe(
      'AUROC in % of one run each.',
    );
    await clickFor('toggle', page.getByText('By class'));
  });

  /** Opens a report of these runs alone. */
  async function openReportOf(name: string, records: readonly RunRecord[]): Promise<Page> {
    const results = join(folder, 'alone', name);
    mkdirSync(results, { recursive: true });
    await appendRecords(join(results, 'runs.jsonl'), records);
    const made = join(folder, `${name}-report`);
    await writeReport(readExperiments([results]).experiments, made, (name) => join(made, name), namedData());
    return openReport(browser, join(made, 'report.html'), complaints);
  }

  test('shows the AUROC of each machine of time series', async () => {
    const series = {
      steps: 0.9,
      machines: { fan: { windows: 0.8, steps: 0.7 }, pump: { windows: null, steps: 0.6 } },
    };
    const outcome = { status: 'done', auroc: 0.85, averagePrecision: 0.5, series } as const;
    const fleet = await openReportOf('fleet', [exampleRecord({ dataset: 'fleet' }, outcome)]);
    await clickFor('toggle', fleet.getByText('AUROC by machine'));
    const lines = fleet.locator('[data-table="machines"] .tabulator-row');
    await lines.first().waitFor();
    expect(await lines.allInnerTexts()).toEqual(
      [
        ['all machines, time steps', '90.0'],
        ['fan, windows', '80.0'],
        ['fan, time steps', '70.0'],
        ['pump, time steps', '60.0'],
      ].map(([part, auroc]) => expect.stringMatching(`^fleet: ${part}\\s+${auroc}$`)),
    );
    expect(await fleet.locator('[data-table="machines"] ~ .note').textContent()).toBe(
      'AUROC in % of one run each.',
    );
    await fleet.close();
  });

  test('says what the tests of significance come to, and unfolds their matrix', async () => {
    const summary = page.locator('.significance summary');
    expect(await summary.locator('.of-auroc').textContent()).toBe(
      'Significance: Deep SAD is higher in 6 and lower in 0 of 6 comparisons with other detectors in 3 settings, each tested apart (p < 0.05, Holm).',
    );
    await clickFor('toggle', summary);
    const cells = () => page.locator('.frame tbody tr').first().locator('th, td').allInnerTexts();
    // All ten pairs alike, about 2 / 2¹⁰, times the three comparisons of the matrix.
    const cell = (difference: number) =>
      expect.stringMatching(`^▲ \\+${difference}\\.0\n10–0–0\np 0\\.00\\d\\d$`);
    expect(await cells()).toEqual(['Deep SAD', '–', cell(20), cell(10)]);
    const choice = page.getByLabel('Setting');
    await choice.selectOption('All settings, pooled');
    expect((await cells())[2]).toBe('▲ +20.0\n30–0–0\np < 0.0001');
    await clickFor('toggle', summary);
  });

  test('marks who is higher by the ranks that are tested, whatever the mean', async () => {
    const records = range(20).flatMap((seed) =>
      [0.5, seed < 18 ? 0.51 : 0.21].map((auroc, method) =>
        exampleRecord(
          { seed, detector: { name: ['kde', 'deep-sad'][method], options: {} } },
          { auroc: auroc + seed / 1000 },
        ),
      ),
    );
    const ranks = await openReportOf('ranks', records);
    await clickFor('toggle', ranks.locator('.significance summary'));
    const cells = ranks.locator('.frame td:is(.higher, .lower)');
    expect(await cells.allInnerTexts()).toEqual(['▲ −2.0\n18–0–2\np 0.0084', '▼ +2.0\n2–0–18\np 0.0084']);
    expect(await cells.first().getAttribute('class')).toBe('higher');
    await ranks.close();
  });

  test('filters runs by what is typed or chosen', async () => {
    const shown = (count: number) => passing(page, count);
    await shown(RECORDS.length + 1);
    const least = heading('#runs', 'auroc').locator('input');
    await least.pressSequentially('76.5');
    await shown(15);
    expect(new Set(await column('#runs', 'detector'))).toEqual(new Set(['Deep SAD']));
    await least.clear();
    await shown(RECORDS.length + 1);

    const chosen = heading('#runs', 'status').locator('input');
    await chosen.click();
    await page.locator('.tabulator-edit-list-item', { hasText: 'failed' }).click();
    await shown(1);
    expect(await column('#runs', 'reason')).toEqual([REASON]);
    const { width, height } = (await chosen.boundingBox()) ?? { width: 0, height: 0 };
    // The cross that browsers put at the end of a search field.
    await chosen.click({ position: { x: width - 12, y: height / 2 } });
    await shown(RECORDS.length + 1);
  });

  test('says so where no run passes', async () => {
    const least = heading('#runs', 'auroc').locator('input');
    await least.pressSequentially('101');
    await page.getByText('No run passes these filters.').waitFor();
    await page.getByRole('button', { name: 'Reset view' }).click();
    await page.locator('#runs .tabulator-row').first().waitFor();
  });

  test('chooses, pins and groups columns, and names the view in a link', async () => {
    const titles = (of: Page) =>
      of.locator('#runs .tabulator-col:visible .tabulator-col-title').allInnerTexts();
    await page.getByText('Columns', { exact: true }).click();
    await page.getByLabel('Seconds', { exact: true }).uncheck();
    await page.getByLabel('Status', { exact: true }).uncheck();
    await page.getByLabel('Pin Normal').check();
    await page.keyboard.press('Escape');
    await page.getByLabel('Group by').selectOption('Detector');
    await heading('#runs', 'normalClass').locator('.tabulator-col-title').click();
    await heading('#runs', 'auroc').locator('input').pressSequentially('65.5');
    await passing(page, atLeast(0.655));
    const expected = [
      ...['Detector', 'Normal', 'Data set', 'AUROC, %', 'Average precision, %', 'Known anomalies'],
      ...['γl', 'Seed', 'Reason'],
    ];
    expect(await titles(page)).toEqual(expected);
    const groups = (of: Page) => of.locator('#runs .tabulator-group').allInnerTexts();
    const shown = await groups(page);
    const group = page.locator('#runs .tabulator-group', { hasText: 'Deep SAD' });
    expect(await group.getAttribute('aria-expanded')).toBe('false');
    await page.locator('#runs .tabulator-tableholder').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.locator('#runs .tabulator-group[aria-expanded="true"]').waitFor();
    await page.keyboard.press('ArrowDown');
    expect(`Detector ${await focused()}`.startsWith(shown[0].split(':')[0])).toBe(true);
    await page.keyboard.press('ArrowUp');
    await page.keyboard.press('Enter');
    await page
      .locator('#runs .tabulator-group[aria-expanded="false"]')
      .nth(shown.length - 1)
      .waitFor();
    expect(await focused()).toBe(shown[0]);
    expect(shown).toContainEqual('Detector Deep SAD: 30 runs, mean AUROC 76.5');
    const link = await page.getByRole('link', { name: 'Link to this view' }).getAttribute('href');
    expect(await page.evaluate('location.hash')).toBe(link);

    const later = await browser.newPage();
    await later.goto(`${pathToFileURL(join(out, 'report.html')).href}${link}`);
    await passing(later, atLeast(0.655));
    expect([await titles(later), await groups(later)]).toEqual([expected, shown]);
    const sorted = later.locator('#runs .tabulator-col[tabulator-field="normalClass"]');
    expect(await sorted.getAttribute('aria-sort')).toBe('ascending');
    await later.close();

    await page.getByRole('button', { name: 'Reset view' }).click();
    await page
      .getByRole('status')
      .getByText(`${RECORDS.length + 1} of`)
      .waitFor();
    expect(await titles(page)).toContain('Seconds');
    expect(await page.evaluate('location.hash')).toBe('#runs');
  });

  test('keeps the focus on a line that scrolls', async () => {
    await page.locator('#runs .tabulator-tableholder').focus();
    // The best first, and last the one that failed.
    for (const auroc of RECORDS.flatMap((run) => (run.status === 'done' ? run.auroc : [])).sort(
      (a, b) => b - a,
    )) {
      await page.keyboard.press('ArrowDown');
      expect(await focused()).toContain((100 * auroc).toFixed(1));
    }
    await page.keyboard.press('Enter');
    expect(await page.locator('#record').isVisible()).toBe(true);
    await page.keyboard.press('Escape');
    expect(await focused()).toContain('50.0');
  });

  test('gives the runs that pass as CSV', async () => {
    await heading('#runs', 'auroc').locator('input').pressSequentially('77.55');
    await passing(page, atLeast(0.7755));
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Download CSV' }).click(),
    ]);
    const lines = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\n');
    expect(download.suggestedFilename()).toBe('runs.csv');
    expect(lines).toHaveLength(1 + atLeast(0.7755));
    // Fractions, as in table.csv and in the records.
    const at = lines[0].split(',').indexOf('"AUROC"');
    expect(lines[0].split(',').slice(at, at + 2)).toEqual(['"AUROC"', '"Average precision"']);
    expect(lines[0]).not.toContain('%');
    const aurocs = RECORDS.flatMap((run) => (run.status === 'done' ? run.auroc : []));
    expect(Number(lines[1].split(',')[at].replaceAll('"', ''))).toBe(Math.max(...aurocs));
    await page.getByRole('button', { name: 'Reset view' }).click();
  });

  test('shows the record of a run', async () => {
    const shown = async () => JSON.parse((await page.locator('#record pre').textContent()) ?? '');
    const rows = page.locator('#runs .tabulator-row');
    await rows.first().click();
    await page.getByRole('dialog', { name: 'Record of a run' }).waitFor();
    // The best is first.
    expect(await shown()).toEqual(RECORDS.at(-1));
    await page.keyboard.press('Escape');
    // The worst is, of those that came to anything.
    await heading('#runs', 'auroc').locator('.tabulator-col-title').click();
    await page.locator('#runs .tabulator-tableholder').focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    expect(await shown()).toEqual(RECORDS[0]);
    const losses = page.locator('#record .loss');
    expect(await losses.locator('.u-title').allTextContents()).toEqual([
      'Loss of the pretraining',
      'Loss of the training',
    ]);
    // What the chart shows of the epoch below the pointer.
    await losses
      .last()
      .locator('.u-over')
      .hover({ position: { x: 2, y: 10 } });
    expect(await losses.last().locator('.u-value').allTextContents()).toEqual(['0', '1']);
    await page.keyboard.press('Escape');
    expect(await page.locator('#record').isVisible()).toBe(false);
  });

  test('shows two runs beside each other', async () => {
    const rows = page.locator('#runs .tabulator-row [tabulator-field="detector"]');
    await page.getByRole('button', { name: 'Reset view' }).click();
    await rows.first().click();
    await page.getByRole('button', { name: 'Compare with another run' }).click();
    expect(await page.locator('.choosing').textContent()).toBe(
      `Choose the run to show beside Deep SAD on mnist, seed 1 (${RECORDS.at(-1)?.id}).`,
    );
    await rows.nth(1).click();
    const differing = page.locator('#record .compared tbody tr');
    expect(await differing.locator('th').allTextContents()).toEqual([
      ...['id', 'normalClass', 'knownAnomalyClasses', 'auroc'],
    ]);
    expect(await differing.nth(2).locator('td').allTextContents()).toEqual(['["0"]', '["9"]']);
    expect(await differing.last().locator('td').allTextContents()).toEqual(['0.83', '0.82']);
    expect(await page.locator('#record pre').count()).toBe(2);
    await page.keyboard.press('Escape');
    await rows.first().click();
    expect(await page.locator('#record pre').count()).toBe(1);
    await page.keyboard.press('Escape');
  });

  test('says that a loss rose', async () => {
    expect(await page.locator('.note:visible', { hasText: 'a loss ended above' }).textContent()).toBe(
      RISEN.replace('γ_l', 'γl'),
    );
  });

  test.each([320, 1600])('fits a window %d wide', async (width) => {
    await page.setViewportSize({ width, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    const menu = page.locator('.menu summary');
    await menu.click();
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    await menu.click();
  });

  describe('of data with long names and classes', () => {
    const LONG = 'a_very_long_name_of_a_table_'.repeat(5);
    let long: Page;
    beforeAll(async () => {
      const records = ['first', 'second'].flatMap((name) =>
        ['deep-sad', 'kde'].flatMap((detector, method) =>
          [1, 2].map((seed) =>
            exampleRecord(
              {
                ...{ seed, dataset: `${name}_${LONG}.csv`, normalClass: ['0', '1'] },
                ...{ knownAnomalyClasses: [`${name}_${LONG}`], detector: { name: detector, options: {} } },
              },
              { auroc: 0.5 + method / 10 + seed / 100 },
            ),
          ),
        ),
      );
      long = await openReportOf(LONG, records);
    });
    afterAll(() => long?.close());

    test.each([320, 400, 1280])('leaves room for numbers in a window %d wide', async (width) => {
      await long.setViewportSize({ width, height: 800 });
      for (const table of ['means', 'runs']) {
        const holder = `[data-table="${table}"] .tabulator-tableholder`;
        const frozen = `[...document.querySelectorAll('${holder} .tabulator-row:first-child .tabulator-frozen')]`;
        const inside = `document.querySelector('${holder}').clientWidth`;
        // Playwright's own waiting evaluates in the page, whose policy forbids that.
        await until(() =>
          long.evaluate<boolean>(
            `${frozen}.reduce((sum, cell) => sum + cell.offsetWidth, 0) <= 0.67 * ${inside}`,
          ),
        );
        expect(await long.evaluate('document.documentElement.scrollWidth')).toBe(width);
      }
      const name = `document.querySelector('[data-table="means"] .tabulator-row .wrapped')`;
      expect(await long.evaluate(`${name}.textContent`)).toBe(`first_${LONG}.csv`);
      expect(await long.evaluate(`${name}.scrollWidth <= ${name}.clientWidth`)).toBe(true);
    });

    test('names several normal classes by one name, which they share', async () => {
      const titles = await long.locator('#runs .tabulator-col:visible').allInnerTexts();
      expect(titles.map((title) => title.trim())).not.toContain('Normal');
      await long.getByLabel('Group by').selectOption('Normal');
      expect(await long.locator('#runs .tabulator-group').allInnerTexts()).toEqual([
        expect.stringContaining('Normal 0+1: 8 runs'),
      ]);
      await long.getByRole('button', { name: 'Reset view' }).click();
    });

    test('prints them within the page', async () => {
      await long.setViewportSize({ width: 700, height: 900 });
      await long.evaluate('window.dispatchEvent(new Event("beforeprint"))');
      await long.emulateMedia({ media: 'print' });
      expect(await long.locator('#runs .tabulator-print-table').first().textContent()).toContain(LONG);
      expect(await long.evaluate('document.documentElement.scrollWidth')).toBe(700);
      await long.evaluate('window.dispatchEvent(new Event("afterprint"))');
      await long.emulateMedia({ media: null });
    });
  });

  test('prints every column of every table within the page', async () => {
    await page.setViewportSize({ width: 700, height: 900 });
    await page.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    await page.emulateMedia({ media: 'print' });
    const printed = page.locator('#experiment-digits .tabulator-print-table');
    expect(await printed.first().locator('th').allInnerTexts()).toHaveLength(4);
    expect(await page.locator('.tabulator-print-table th', { hasText: '_' }).count()).toBe(0);
    expect(await printed.first().locator('tbody tr').count()).toBe(3);
    // Numbers stand at the right, as on the screen, with their headings above them.
    const runs = page.locator('#runs .tabulator-print-table').first();
    const headings = await runs.locator('th').allInnerTexts();
    expect(headings).toEqual(expect.arrayContaining(['Detector', 'Status', 'Seconds']));
    const numbers = ['AUROC, %', 'Average precision, %', 'γl', 'γp', 'Seed', 'Seconds'];
    for (const row of ['thead tr', 'tbody tr:first-child']) {
      const sides = `[...document.querySelectorAll('#runs .tabulator-print-table ${row} > *')].map((cell) => getComputedStyle(cell).textAlign)`;
      expect(await page.evaluate(sides)).toEqual(
        headings.map((heading) => (numbers.includes(heading) ? 'right' : 'left')),
      );
    }
    expect(await page.locator('#runs .tabulator-print-table tbody tr').count()).toBe(RECORDS.length + 1);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(700);
    await page.evaluate('window.dispatchEvent(new Event("afterprint"))');
    await page.emulateMedia({ media: null });
    await page.locator('#runs .tabulator-row').first().waitFor();
  });

  test('prints numbers of runs where cells differ in it, each on one line with its mean', async () => {
    const records = ['deep-sad', 'oc-svm', 'kde', 'autoencoder', 'isolation-forest'].flatMap((name, index) =>
      [0, 0.1, 0.2, 0.3, 0.4].flatMap((pollutionRatio) =>
        range(2 + index).map((seed) =>
          exampleRecord({ dataset: 'own', pollutionRatio, seed, detector: { name, options: {} } }),
        ),
      ),
    );
    const uneven = await openReportOf('uneven', records);
    await uneven.setViewportSize({ width: 420, height: 900 });
    await uneven.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    await uneven.emulateMedia({ media: 'print' });
    const means = uneven.locator('.tabulator-print-table .mean');
    expect(new Set(await means.allInnerTexts())).toEqual(
      new Set(range(2, 7).map((runs) => `90.0 ± 0.0 (${runs})`)),
    );
    const heights = `[...document.querySelectorAll('.tabulator-print-table .mean')].map(({ offsetHeight }) => offsetHeight)`;
    expect(new Set(JSON.parse(await uneven.evaluate(`JSON.stringify(${heights})`))).size).toBe(1);
    await uneven.close();
  });

  test('breaks no number, nor what belongs to it, on a phone or on paper', async () => {
    const folders = ['one', 'other'].map((name) => join(folder, 'numbers', name));
    for (const [index, results] of folders.entries()) {
      mkdirSync(results, { recursive: true });
      const runs = [0.0001, 1.25e-9, 1e12].flatMap((learningRate) =>
        range(index + 1, 4).map((seed) =>
          exampleRecord(
            {
              seed,
              labeledAnomalyRatio: 0.001,
              detector: { name: 'vae', options: { learningRate, nu: 0.00012345 + index } },
            },
            { auroc: 1 - seed / 9 },
          ),
        ),
      );
      await appendRecords(join(results, 'runs.jsonl'), index === 0 ? runs : runs.slice(1));
    }
    const made = join(folder, 'numbers-report');
    await writeReport(readExperiments(folders).experiments, made, (name) => join(made, name), namedData());
    const opened = await browser.newPage();
    await opened.goto(pathToFileURL(join(made, 'report.html')).href);
    await opened.setViewportSize({ width: 390, height: 800 });
    await opened.evaluate('document.querySelectorAll(".fold").forEach((fold) => (fold.open = true))');
    await opened.locator('#runs .tabulator-row').first().waitFor();
    /** The numbers in sight in tables, and those that stand in two lines. */
    const numbers = () =>
      opened.evaluate(`(() => {
        const found = { all: 0, broken: [] };
        const judge = (text, rects) => {
          if (rects.length === 0) return;
          found.all++;
          if (new Set([...rects].map(({ bottom }) => Math.round(bottom / 9))).size > 1) found.broken.push(text);
        };
        for (const cell of document.querySelectorAll('.tabulator-cell, td, th')) {
          for (const value of cell.querySelectorAll('.value')) judge(value.textContent, value.getClientRects());
          const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
          while (texts.nextNode()) {
            for (const { 0: number, index } of texts.currentNode.data.matchAll(/[\\d.]*\\d(e[-+]\\d+)?/g)) {
              const range = document.createRange();
              range.setStart(texts.currentNode, index);
              range.setEnd(texts.currentNode, index + number.length);
              judge(number, range.getClientRects());
            }
          }
        }
        return found;
      })()`) as Promise<{ all: number; broken: string[] }>;
    const onPhone = await numbers();
    expect(onPhone.broken).toEqual([]);
    await opened.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    await opened.emulateMedia({ media: 'print' });
    const onPaper = await numbers();
    expect(onPaper.broken).toEqual([]);
    expect(Math.min(onPhone.all, onPaper.all)).toBeGreaterThan(40);
    // Headings do not stay behind where what they head goes on to the next page.
    const stays = await opened.evaluate(
      `[...document.querySelectorAll(':is(h2, h3), :is(h2, h3) + .note')].map((element) => getComputedStyle(element).breakAfter)`,
    );
    expect(new Set(stays as string[])).toEqual(new Set(['avoid']));
    await opened.close();
  });

  test('prints the headings of groups', async () => {
    await page.getByLabel('Group by').selectOption('Detector');
    await page.evaluate('window.dispatchEvent(new Event("beforeprint"))');
    const groups = page.locator('#runs .tabulator-print-table-group');
    expect(await groups.allTextContents()).toContainEqual('Detector Deep SAD: 31 runs, mean AUROC 76.5');
    await page.evaluate('window.dispatchEvent(new Event("afterprint"))');
    await page.getByRole('button', { name: 'Reset view' }).click();
    await page.locator('#runs .tabulator-row').first().waitFor();
  });

  test('of several experiments opens with their means and a figure, and folds all else', async () => {
    const several = join(folder, 'several');
    for (const [index, dataset] of ['mnist', 'fashion-mnist'].entries()) {
      mkdirSync(join(several, dataset), { recursive: true });
      const records = RECORDS.map(({ id: _, status: _status, dataChecksum: _data, ...run }) =>
        exampleRecord({ ...run, dataset }, { auroc: 'auroc' in run ? run.auroc - index / 10 : 0 }),
      );
      await appendRecords(join(several, dataset, 'runs.jsonl'), records);
    }
    const made = join(folder, 'several-report');
    expect(await deepsad(['report', several, '--out', made, '--study', 'autoencoder'])).toMatchObject({
      code: 0,
    });
    const opened = await browser.newPage();
    await opened.goto(pathToFileURL(join(made, 'report.html')).href);
    await opened.locator('.tabulator-row').first().waitFor();
    expect(await opened.locator('h2').allTextContents()).toEqual([
      ...[
        'Means of 2 data sets',
        "The paper's tables and figures",
        'fashion-mnist',
        'mnist',
        'Compare',
        'All runs',
      ],
    ]);
    const line = (row: number) =>
      opened.locator('.tabulator-row:visible').nth(row).locator('.tabulator-cell').allInnerTexts();
    expect((await line(0)).slice(0, 3)).toEqual(['Autoencoder', '2.0', '61.5']);
    expect((await line(1)).slice(0, 3)).toEqual(['Deep SAD', '1.0', '71.5']);
    expect(await opened.locator('figure:visible').count()).toBe(1);
    expect(await opened.locator('#overview h3').allInnerTexts()).toContain(
      'AUROC against what was varied in fashion-mnist',
    );
    expect(await opened.locator('#runs .tabulator-row').count()).toBe(0);
    await clickFor('hashchange', opened.locator('nav a', { hasText: 'All runs' }));
    await opened.locator('#runs .tabulator-row').first().waitFor();

    await clickFor('hashchange', opened.locator('nav a', { hasText: 'Compare' }));
    await opened.locator('#compare select').first().selectOption('mnist');
    await opened.locator('#compare select').last().selectOption('fashion-mnist');
    const [settings, , , differing] = await opened.locator('.compared table').all();
    expect(await settings.locator('caption').textContent()).toBe('γl 0');
    expect(await settings.locator('tbody tr').first().locator('th, td').allTextContents()).toEqual([
      ...['Deep SAD', '74.5 ± 2.9', '64.5 ± 2.9', '−10.0', '–', ''],
    ]);
    expect(await differing.locator('tbody tr').first().locator('th, td').allTextContents()).toEqual([
      ...['data set', 'mnist', 'fashion-mnist'],
    ]);
    await opened.close();
  });

  test('has neither mean rank nor mean over experiments that are not alike but for the data set', async () => {
    const unlike = join(folder, 'unlike');
    for (const [index, name] of ['deep-sad', 'kde'].entries()) {
      const file = join(unlike, name, 'runs.jsonl');
      mkdirSync(join(unlike, name), { recursive: true });
      await appendRecords(file, [
        exampleRecord({ pollutionRatio: index / 10, detector: { name, options: {} } }),
        exampleRecord({ pollutionRatio: index / 10, detector: { name: 'ssad', options: {} } }),
      ]);
    }
    const made = join(folder, 'unlike-report');
    expect(await deepsad(['report', unlike, '--out', made])).toMatchObject({ code: 0 });
    const opened = await browser.newPage();
    await opened.goto(pathToFileURL(join(made, 'report.html')).href);
    await opened.locator('.tabulator-row').first().waitFor();
    const headings = opened.locator('.tabulator:visible').first().locator('.tabulator-col-title');
    expect(await headings.allTextContents()).toEqual(['Detector', 'deep-sad', 'kde']);
    await opened.close();
  });

  test('takes the colours that the reader prefers', async () => {
    const ground = () => page.evaluate('getComputedStyle(document.body).backgroundColor');
    await page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe('rgb(255, 255, 255)');
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await ground()).toBe('rgb(20, 24, 29)');
    const arrows = `getComputedStyle(document.querySelector('.tabulator-col-sorter')).filter`;
    expect(await page.evaluate(arrows)).toBe('invert(1)');
  });

  test('complained of nothing and asked the network for nothing', () => {
    expect(complaints).toEqual([]);
  });
});
