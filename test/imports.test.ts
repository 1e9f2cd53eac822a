import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { expect, test } from '@jest/globals';
import { buildSync } from 'esbuild';
import { PACKAGE_ROOT } from '../src/package.js';

/** The parts of the program: each imports from itself and from those before it alone, for types too. */
const ORDER = [
  'data',
  'networks',
  'engine',
  'metrics',
  'detectors',
  'config',
  'results',
  'models',
  'report',
  'runner',
  'cluster',
  'check',
  'cli',
];

const SOURCES = join(PACKAGE_ROOT, 'src');

/** The modules that each module imports, by their paths in src/. Tests and what they use are left out. */
const IMPORTS: ReadonlyMap<string, readonly string[]> = new Map(
  readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .map((file) => file.split(sep).join('/'))
    .filter((file) => /\.ts$/.test(file) && !/\.(test|d)\.ts$|\/testing\//.test(file))
    .map((file) => {
      const text = readFileSync(join(SOURCES, file), 'utf8');
      const imported = [...text.matchAll(/(?:\bfrom |\bimport\()'(\.[^']*)\.js'/g)].map(([, path]) =>
        relative(SOURCES, join(SOURCES, dirname(file), `${path}.ts`))
          .split(sep)
          .join('/'),
      );
      return [file, imported];
    }),
);

test('imports are found', () => {
  expect(IMPORTS.get('cli/run.ts')).toContain('cli/experiments.ts');
  expect(IMPORTS.get('engine/engine.ts')).toContain('networks/network.ts');
});

test('imports run one way, from the command line to the data', () => {
  const part = (file: string) => ORDER.indexOf(file.split('/')[0]);
  const upward = [...IMPORTS].flatMap(([file, imported]) =>
    imported
      .filter((other) => part(file) >= 0 && part(other) > part(file))
      .map((other) => `${file} imports ${other}`),
  );
  expect(upward).toEqual([]);
});

test('the library needs nothing of the command line, nor of sweeps elsewhere and checks', () => {
  const needed = new Set(['index.ts']);
  for (const file of needed) {
    for (const imported of IMPORTS.get(file) ?? []) needed.add(imported);
  }
  expect(needed.size).toBeGreaterThan(100);
  expect([...needed].filter((file) => /^(cli|cluster|check)\//.test(file))).toEqual([]);
});

test('no modules import each other in a circle', () => {
  const done = new Set<string>();
  /** A circle among what a module imports, on the way to which these have been passed. */
  const circleFrom = (file: string, passed: readonly string[]): readonly string[] | undefined => {
    if (passed.includes(file)) return [...passed.slice(passed.indexOf(file)), file];
    if (done.has(file)) return undefined;
    for (const imported of IMPORTS.get(file) ?? []) {
      const circle = circleFrom(imported, [...passed, file]);
      if (circle) return circle;
    }
    done.add(file);
    return undefined;
  };
  expect([...IMPORTS.keys()].map((file) => circleFrom(file, [])).find(Boolean)).toBeUndefined();
});

test('what is taken of a bundled package once it is needed is there in a bundle too, where one in CommonJS has its default alone', () => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8'));
  const isBundled = (name: string) =>
    name in manifest.devDependencies && !(name in manifest.peerDependencies);
  const taken = [...IMPORTS.keys()].flatMap((file) => {
    const text = readFileSync(join(SOURCES, file), 'utf8');
    const found = [...text.matchAll(/const \{([^}]*)\} = await import\('([^.'][^']*)'\)/g)];
    return found.flatMap(([, names, from]) =>
      isBundled(from) ? names.split(',').map((name) => ({ name: name.split(':')[0].trim(), from })) : [],
    );
  });
  expect(taken).toContainEqual({ name: 'default', from: 'systeminformation' });
  const { metafile } = buildSync({
    absWorkingDir: PACKAGE_ROOT,
    entryPoints: Object.fromEntries(taken.map(({ from }) => [from, from])),
    bundle: true,
    format: 'esm',
    platform: 'node',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const missing = taken.filter(
    ({ name, from }) => !metafile.outputs[`unwritten/${from}.js`].exports.includes(name),
  );
  expect(missing).toEqual([]);
});
