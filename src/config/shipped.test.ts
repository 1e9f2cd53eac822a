import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { z } from 'zod';
import { PACKAGE_ROOT } from '../package.js';
import { jsonSchema } from './json-schema.js';
import { loadConfig } from './load.js';

const FOLDER = join(PACKAGE_ROOT, 'configs');
const SCHEMA = readFileSync(join(FOLDER, 'schema.json'), 'utf8');

test('configs/schema.json is what `deepsad schema` prints', () => {
  expect(SCHEMA).toBe(jsonSchema());
});

describe.each(readdirSync(FOLDER).filter((file) => file.endsWith('.yaml')))('configs/%s', (file) => {
  const path = join(FOLDER, file);
  const text = readFileSync(path, 'utf8');

  test('is valid, and named like its file', () => {
    expect(`${loadConfig(path, []).experiment.name}.yaml`).toBe(file);
  });

  test('names the JSON Schema, which accepts it and refuses a misspelt key', () => {
    expect(text).toMatch(/^# yaml-language-server: \$schema=schema\.json\n/);
    const editor = z.fromJSONSchema(JSON.parse(SCHEMA));
    expect(editor.safeParse(parse(text)).error).toBeUndefined();
    expect(editor.safeParse({ ...parse(text), pollutionRato: 0 }).success).toBe(false);
  });
});
