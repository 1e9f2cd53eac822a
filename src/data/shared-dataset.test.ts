import { execFileSync } from 'node:child_process';
import { fstatSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { PACKAGE_ROOT } from '../package.js';
import type { Dataset, MachineTest, Samples } from './dataset.js';
import { openDataset, shareDataset } from './shared-dataset.js';
import { readAt } from './unnamed-file.js';

const short = { maxLength: 20, size: 'max' } as const;
/** As objects are. */
const PLAIN = { noNullPrototype: true } as const;

const samples: fc.Arbitrary<Samples> = fc.record(
  {
    count: fc.nat(),
    values: fc.oneof(fc.uint8Array(short), fc.float64Array(short), fc.float32Array(short)),
    classes: fc.uint8Array(short),
    semiTargets: fc.int8Array(short),
  },
  { ...PLAIN, requiredKeys: ['count', 'values', 'classes'] },
);

const machine: fc.Arbitrary<MachineTest> = fc.record(
  {
    name: fc.string(),
    starts: fc.uint32Array(short),
    anomalies: fc.uint8Array(short),
  },
  PLAIN,
);

const bounds = fc.record(
  { name: fc.string(), low: fc.array(fc.double()), high: fc.array(fc.double()) },
  PLAIN,
);
const column = fc.record(
  { name: fc.string(), categories: fc.array(fc.string()) },
  { ...PLAIN, requiredKeys: ['name'] },
);

const datasets: fc.Arbitrary<Dataset> = fc.record(
  {
    name: fc.string(),
    shape: fc.constantFrom<Dataset['shape'][]>([3], [1, 28, 28]),
    scaled: fc.oneof(fc.constant(true as const), fc.array(bounds)),
    classNames: fc.array(fc.string()),
    columns: fc.array(column),
    training: samples,
    test: samples,
    testNormal: fc.uint32Array(short),
    series: fc.record({ windowLength: fc.nat(), stride: fc.nat(), machines: fc.array(machine) }, PLAIN),
    checksum: fc.string(),
    defaults: fc.record(
      {
        network: fc.constantFrom('mlp', 'mnist'),
        representationSize: fc.nat(),
        hiddenSizes: fc.array(fc.nat()),
        pretrainEpochs: fc.nat(),
      },
      { ...PLAIN, requiredKeys: ['network', 'representationSize'] },
    ),
    notices: fc.array(fc.string()),
  },
  { ...PLAIN, requiredKeys: ['name', 'shape', 'classNames', 'training', 'checksum', 'defaults'] },
);

test('a shared data set is what it was, here and in another process, mapped or read', () => {
  fc.assert(
    fc.property(datasets, (dataset) => {
      const { file, ...shared } = shareDataset(dataset);
      expect(shared).toStrictEqual(dataset);
      const sent = deserialize(serialize(file));
      expect(openDataset(sent)).toEqual(dataset);
      expect(openDataset(sent, readAt)).toEqual(dataset);
    }),
  );
});

const EMPTY: Dataset = {
  name: 'empty',
  shape: [1],
  classNames: ['normal', 'anomaly'],
  training: { count: 0, values: new Float64Array(), classes: new Uint8Array() },
  checksum: '',
  defaults: { network: 'mlp', representationSize: 1 },
};

test('bytes in a Buffer, and arrays that are parts of larger ones, are shared alone', () => {
  const values = Buffer.from([9, 1, 2, 9]).subarray(1, 3);
  const classes = Uint8Array.of(9, 9, 0, 1).subarray(2);
  const { training } = shareDataset({ ...EMPTY, training: { count: 2, values, classes } });
  expect(training).toEqual({ count: 2, values: Uint8Array.of(1, 2), classes: Uint8Array.of(0, 1) });
});

test('the file has no name', () => {
  const { file } = shareDataset(EMPTY);
  expect(fstatSync(file.descriptor).nlink).toBe(0);
});

test('where no further file may be opened, the limit of these is named, and not space', () => {
  const program = `
    import { openSync } from 'node:fs';
    import { shareDataset } from ${JSON.stringify(join(PACKAGE_ROOT, 'dist', 'data', 'shared-dataset.js'))};
    const dataset = ${JSON.stringify({ ...EMPTY, training: {} })};
    shareDataset(dataset);
    try { for (;;) openSync('.'); } catch {}
    try { shareDataset(dataset); } catch ({ name, message }) { console.log(name + ': ' + message); }`;
  const limited = 'ulimit -n 64 && exec "$0" --input-type=module --eval "$1"';
  expect(execFileSync('sh', ['-c', limited, process.execPath, program], { encoding: 'utf8' })).toMatch(
    /^UserError: cannot put empty into .*EMFILE.*raise the limit of open files \(ulimit -n\)\n$/,
  );
});

test('what is written to a shared data set, nobody else reads', () => {
  const values = Float64Array.from({ length: 10_000 }, (_, i) => i);
  const shared = shareDataset({ ...EMPTY, training: { ...EMPTY.training, values } });
  const other = openDataset(shared.file);
  shared.training.values.fill(-1);
  expect(new Set(shared.training.values)).toEqual(new Set([-1]));
  for (const dataset of [other, openDataset(shared.file), openDataset(shared.file, readAt)]) {
    expect(dataset.training.values).toEqual(values);
  }
});
