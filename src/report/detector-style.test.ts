import { expect, test } from '@jest/globals';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { DETECTORS } from '../detectors/registry.js';
import { detectorStyles, isOf } from './detector-style.js';

const titles = DETECTORS.map(({ title }) => title);

test('no two detectors or variants look alike', () => {
  const columns = [...titles, ...[1, 2, 3, 4].map((eta) => `Deep SAD (eta=${eta})`), 'one of somebody else'];
  const styles = [...detectorStyles(columns).values()];
  expect(uniqBy(styles, (style) => JSON.stringify(style))).toHaveLength(columns.length);
});

test('no two detectors look alike in grey', () => {
  const styles = [...detectorStyles(titles).values()];
  expect(uniqBy(styles, ({ dash, shape }) => `${dash} ${shape}`)).toHaveLength(titles.length);
});

test('a detector looks the same beside any others', () => {
  const all = detectorStyles(titles);
  for (const title of titles) expect(detectorStyles([title]).get(title)).toEqual(all.get(title));
  expect(detectorStyles(['SSAD hybrid']).get('SSAD hybrid')).not.toEqual(all.get('SSAD'));
});

test('columns look the same in any order', () => {
  const columns = ['Deep SAD (pretrain=true)', 'Deep SAD (pretrain=false)', 'SSAD', 'of ours', 'of others'];
  const styles = detectorStyles(columns);
  expect([...styles.keys()]).toEqual(columns);
  expect(new Map([...detectorStyles(columns.toReversed())].reverse())).toEqual(styles);
});

test('variants are of their detector', () => {
  expect(['Deep SAD (eta=1)', 'Deep SVDD'].map((column) => isOf('deep-sad', column))).toEqual([true, false]);
});
