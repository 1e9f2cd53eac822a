import { expect, test } from '@jest/globals';
import * as z from 'zod';
import { jsonSchema } from './json-schema.js';
import { experimentSchema } from './schema.js';

const config = (keys: object) => ({ name: 'example', dataset: 'cardio', detectors: 'deep-sad', ...keys });

test.each([
  config({ dataset: { file: 'A.CSV', test: 'B.Csv.GZ', normal: 0 } }),
  config({ dataset: { file: 'a.NPZ' } }),
  config({ dataset: { file: 'a.Mat' } }),
  config({ dataset: { file: 'a.txt', normal: 0 } }),
  config({ dataset: { images: 'scans', labels: 'A.CSV' } }),
  config({ dataset: { images: 'scans', labels: 'a.npz' } }),
])('editors take a text for what it is to deepsad: %j', (keys) => {
  const { success } = z.fromJSONSchema(JSON.parse(jsonSchema())).safeParse(keys);
  expect(success).toBe(experimentSchema().safeParse(keys).success);
});

test.each(['Report.HTML', 'runs.JSONL', 'runs.jsonl2'])('so they do of the name %s', (name) => {
  // zod reads no pattern back that stands in an allOf.
  const patterns: { readonly pattern: string }[] = JSON.parse(jsonSchema()).properties.name.allOf;
  const success = patterns.every(({ pattern }) => new RegExp(pattern).test(name));
  expect(success).toBe(experimentSchema().safeParse(config({ name })).success);
});
