// Bundles the program and its workers into bundle/: a process that reads a few files starts in half the time of one that reads the
// thousand of which the program and its packages consist.
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const { peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

await rm(`${root}bundle`, { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: { cli: 'src/cli/index.ts', worker: 'src/runner/worker.ts' },
  outdir: 'bundle',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.11',
  // Names stay, for stack traces.
  minifySyntax: true,
  minifyWhitespace: true,
  external: [
    ...Object.keys(peerDependencies),
    // They look for compiled code beside their own files.
    'fs-native-extensions',
    'sharp',
    // They are loaded where a plot is drawn, and not otherwise.
    'vega',
    'vega-lite',
  ],
  // For packages in CommonJS.
  banner: {
    js: `import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
const __filename = import.meta.filename;`,
  },
  logLevel: 'warning',
});
