// Bundles the program and its workers into bundle/: a process that reads a few files starts in half the time of one that reads the
// thousand of which the program and its packages consist. `node esbuild.js OUTDIR ENTRY…` bundles other programs of this checkout in the
// same way, into a folder beside those that they read.
import { readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('.', import.meta.url));
const [outdir = 'bundle', ...entries] = process.argv.slice(2);
const { peerDependencies } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

const PROGRAMS = {
  cli: 'src/cli/index.ts',
  worker: 'src/runner/worker.ts',
  // What finds out, in a process of its own, whether a device can be used.
  'open-tfjs': 'src/engine/tfjs/opening.ts',
  'open-webgpu': 'src/engine/webgpu/opening.ts',
};

await rm(resolve(root, outdir), { recursive: true, force: true });
await build({
  absWorkingDir: root,
  entryPoints: entries.length > 0 ? entries : PROGRAMS,
  entryNames: '[name]',
  outdir,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.19',
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
