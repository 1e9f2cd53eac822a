import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals';
import { digest } from '../data/checksum.js';
import { readNpz } from '../data/formats/npz.js';
import { writeNpz } from '../data/formats/write-npz.js';
import { SEMI_TARGET_SPELLING } from '../data/input/labels.js';
import { detectorNamed } from '../detectors/registry.js';
import type { DetectorState } from '../detectors/state.js';
import { createNativeEngine } from '../engine/native/native-engine.js';
import { UserError } from '../errors.js';
import { randomStream } from '../random.js';
import { fitModel } from './fit-model.js';
import { writeModel } from './model-folder.js';
import { loadScorer } from './score.js';

/** How many changed models are tried, of all kinds together. */
const COUNT = Number(process.env.DEEPSAD_FUZZ ?? 10_000);
jest.setTimeout(60_000 + 60 * COUNT);

const KINDS: readonly (readonly [detector: string, ...set: string[]])[] = [
  ['isolation-forest', 'trees=4', 'treeSamples=16'],
  ['kde'],
  ['oc-svm'],
  ['ssad', 'kernel=linear'],
  ['deep-sad', 'epochs=1', 'pretrain=false', 'hiddenSizes=[5]', 'representationSize=3'],
  ['vae', 'epochs=1', 'perceptronSizes=[5]', 'representationSize=2'],
  ['ss-dgm', 'epochs=1', 'model=m1+m2', 'perceptronSizes=[5]', 'representationSize=2'],
  ['supervised', 'epochs=1', 'bias=true', 'hiddenSizes=[5]', 'representationSize=3'],
  ['isolation-forest-hybrid', 'trees=3', 'pretrainEpochs=1', 'hiddenSizes=[4]', 'representationSize=2'],
];

const root = mkdtempSync(join(tmpdir(), 'fuzzed-'));
afterAll(() => rmSync(root, { recursive: true }));
const [whole, fuzzed, table] = ['whole', 'fuzzed', 'new.csv'].map((name) => join(root, name));
const engine = createNativeEngine();
const random = randomStream(1, 'fuzzed models');

/** Rows of the table that is scored. */
const ROWS = 3;

/** Writes a table; of a labeled one every eighth row is a labeled anomaly. */
function writeRows(file: string, rows: number, labeled = false): void {
  const lines = Array.from({ length: rows }, (_, i) => {
    const values = Array.from({ length: 3 }, () => random.uniform(0, 1).toFixed(3));
    return [...values, i % 3 ? 'oak' : 'pine', ...(labeled ? [i % 8 ? 0 : -1] : [])].join();
  });
  writeFileSync(file, `a,b,c,wood${labeled ? ',label' : ''}\n${lines.join('\n')}\n`);
}

function oneOf<T>(values: readonly T[]): T {
  return values[random.integer(values.length)];
}

/** What may stand in the place of anything in JSON. */
const VALUES: readonly unknown[] = [
  ...[null, true, false, '', 'constructor', '__proto__', 'table', 'series', 'mnist', 'x\u001b[31m', [], {}],
  ...[0, -0, 1, -1, 2, 3, 4, 0.5, -0.5, 1e-320, 1e9, 2 ** 26, 2 ** 31, 2 ** 53, -(2 ** 40), 1e308, -1e308],
  ...[[[]], [null], [1, 2], { a: 1 }, ['feature'], { low: 1, high: 0 }],
];

interface Place {
  readonly parent: Record<string, unknown>;
  readonly key: string;
}

/** Every place in a JSON value, those of long lists rarely. */
function placesIn(value: unknown): Place[] {
  if (typeof value !== 'object' || value === null) return [];
  const keys = Object.keys(value);
  return (keys.length > 12 ? keys.filter(() => random.integer(keys.length) < 8) : keys).flatMap((key) => [
    { parent: value as Place['parent'], key },
    ...placesIn((value as Place['parent'])[key]),
  ]);
}

/** Changes a place of JSON: to anything, to what is near, or to what stands elsewhere; or takes it away, or doubles it. */
function changeJson(content: object): void {
  const places = placesIn(content);
  const { parent, key } = oneOf(places);
  const value = parent[key];
  const changes: (() => void)[] = [
    () => set(parent, key, structuredClone(oneOf(VALUES))),
    () => set(parent, key, structuredClone(oneOf(places).parent)),
    () => {
      const other = oneOf(places);
      set(parent, key, structuredClone(other.parent[other.key]));
    },
    () => {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
    },
    () => set(parent, oneOf(['__proto__', 'constructor', 'extra', 'length']), structuredClone(oneOf(VALUES))),
  ];
  if (typeof value === 'number') {
    for (const near of [-value, value + 1, value - 1, value * 1e6, value / 3, 2 ** value])
      changes.push(() => set(parent, key, near));
  }
  if (Array.isArray(value)) {
    changes.push(
      () => value.push(...value),
      () => value.reverse(),
      () => value.push(structuredClone(oneOf(VALUES))),
    );
  }
  oneOf(changes)();
}

/** Sets a key as JSON does, of which `__proto__` is one; a list has none but its positions. */
function set(target: object, key: string, value: unknown): void {
  if (Array.isArray(target) && !/^\d+$/.test(key)) return;
  Object.defineProperty(target, key, { value, writable: true, enumerable: true, configurable: true });
}

const NUMBERS = [Number.NaN, Number.POSITIVE_INFINITY, -1, 0, 0.5, 3, 5, 1e9, -1e300, 1e38, 1e-320];

/** Changes numbers, lengths or names of arrays. */
function changeArrays(arrays: DetectorState['arrays']): DetectorState['arrays'] {
  const [names, changed] = [Object.keys(arrays), { ...arrays }];
  const [name, other] = [oneOf(names), oneOf(names)];
  const values = arrays[name].slice();
  switch (random.integer(5)) {
    case 0:
      changed[name] = values.slice(0, random.integer(values.length + 1));
      break;
    case 1:
      [changed[name], changed[other]] = [changed[other], changed[name]];
      break;
    case 2:
      delete changed[name];
      set(changed, oneOf(['extra', '__proto__', other]), values);
      break;
    default:
      for (let left = 1 + random.integer(3); left > 0; left--)
        values[random.integer(values.length)] = oneOf(NUMBERS);
      changed[name] = values;
  }
  return changed;
}

/** Changes bytes of a file, or its length. */
function changeBytes(file: string): void {
  const bytes = readFileSync(file);
  // An earlier change may have cut it so short.
  if (bytes.length < 4) return;
  if (random.integer(3) === 0) {
    truncateSync(file, random.integer(bytes.length));
    return;
  }
  const at = 4 * random.integer(Math.floor(bytes.length / 4));
  if (random.integer(2)) bytes.writeFloatLE(Math.fround(oneOf(NUMBERS)), at);
  else bytes[at] ^= 1 << random.integer(8);
  writeFileSync(file, bytes);
}

/** Makes `fuzzed` of `whole`, with one to three changes; the checksums are right again. */
async function changeModel(arrays: DetectorState['arrays']): Promise<void> {
  for (const name of readdirSync(whole)) copyFileSync(join(whole, name), join(fuzzed, name));
  const file = join(fuzzed, 'detector.json');
  const content = JSON.parse(readFileSync(file, 'utf8'));
  const others = Object.keys(content.files).filter((name) => name !== 'model.json');
  for (let left = 1 + random.integer(3); left > 0; left--) {
    const other = random.integer(4) === 0 ? others[random.integer(others.length)] : undefined;
    if (other === undefined) changeJson(content);
    else if (other === 'arrays.npz' && random.integer(4) > 0)
      writeFileSync(join(fuzzed, other), await writeNpz(changeArrays(arrays)));
    else changeBytes(join(fuzzed, other));
  }
  for (const name of others) {
    const known = typeof content.files === 'object' && content.files !== null && name in content.files;
    if (known) content.files[name] = digest('sha256', [readFileSync(join(fuzzed, name))]);
  }
  const text = JSON.stringify(content);
  writeFileSync(file, random.integer(50) === 0 ? text.slice(0, random.integer(text.length)) : text);
}

interface Scores {
  readonly together: readonly number[];
  readonly apart: readonly number[];
}

/** The scores of a table by the changed model, all rows together and each by itself; or what is said instead. */
async function scoresOfTable(): Promise<Scores | string> {
  try {
    const { model, input } = await loadScorer(fuzzed, engine);
    const [together, apart]: number[][] = [[], []];
    for await (const { samples, origins } of input.read(table, { labels: 'ignored', warn: () => {} })) {
      together.push(...(await model.detector.score(samples)));
      const size = samples.length / origins.length;
      for (let from = 0; from < samples.length; from += size)
        apart.push(...(await model.detector.score(samples.slice(from, from + size))));
    }
    // Scores that are not finite are refused with their row, as a test beside this one has it.
    return together.every(Number.isFinite) ? { together, apart } : `${table}: not finite`;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return error.message;
  }
}

describe.each(KINDS)('a changed model of %s', (detector, ...options) => {
  let arrays: DetectorState['arrays'] = {};
  beforeAll(async () => {
    const data = join(root, 'parts.csv');
    const labeled = detectorNamed(detector).needsLabeledAnomalies === true;
    writeRows(data, 40, labeled);
    for (const folder of [whole, fuzzed]) rmSync(folder, { recursive: true, force: true });
    mkdirSync(fuzzed);
    const model = await fitModel({
      ...{ data, detector, set: options, seed: 1, device: 'cpu', contamination: 0.1 },
      ...(labeled && { labelColumn: 'label' }),
      ...{ categorical: ['wood'], spelling: SEMI_TARGET_SPELLING },
      ...{ warn: () => {}, onRead: () => {}, onProgress: () => {} },
    });
    await writeModel(whole, model);
    const names = JSON.parse(readFileSync(join(whole, 'detector.json'), 'utf8')).arrays as string[];
    const bytes =
      names.length > 0 ? await readNpz(readFileSync(join(whole, 'arrays.npz')), 'arrays', names) : [];
    arrays = Object.fromEntries(names.map((name, i) => [name, bytes[i].values]));
  });

  test('scores each row by itself, or is refused with one message', async () => {
    writeRows(table, ROWS);
    let scored = 0;
    const count = Math.ceil(COUNT / KINDS.length);
    for (let i = 0; i < count; i++) {
      await changeModel(arrays);
      let found: Scores | string;
      try {
        found = await scoresOfTable();
      } catch (error) {
        throw new Error(
          `model ${i}: ${(error as Error).stack}\n${readFileSync(join(fuzzed, 'detector.json'))}`,
        );
      }
      if (typeof found === 'string') {
        // The table is named where the model wants other columns, or its scores are not finite.
        expect([fuzzed, table].some((place) => found.startsWith(place))).toBe(true);
        expect(found).not.toMatch(/undefined|\[object|\n/);
      } else {
        scored++;
        expect(found.together).toHaveLength(ROWS);
        expect(found.apart).toEqual(found.together);
      }
    }
    // Changes that say nothing of the scores, such as of the threshold, leave a model that works.
    expect(scored).toBeGreaterThan(count / 100);
  });
});
