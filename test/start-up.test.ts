import { fileURLToPath } from 'node:url';
import { expect, test } from '@jest/globals';
import { buildSync, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** The files that an entry point reads before any of its code is executed: those of its imports, and of theirs. */
function readAtOnce(entry: string): string[] {
  const { metafile } = buildSync({
    absWorkingDir: root,
    entryPoints: [entry],
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    outdir: 'unwritten',
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  const { inputs }: Metafile = metafile;
  const found = new Set<string>();
  const visit = (file: string) => {
    if (found.has(file)) return;
    found.add(file);
    for (const { path, kind } of inputs[file]?.imports ?? []) {
      if (kind === 'import-statement') visit(path);
    }
  };
  visit(entry);
  return [...found];
}

test('the program reads no detectors, data sets or schemas before it knows the command', () => {
  const files = readAtOnce('src/cli/index.ts');
  expect(files).toContain('src/cli/fit.ts');
  expect(files).toContain('yargs');
  expect(
    files.filter((file) => /^(zod|src\/(detectors|networks|data|models|config|runner|results)\/)/.test(file)),
  ).toEqual([]);
});
