import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, sep } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { COMMAND_LINE } from '../src/cli/vocabulary.js';
import { fetching, keyOrOption, LIBRARY, optionName, speak } from '../src/messages/vocabulary.js';
import { PACKAGE_ROOT } from '../src/package.js';

const SOURCES = join(PACKAGE_ROOT, 'src');
const FILES = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
  .map((file) => file.split(sep).join('/'))
  .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$|\/testing\//.test(file));

/** The command line, and what it alone imports (imports.test.ts): messages of these may name its commands. */
const OF_THE_COMMAND_LINE = /^(cli|cluster|check)\//;

/** What a user of the library may be told and names a command all the same. */
const EXCEPTIONS: readonly [file: string, command: string][] = [
  // The library has no function for it; the package brings the command.
  ['native.ts', 'deepsad build-kernels'],
  // A config is a file, and so is what its first lines name.
  ['config/table-config.ts', 'deepsad schema'],
];

/** The commands with their options, as messages would write them. */
async function commandLine(): Promise<{ readonly commands: string[]; readonly options: string[] }> {
  const commands: string[] = [];
  const options = new Set<string>();
  for (const file of FILES.filter((file) => file.startsWith('cli/'))) {
    const found = await import(join(SOURCES, file));
    if ('register' in found) commands.push(`deepsad ${basename(file, '.ts')}`);
    for (const name of Object.keys(found.options ?? {})) options.add(`--${name}`);
  }
  return { commands, options: [...options] };
}

/** The text of a module without its comments. */
function codeOf(file: string): string {
  return readFileSync(join(SOURCES, file), 'utf8').replace(/\/\*\*.*?\*\/|^[ \t]*\/\/[^\n]*$/gms, '');
}

const { commands, options } = await commandLine();

test('commands and options are found', () => {
  expect(commands).toContain('deepsad build-kernels');
  expect(options).toEqual(expect.arrayContaining(['--labels', '--out', '--data-dir', '--per-step']));
});

test('what the library says names no commands and options of the command line', () => {
  const names = new RegExp(`(?:${[...commands, ...options].join('|')})(?![\\w-])`, 'g');
  const said = FILES.filter((file) => !OF_THE_COMMAND_LINE.test(file)).flatMap((file) =>
    [...codeOf(file).matchAll(names)].map(([name]) => [file, name]),
  );
  expect(new Set(said.map(String))).toEqual(new Set(EXCEPTIONS.map(String)));
});

test('it has each option that messages name', () => {
  const named = FILES.flatMap((file) => [
    ...codeOf(file).matchAll(/\b(?:optionName|keyOrOption)\('(\w+)'/g),
  ]).map(([, key]) => COMMAND_LINE.option(key));
  expect(named.length).toBeGreaterThan(20);
  expect(options).toEqual(expect.arrayContaining(named));
});

describe('messages name', () => {
  afterEach(() => speak(LIBRARY));

  test('keys and functions for users of the library', () => {
    expect(optionName('labelColumn')).toBe('labelColumn');
    expect(keyOrOption('drop')).toBe('drop');
    expect(keyOrOption('missing', 'fill')).toBe('missing: fill');
    expect(fetching(['cardio', 'adbench/wine'])).toBe(
      'fetchDataset(locateDataset("cardio")), fetchDataset(locateDataset("adbench/wine"))',
    );
    expect(fetching(['cardio'], "it's here")).toBe('fetchDataset(locateDataset("cardio", "it\'s here"))');
  });

  test('commands and options for those of the command line', () => {
    speak(COMMAND_LINE);
    expect(optionName('labelColumn')).toBe('--labels');
    expect(optionName('timeLimit')).toBe('--time');
    expect(keyOrOption('drop')).toBe('drop in a config, --drop');
    expect(keyOrOption('missing', 'fill')).toBe('missing: fill in a config, --missing fill');
    expect(fetching(['cifar10', 'adbench/wine'], "it's here")).toBe(
      "deepsad datasets fetch cifar10 adbench/wine --data-dir 'it'\\''s here'",
    );
  });
});
