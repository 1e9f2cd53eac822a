// Bundles the library, the program and its workers into bundle/, with the packages that they use: whoever installs this one installs few
// others, and a process that reads a few files starts in half the time of one that reads the thousand of which the program and its packages
// consist. `node esbuild.js OUTDIR ENTRY…` bundles other programs of this checkout in the same way, into a folder beside those that they read.
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { checkoutCommit } from './checkout.js';
import { bundledPackages, thirdPartyNotices } from './third-party.js';

const root = fileURLToPath(new URL('.', import.meta.url));
const [outdir = 'bundle', ...entries] = process.argv.slice(2);
const { version, dependencies, devDependencies, peerDependencies } = JSON.parse(
  readFileSync(`${root}package.json`, 'utf8'),
);

const PROGRAMS = {
  index: 'src/index.ts',
  cli: 'src/cli/index.ts',
  worker: 'src/runner/worker.ts',
  // What finds out, in a process of its own, whether a device can be used.
  'open-tfjs': 'src/engine/tfjs/opening.ts',
  'open-webgpu': 'src/engine/webgpu/opening.ts',
};

// What the page of a report consists of besides its own style and script.
const PAGE = [
  'tabulator-tables/dist/js/tabulator.min.js',
  'tabulator-tables/dist/css/tabulator_simple.min.css',
  'uplot/dist/uPlot.iife.min.js',
  'uplot/dist/uPlot.min.css',
];

// What stands in the place of packages that are slow to load.
const INSTEAD = { 'string-width': 'src/cli/string-width.ts', 'wrap-ansi': 'src/cli/wrap.ts' };

// The font of figures.
const FONTS = ['@expo-google-fonts/arimo/400Regular/Arimo_400Regular.ttf'];

rmSync(resolve(root, outdir), { recursive: true, force: true });
const { metafile } = await build({
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
  // Node shows the line that threw an error which nobody catches.
  lineLimit: 200,
  external: [
    ...Object.keys(peerDependencies),
    // They look for compiled code beside their own files.
    'sharp',
    // Jest gives it to the tests that it runs.
    '@jest/globals',
    // Vega draws pictures of pixels with it, where it is there.
    'canvas',
  ],
  plugins: [
    {
      name: 'own-files-instead',
      // For the packages too that import them. One in CommonJS keeps its own version: what it requires has to be the function itself.
      setup: ({ onResolve }) =>
        onResolve({ filter: new RegExp(`^(${Object.keys(INSTEAD).join('|')})$`) }, ({ kind, path }) =>
          kind === 'import-statement' ? { path: resolve(root, INSTEAD[path]) } : undefined,
        ),
    },
  ],
  // So that no two versions have the same worker (src/runner/build.ts), and for packages in CommonJS.
  banner: {
    js: `// deepsad ${version}
import { createRequire as createRequireOfBundle } from 'node:module';
const require = createRequireOfBundle(import.meta.url);
const __filename = import.meta.filename;`,
  },
  legalComments: 'none',
  metafile: true,
  logLevel: 'warning',
});

if (entries.length === 0) {
  const bundle = resolve(root, outdir);
  for (const file of [...PAGE, ...FONTS]) cpSync(resolve(root, 'node_modules', file), resolve(bundle, file));
  await build({
    absWorkingDir: root,
    entryPoints: { report: 'assets/report/main.js' },
    outdir,
    bundle: true,
    format: 'iife',
    target: 'es2022',
    minifyWhitespace: true,
    logLevel: 'warning',
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) =>
    Object.entries(output.inputs).flatMap(([file, { bytesInOutput }]) => (bytesInOutput > 0 ? [file] : [])),
  );
  const packages = bundledPackages(root, [
    ...inputs,
    ...[...PAGE, ...FONTS].map((file) => `node_modules/${file}`),
  ]);
  writeFileSync(resolve(bundle, 'THIRD-PARTY.md'), thirdPartyNotices(packages));
  // What results are computed with.
  const named = packages.filter(({ name }) => Object.hasOwn({ ...dependencies, ...devDependencies }, name));
  const versions = Object.fromEntries(named.map(({ name, version }) => [name, version]));
  const content = JSON.stringify({ commit: checkoutCommit(root), packages: versions }, null, 2);
  writeFileSync(resolve(bundle, 'build.json'), `${content}\n`);
}
