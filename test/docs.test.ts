import { spawnSync } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, extname, join, normalize, sep } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse as parseCsv } from 'csv-parse/sync';
import { parse } from 'yaml';
import yargs, { type Argv, type Options } from 'yargs';
import { parseConfig } from '../src/config/load.js';
import { PACKAGE_ROOT } from '../src/package.js';

const MADE = new Set(['node_modules', '.git', 'build', 'bundle', 'dist', 'prebuilds', 'shared']);

/** All files of the checkout but those that are made, by their paths in it. */
const FILES = readdirSync(PACKAGE_ROOT, { withFileTypes: true }).flatMap((entry) => {
  if (MADE.has(entry.name)) return [];
  if (!entry.isDirectory()) return [entry.name];
  return readdirSync(join(PACKAGE_ROOT, entry.name), { recursive: true, encoding: 'utf8' }).map((file) =>
    join(entry.name, file).split(sep).join('/'),
  );
});

const textOf = (file: string) => readFileSync(join(PACKAGE_ROOT, file), 'utf8');

/** What users and contributors read, but for what bad inputs get, which names files that are not there, and for what was once. */
const PAGES = FILES.filter(
  (file) =>
    /^([A-Z]+|docs\/[\w-]+|bench\/README)\.md$/.test(file) &&
    !['docs/errors.md', 'CHANGELOG.md'].includes(file),
);

/** Where else a page or a config is named. */
const SOURCES = FILES.filter((file) => /^(src|bench|configs|\.ci)\/.*\.(ts|cc|h|py|yaml)$/.test(file)).filter(
  (file) => !file.endsWith('.test.ts'),
);

interface Code {
  readonly page: string;
  /** The language of a block, nothing for an indented one; undefined for what stands within a line. */
  readonly language?: string;
  readonly text: string;
}

/** The code of a page: its blocks, and the words and commands within its lines. */
function codeOf(page: string): Code[] {
  const blocks: Code[] = [];
  const rest = textOf(page)
    .replaceAll(/^```(\w*)\n(.*?)^```/gms, (_, language, text) => {
      blocks.push({ page, language, text });
      return '';
    })
    .replaceAll(/(?<=\n\n)(?: {4}.*\n+)+/g, (text) => {
      blocks.push({ page, language: '', text });
      return '\n';
    });
  return [
    ...blocks,
    ...[...rest.matchAll(/`([^`]+)`/g)].map(([, text]) => ({ page, text: text.replaceAll(/\s+/g, ' ') })),
  ];
}

const CODE = PAGES.flatMap(codeOf);

/** The headings of a page, as the anchors of links name them. */
function anchorsOf(page: string): string[] {
  return [...textOf(page).matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

/** The files that a path with stars stands for; a folder stands for itself, and the beginning of a name for what begins so. */
function filesOf(path: string): string[] {
  const pattern = path.replace(/\/$/, '').replaceAll(/[.+]/g, '\\$&').replaceAll('*', '[^/]*');
  const end = extname(path) === '' ? '' : '(/|$)';
  return FILES.filter((file) => new RegExp(`^${pattern}${end}`).test(file));
}

test('the README is short, and pages with code are found', () => {
  expect(textOf('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(150);
  expect(PAGES).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/cluster.md']));
  expect(CODE.length).toBeGreaterThan(500);
});

/** The links of a page to the repository. */
function linksOf(page: string): { readonly file: string; readonly anchor: string | undefined }[] {
  return [...textOf(page).matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target]) => target)
    .filter((target) => !/^https?:/.test(target))
    .map((target) => {
      const [path, anchor] = target.split('#');
      return { file: path === '' ? page : normalize(join(dirname(page), path)), anchor };
    });
}

test('every link between pages leads to a file and a heading', () => {
  const links = PAGES.flatMap((page) => linksOf(page).map((link) => ({ page, ...link })));
  expect(links.length).toBeGreaterThan(30);
  const broken = links.filter(
    ({ file, anchor }) =>
      filesOf(file).length === 0 || (anchor !== undefined && !anchorsOf(file).includes(anchor)),
  );
  expect(broken).toEqual([]);
});

/** What the package holds of the checkout; npm packs the README unasked. */
const PACKED = new Set<string>(['README.md', ...JSON.parse(textOf('package.json')).files.flatMap(filesOf)]);

test('every link of a page in the package leads to what is in it too, which takes little room', () => {
  const pages = [...PACKED].filter((file) => /^[^/]*\.md$|^docs\/.*\.md$/.test(file));
  expect(pages).toEqual(expect.arrayContaining(['README.md', 'CONTRIBUTING.md', 'docs/results.md']));
  const dead = pages.flatMap((page) =>
    linksOf(page)
      .map(({ file }) => file)
      .filter((file) => !filesOf(file).some((found) => PACKED.has(found)))
      .map((file) => `${page}: ${file}`),
  );
  expect(dead).toEqual([]);
  const beside = [...PACKED].filter((file) => file.startsWith('docs/') && !pages.includes(file));
  expect(beside).toContain('docs/own-data/cells.csv');
  const bytes = beside.map((file) => statSync(join(PACKAGE_ROOT, file)).size);
  expect(bytes.reduce((sum, size) => sum + size, 0)).toBeLessThan(100_000);
});

test('what messages, help and configs name of the repository is in the package', () => {
  const named = SOURCES.filter((file) => /^(src|configs)\//.test(file)).flatMap((file) => {
    const text = textOf(file);
    // Comments of a source are read by nobody who has the package.
    const read = file.endsWith('.yaml') ? text : text.replaceAll(/^ *\/\*[\s\S]*?\*\/|(?<=^|\s)\/\/.*/gm, '');
    return [...read.matchAll(/\b(?:docs|results\/reference|bench)\/[\w-]+(?:\.\w+)?/g)].map(([path]) => path);
  });
  expect(named).toEqual(expect.arrayContaining(['docs/gpu.md', 'docs/cluster.md', 'docs/results.md']));
  expect(named.filter((path) => !PACKED.has(path))).toEqual([]);
});

/** Paths of the repository in running text, in code and in comments, but for test/ of a user's images and series. */
const PATHS =
  /(?<![\w/.~-])(?:(?:src|docs|configs|native|bench|datasets|results\/reference|\.ci|\.github)\/[\w.*/-]*[\w*]|test\/[a-z/-]+(?![\w./-])|[\w-]+\/[a-z\d/-]+\.(?:ts|js|cc|h|md|sh))(?![\w{<])/g;

/** Folders that git ignores, layouts of users' data, and what stands for any name. */
const ELSEWHERE = /^bench\/device\/pack$|^test\/good$|NAME/;

test.each([...PAGES, ...SOURCES])('every path of the repository that %s names is there', (file) => {
  const text = textOf(file).replaceAll(/https?:\S+|from '.*'|import\(.*\)/g, '');
  const missing = [...text.matchAll(PATHS)]
    .map(([path]) => path)
    .filter((path) =>
      [path, join('src', path), normalize(join(dirname(file), path))].every((at) => filesOf(at).length === 0),
    );
  expect(missing.filter((path) => !ELSEWHERE.test(path))).toEqual([]);
});

test('every source file that a page names alone is there', () => {
  const names = CODE.filter(
    ({ text, language }) => language === undefined && /^[\w.-]+\.(ts|js|cc|h|py|sh)$/.test(text),
  );
  expect(names.length).toBeGreaterThan(20);
  expect(
    names.filter(({ text }) => !FILES.some((file) => file === text || file.endsWith(`/${text}`))),
  ).toEqual([]);
});

interface CommandFile {
  readonly options: Readonly<Record<string, Options>>;
  register(parser: Argv): Argv;
}

const COMMANDS: CommandFile[] = [];
for (const file of FILES.filter(
  (file) => /^src\/cli\/[\w-]+\.ts$/.test(file) && !file.endsWith('.test.ts'),
)) {
  const found = await import(join(PACKAGE_ROOT, file));
  if ('register' in found) COMMANDS.push(found);
}

/** The words of a command of a shell, up to where another begins; what a text leaves open is nothing. */
function words(command: string): string[] {
  const [own] = command.replaceAll(/\$\{\{.*?\}\}/g, '1').split(/ (?:[|>#]|&&|;|…)| {2}/);
  return [...own.matchAll(/(?:[^\s'"]+|'[^']*'|"[^"]*")+/g)].map(([word]) => word.replaceAll(/['"]/g, ''));
}

/** What is wrong with a command, where anything is. Nothing is executed: the last check comes before the handler. */
async function faultOf(args: readonly string[]): Promise<string | undefined> {
  const parser = yargs([...args])
    .locale('en')
    .strict()
    .demandCommand(1)
    .exitProcess(false)
    .parserConfiguration({ 'dot-notation': false })
    .fail((message, error) => {
      throw error ?? new Error(message);
    });
  for (const command of COMMANDS) command.register(parser);
  const RIGHT = 'nothing is wrong';
  parser.check(() => {
    throw new Error(RIGHT);
  });
  try {
    await parser.parseAsync();
  } catch (error) {
    const { message } = error as Error;
    return message === RIGHT ? undefined : message;
  }
  throw new Error('the command was executed');
}

describe('commands of deepsad', () => {
  const given = CODE.flatMap(({ page, language, text }) =>
    text
      .split('\n')
      .flatMap((line) => [...line.matchAll(/(?:^|[\s'$])deepsad(?:@\w+)? (?!<command>)(?=[a-z-])(.*)/g)])
      .map(([, rest]) => ({ page, isWhole: language !== undefined, args: words(rest) })),
  );

  test('are found', () => {
    expect(given.length).toBeGreaterThan(100);
  });
  test.each(given)('$page: $args', async ({ isWhole, args }) => {
    if (args.some((word) => ['--help', '--version', 'completion'].includes(word))) return;
    const fault = await faultOf(args);
    // Within a line a command may be named without its arguments.
    const isNamed = !isWhole && /^(Not enough non-option|Missing required)/.test(fault ?? '');
    expect(isNamed ? undefined : fault).toBeUndefined();
  });
});

/** All that a command takes beside its arguments. */
const OPTIONS = new Set([
  'help',
  'version',
  'no-cache',
  ...COMMANDS.flatMap(({ options }) => Object.keys(options)),
]);

/** An option of Slurm's sbatch. */
OPTIONS.add('requeue');

test('every option that a page names by itself is one of deepsad', () => {
  const named = CODE.filter(
    ({ page, language }) => language === undefined && page !== 'bench/README.md',
  ).flatMap(({ page, text }) => [...text.matchAll(/^--([a-z-]+)/g)].map(([, option]) => ({ page, option })));
  expect(named.length).toBeGreaterThan(30);
  expect(named.filter(({ option }) => !OPTIONS.has(option))).toEqual([]);
});

test('every script of npm that a page names is there', () => {
  const { scripts } = JSON.parse(textOf('package.json'));
  const named = CODE.flatMap(({ page, text }) =>
    [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, script]) => ({ page, script })),
  );
  expect(named.length).toBeGreaterThan(10);
  expect(named.filter(({ script }) => !Object.hasOwn(scripts, script))).toEqual([]);
});

/** The variables of the environment that a text names. */
const variablesIn = (text: string) => text.match(/\bDEEPSAD_[A-Z_]*[A-Z]/g) ?? [];

test('pages name the variables of the environment that are read, and all that the program reads', () => {
  const named = new Set(PAGES.flatMap((page) => variablesIn(textOf(page))));
  const isCode = /^(src|test|bench|native|\.ci)\/.*\.(ts|js|cc|h|py|sh)$|^\.ci\/\w+$/;
  const read = new Set(
    FILES.filter((file) => isCode.test(file)).flatMap((file) => variablesIn(textOf(file))),
  );
  const needed = FILES.filter((file) => /^src\/.*(?<!\.test)\.ts$/.test(file) && !file.includes('/testing/'));
  expect([...named].filter((name) => !read.has(name))).toEqual([]);
  expect(needed.flatMap((file) => variablesIn(textOf(file))).filter((name) => !named.has(name))).toEqual([]);
});

test.each(CODE.filter(({ language, text }) => language === 'yaml' && /^dataset:/m.test(text)))(
  'a config of $page is right',
  ({ text }) => {
    const fragment = Object.hasOwn(parse(text), 'detectors') ? '' : 'name: fragment\ndetectors: deep-sad\n';
    expect(() => parseConfig(fragment + text, 'fragment.yaml', [])).not.toThrow();
  },
);

test('the TypeScript of pages is right by the types of the package', () => {
  const programs = CODE.filter(({ language }) => language === 'ts');
  expect(programs.map(({ page }) => page)).toContain('docs/architecture.md');
  const directory = mkdtempSync(join(tmpdir(), 'deepsad-pages-'));
  try {
    mkdirSync(join(directory, 'node_modules'));
    symlinkSync(PACKAGE_ROOT, join(directory, 'node_modules', 'deepsad'));
    const files = programs.map(({ page, text }, i) => {
      const file = join(directory, `${basename(page, '.md')}-${i}.mts`);
      writeFileSync(file, text);
      return file;
    });
    const compiler = join(PACKAGE_ROOT, 'node_modules', '.bin', 'tsc');
    const options = ['--noEmit', '--strict', '--module', 'nodenext', '--types', '', '--ignoreConfig'];
    expect(spawnSync(compiler, [...options, ...files], { encoding: 'utf8' })).toMatchObject({
      stdout: '',
      status: 0,
    });
  } finally {
    rmSync(directory, { recursive: true });
  }
});

test('every key of a config that a page shows with a value is one', () => {
  const keys = new Set([...textOf('docs/config.md').matchAll(/^\| `([\w$]+)` \|/gm)].map(([, key]) => key));
  // What the notes of a record say.
  keys.add('converged');
  const shown = CODE.filter(({ language }) => language === undefined).flatMap(({ page, text }) =>
    [...text.matchAll(/^([a-z][A-Za-z]+): [^ ]/g)].map(([, key]) => ({ page, key })),
  );
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.filter(({ key }) => !keys.has(key))).toEqual([]);
});

test('the README counts the judged cells of the tables on MNIST, of which docs/results.md says as many', () => {
  const tables = ['labeled-ratio', 'pollution', 'known-classes'].map((name) => {
    const csv = textOf(`docs/results/ten-pairs-${name}-mnist/table.csv`);
    return parseCsv<{ outsideTwoStandardErrors: string }>(csv, { columns: true })
      .map(({ outsideTwoStandardErrors }) => outsideTwoStandardErrors)
      .filter((outside) => outside !== '');
  });
  const judged = tables.flat();
  const within = judged.filter((outside) => outside === 'false').length;
  expect(textOf('README.md')).toContain(`${within} of ${judged.length} judged cells come out within`);
  const stated = [...textOf('docs/results.md').matchAll(/(?:All|Of the) (\d+) judged cells/g)];
  expect(stated.map(([, count]) => Number(count))).toEqual(tables.map(({ length }) => length));
});
