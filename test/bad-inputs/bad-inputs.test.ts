import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../../src/package.js';
import { PATIENCE } from '../testing/program.js';
import { arrayFiles } from './arrays.js';
import type { BadInput, Section } from './bad-input.js';
import { configs } from './configs.js';
import { doubts } from './doubts.js';
import { imageFolders, timeSeries } from './media.js';
import { fits, scores } from './models.js';
import { namedData, results, usage } from './others.js';
import { tables } from './tables.js';

jest.setTimeout(PATIENCE);

const SECTIONS: readonly Section[] = [
  configs,
  tables,
  arrayFiles,
  imageFolders,
  timeSeries,
  namedData,
  fits,
  scores,
  results,
  usage,
  doubts,
];
const PAGE = join(PACKAGE_ROOT, 'docs', 'errors.md');
/** Set to anything, this has the page written instead of compared. */
const UPDATES_PAGE = Boolean(process.env.UPDATE_DOCS);

const root = mkdtempSync(join(tmpdir(), 'deepsad-bad-inputs-'));
afterAll(() => rmSync(root, { recursive: true }));

interface Ending {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const CASES = SECTIONS.flatMap(({ cases }) => cases);
let endings: ReadonlyMap<BadInput, Ending>;

/** Writes the files of a case into a folder of its own. */
function prepareFolder({ files, links = {}, pipes = [] }: BadInput, index: number): string {
  const folder = join(root, String(index));
  const placeOf = (path: string) => {
    mkdirSync(join(folder, dirname(path)), { recursive: true });
    return join(folder, path);
  };
  mkdirSync(folder);
  for (const [path, content] of Object.entries(files)) writeFileSync(placeOf(path), content);
  for (const [path, target] of Object.entries(links)) symlinkSync(target, placeOf(path));
  for (const path of pipes) execFileSync('mkfifo', [placeOf(path)]);
  return folder;
}

beforeAll(() => {
  const calls = CASES.map((input, index) => ({
    folder: prepareFolder(input, index),
    before: input.before ?? [],
    change: input.change ?? {},
    replace: input.replace ?? {},
    args: input.command,
  }));
  const program = join(PACKAGE_ROOT, 'test', 'bad-inputs', 'call-all.js');
  const { DEEPSAD_DATA: _, ...env } = process.env;
  const output = execFileSync(process.execPath, [program], {
    input: JSON.stringify(calls),
    encoding: 'utf8',
    env: { ...env, DEEPSAD_CACHE: join(root, 'cache') },
  });
  const all: Ending[] = JSON.parse(output);
  endings = new Map(CASES.map((input, index) => [input, all[index]]));
});

describe.each(SECTIONS)('$title', ({ cases, goesOn }) => {
  test.each(cases)('$title', (input) => {
    const { code = 0, stdout = '', stderr = '' } = endings.get(input) ?? {};
    expect({ code, stdout }).toEqual(
      goesOn ? { code: 0, stdout: expect.any(String) } : { code: 2, stdout: '' },
    );
    // Messages end with one line break, show no trace of the program's own, and no place that is not the user's.
    expect(stderr).toMatch(/^\S.*\S\n$/s);
    expect(stderr).not.toMatch(/defect of deepsad|\n {4}at |undefined|\[object/);
    expect(stderr).not.toContain(root);
  });
});

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', '<br>');
}

/** What is said without the lines of configs that are shown below it. */
function withoutExcerpts(text: string): string {
  return text.replace(/^ +\d* \| .*\n/gm, '');
}

function page(): string {
  const sections = SECTIONS.map(({ title, text, cases }) => {
    const rows = cases.map((input) => {
      const { code, stderr } = endings.get(input) ?? { code: '', stderr: '' };
      const command = ['deepsad', ...input.command.map((word) => word || "''")].join(' ');
      return `| ${cell(input.title)} | \`${command}\` | ${cell(withoutExcerpts(stderr).trim())} | ${code} |`;
    });
    return [
      `## ${title}`,
      text,
      ['| Input | Command | Message | Exit code |', '| :-- | :-- | :-- | --: |', ...rows].join('\n'),
    ];
  });
  const intro =
    'What `deepsad` says to bad input, and its exit code: 2 where usage, configs or data are refused, 1 where a run failed. Messages ' +
    'go to standard error and name the file and the key, row or byte. Written by the test that tries all of this.';
  return `${['# Errors', intro, ...sections.flat()].join('\n\n')}\n`;
}

test('docs/errors.md is what these inputs get', () => {
  if (UPDATES_PAGE) writeFileSync(PAGE, page());
  expect(page()).toBe(readFileSync(PAGE, 'utf8'));
});
