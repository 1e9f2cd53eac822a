import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { PACKAGE_ROOT } from '../package.js';
import { contrast } from './testing/contrast.js';

const STYLES = readFileSync(join(PACKAGE_ROOT, 'assets/report/report.css'), 'utf8');
/** The colours of the page by name, on a light screen and on a dark one. */
const PALETTES = [...STYLES.matchAll(/:root \{([^}]*)\}/g)].map(
  ([, colours]) =>
    new Map([...colours.matchAll(/--(\w+): (#\w+);/g)].map(([, name, colour]) => [name, colour])),
);

test('every colour of text can be read on either ground of the page, light or dark', () => {
  expect(PALETTES).toHaveLength(2);
  for (const palette of PALETTES) {
    const of = (name: string) => palette.get(name) ?? name;
    for (const text of ['text', 'quiet', 'accent', 'warning']) {
      const contrasts = ['ground', 'raised'].map((ground) => contrast(of(text), of(ground)));
      expect([text, contrasts.filter((each) => !(each >= 4.5))]).toEqual([text, []]);
    }
  }
});
