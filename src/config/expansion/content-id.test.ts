import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { pick } from 'es-toolkit/object/pick';
import { PACKAGE_ROOT } from '../../package.js';
import type { Run } from '../run.js';
import { contentId } from './content-id.js';

const REFERENCES = join(PACKAGE_ROOT, 'results', 'reference');

const CONTENT = [
  ...(['dataset', 'dataChecksum', 'normalClass', 'knownAnomalyClasses', 'labeledAnomalyRatio'] as const),
  ...(['labeledNormalRatio', 'pollutionRatio', 'preparation', 'detector', 'seed'] as const),
];

test.each(readdirSync(REFERENCES))('the runs of %s keep their ids, else they would be made anew', (name) => {
  const lines = readFileSync(join(REFERENCES, name, 'runs.jsonl'), 'utf8')
    .trim()
    .split('\n');
  for (const run of lines.map((line): Run => JSON.parse(line))) {
    expect(contentId(pick(run, CONTENT), 'native')).toBe(run.id);
  }
});
