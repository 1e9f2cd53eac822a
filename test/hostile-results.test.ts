import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { unescape as unescapeXml } from 'es-toolkit';
import type { Browser, Page } from 'playwright-core';
import type { RunRecord } from '../src/results/record.js';
import { exampleRecord } from '../src/results/testing/records.js';
import { saveScores } from '../src/runner/save-run.js';
import { clickFor, HAS_BROWSER, openBrowser, openReport } from './testing/browser.js';
import { deepsad, type Ending } from './testing/program.js';

/** A busy machine may take long to start a browser. */
jest.setTimeout(60_000);

/** Runs a script where it is taken for HTML, ends attributes, comments and strings, commands a terminal, and puts in its place what is around it. */
const MARKUP = `\\"+window.ran+'--><img src=x onerror="window.ran=1"><svg onload="window.ran=1">\u001b[31m|$$$&$\`$'`;
/** The same, ending elements too: what no folder can be named. */
const TEXT = `</pre></title></script></style><script>window.ran=1</script>\n${MARKUP}`;

/** A record in which every text is markup, those that tell runs apart with a number, and every name that is not given. */
function hostileRecord(detector: string, seed: number): RunRecord {
  const { seconds, ...record } = exampleRecord(
    {
      dataset: TEXT,
      dataChecksum: TEXT,
      normalClass: `${TEXT}normal`,
      knownAnomalyClasses: [`${TEXT}known`],
      labeledAnomalyRatio: seed / 10,
      detector: { name: detector, options: { [`${TEXT}option`]: `${TEXT}${seed % 2}` } },
      seed,
    },
    seed < 5 ? { auroc: 0.9 - seed / 100 } : { status: 'failed', reason: TEXT },
  );
  const named = { seconds: { [TEXT]: 1 }, notes: { [TEXT]: TEXT } };
  return { ...record, ...named, engine: TEXT, device: TEXT, version: TEXT };
}

const folder = mkdtempSync(join(tmpdir(), 'deepsad-hostile-'));
const out = join(folder, 'out');
const RECORDS = ['deep-sad', TEXT].flatMap((detector) =>
  [1, 2, 3, 4, 5].map((seed) => hostileRecord(detector, seed)),
);
let report: Ending;

beforeAll(async () => {
  const results = join(folder, 'results', MARKUP);
  mkdirSync(results, { recursive: true });
  writeFileSync(join(results, 'runs.jsonl'), RECORDS.map((record) => `${JSON.stringify(record)}\n`).join(''));
  writeFileSync(join(results, 'config.yaml'), TEXT);
  writeFileSync(join(results, 'environment.json'), TEXT);
  await saveScores(join(results, 'models', RECORDS[0].id), {
    scores: Float64Array.of(0.1, 0.4, 0.3, 0.9),
    anomalies: Uint8Array.of(0, 0, 1, 1),
    origin: Uint32Array.of(0, 1, 2, 3),
  });
  report = await deepsad(['report', join(folder, 'results'), '--out', out]);
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a terminal gets no commands from names, nor a table a line end', () => {
  const { code, stdout, stderr } = report;
  expect({ code, stderr }).toEqual({
    code: 0,
    stderr: `The report is ${join(out, 'report.html')}; --open opens it.\n`,
  });
  expect(stdout).toContain('\\u001b[31m|');
  expect(stdout).not.toContain('\u001b');
  const written = readFileSync(join(out, MARKUP, 'table.md'), 'utf8');
  expect(written).toContain('\\u001b[31m\\|');
  expect(written).not.toContain('\u001b');
  expect(written.split('\n').filter((line) => line.startsWith('|'))).toHaveLength(2 + 5);
});

test('pictures of them have them in their titles, and are whole', () => {
  const plots = join(out, MARKUP, 'plots');
  const pictures = readdirSync(plots).map((name) => readFileSync(join(plots, name), 'utf8'));
  expect(pictures.length).toBeGreaterThan(0);
  for (const picture of pictures) {
    expect(picture.match(/<svg/g)).toHaveLength(1);
    expect(unescapeXml(/<title>([^<]*)<\/title>/.exec(picture)?.[1] ?? '')).toContain(TEXT);
  }
});

// Without Debian's browser there is nothing to open the page with.
const inBrowser = HAS_BROWSER ? describe : describe.skip;

inBrowser('a report of names that are markup', () => {
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];

  beforeAll(async () => {
    browser = await openBrowser();
    page = await openReport(browser, join(out, 'report.html'), complaints);
  });
  afterAll(() => browser?.close());

  test('has everything that a report can have', async () => {
    await clickFor('toggle', page.locator('.significance summary'));
    for (const part of ['.curves svg', '.scatter-plots svg', '.scores svg', '[data-matrix] td'])
      expect(await page.locator(part).count()).toBeGreaterThan(0);
  });

  test('shows them as text', async () => {
    // The browser makes a space of what commands a terminal.
    expect(await page.title()).toBe(`${MARKUP.replace('\u001b', ' ')} · deepsad`);
    expect(await page.locator('h1').textContent()).toBe(MARKUP);
    expect(await page.locator('details pre').allTextContents()).toEqual([TEXT, TEXT]);
    const headings = await page.locator('[data-table="means"] .tabulator-col-title').allTextContents();
    expect(headings.filter((heading) => heading.includes('<img'))).toHaveLength(4);
    const cells = page.locator('#runs .tabulator-row [tabulator-field="dataset"]');
    expect(await cells.first().textContent()).toContain(TEXT);
  });

  test('offers them in lists as text', async () => {
    for (const field of await page.locator('.tabulator-header-filter input:visible').all()) {
      await field.click();
      await field.press('Escape');
    }
    await page.locator('#runs [tabulator-field="dataset"] input').click();
    const items = page.locator('.tabulator-edit-list-item', { hasText: '<img' });
    expect(await items.allTextContents()).toEqual([TEXT]);
    await items.click();
    expect(await page.locator('#runs .tabulator-row').count()).toBeGreaterThan(0);
  });

  test('heads groups of runs with them as text', async () => {
    await page.getByLabel('Group by').selectOption('Detector');
    const headings = await page.locator('#runs .tabulator-group').allTextContents();
    expect(headings).toContainEqual(expect.stringContaining('<img'));
    await page.getByLabel('Group by').selectOption('none');
  });

  test('links to its sections', async () => {
    await clickFor('hashchange', page.locator('nav a', { hasText: '<img' }));
    expect(await page.evaluate('document.querySelector(":target").tagName')).toBe('SECTION');
  });

  test('shows a record as text', async () => {
    await page.locator('#runs .tabulator-row').first().click();
    expect(JSON.parse((await page.locator('#record pre').textContent()) ?? '')).toEqual(RECORDS[0]);
    await page.keyboard.press('Escape');
  });

  test('runs nothing, asks for nothing, and breaks no rule of its own policy', async () => {
    await page.evaluate('document.querySelectorAll("details").forEach((each) => { each.open = true; })');
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test('would not run what became markup after all', async () => {
    const later = await openReport(browser, join(out, 'report.html'), []);
    await later.evaluate(`document.body.insertAdjacentHTML('beforeend', ${JSON.stringify(TEXT)})`);
    await later.evaluate('new Promise((resolve) => setTimeout(resolve, 200))');
    expect(await later.locator('body > img').count()).toBe(1);
    expect(await later.evaluate('window.ran')).toBeUndefined();
  });
});
