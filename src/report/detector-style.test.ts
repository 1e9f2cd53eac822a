import { expect, test } from '@jest/globals';
import { uniq } from 'es-toolkit/array/uniq';
import { uniqBy } from 'es-toolkit/array/uniqBy';
import { DETECTORS } from '../detectors/registry.js';
import { COLORS, type DetectorStyle, detectorStyles, isOf, orderedColors, SHAPES } from './detector-style.js';
import { contrast, luminance } from './testing/contrast.js';

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

/** The looks of the first detectors of the registry, at whose end new ones come. */
const LOOKS = [
  'OC-SVM: #0072b2 square 6 3',
  'OC-SVM hybrid: #009e73 up 2 2',
  'Isolation forest: #e69f00 diamond 8 3 2 3',
  'Isolation forest hybrid: #56b4e9 down 12 3',
  'KDE: #cc79a7 cross',
  'KDE hybrid: #808080 star 6 3',
  'Autoencoder: #0072b2 saltire 2 2',
  'VAE: #009e73 square 8 3 2 3',
  'Deep SVDD: #e69f00 up 12 3',
  'SSAD: #56b4e9 diamond',
  'SSAD hybrid: #cc79a7 down 6 3',
  'SS-DGM: #808080 cross 2 2',
  'Deep SAD: #d55e00 circle',
  'Supervised: #0072b2 star 8 3 2 3',
];

test('the first ones look as they always have, and so does what is no detector', () => {
  const lookOf = ([column, { color, shape, dash }]: [string, DetectorStyle]) => {
    const mark = Object.entries(SHAPES).find(([, outline]) => outline === shape)?.[0];
    return `${column}: ${color} ${mark} ${dash.join(' ')}`.trim();
  };
  expect([...detectorStyles(titles)].map(lookOf).slice(0, LOOKS.length)).toEqual(LOOKS);
  expect([...detectorStyles(['Deep SAD', 'of somebody else'])].map(lookOf)).toEqual([
    'Deep SAD: #d55e00 circle',
    'of somebody else: #009e73 saltire 12 3',
  ]);
});

const GROUNDS = { white: '#ffffff', 'of browsers': '#121212', 'of a page': '#14181d' };

test.each(Object.entries(GROUNDS))(
  'steps of a colour are told from the ground, %s, as that is',
  (_, ground) => {
    for (const color of COLORS) {
      for (const count of [2, 3, 5, 8]) {
        const seen = orderedColors(count, color).map((step) => contrast(step, ground));
        const most = Math.min(3, contrast(color, ground));
        expect([color, count, seen.filter((own) => own < most)]).toEqual([color, count, []]);
      }
    }
  },
);

test('steps of a colour go from pale to dark', () => {
  for (const color of COLORS) {
    const steps = orderedColors(5, color).map(luminance);
    expect(steps).toEqual(steps.toSorted((a, b) => b - a));
    expect(uniq(steps)).toHaveLength(5);
  }
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
