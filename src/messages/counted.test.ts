import { expect, test } from '@jest/globals';
import { count, counted } from './counted.js';

test.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [69120, '69,120'],
  [1234567, '1,234,567'],
])('%d things are read as %s', (number, text) => {
  expect(count(number)).toBe(text);
  expect(count(number)).toBe(number.toLocaleString('en'));
});

test('one of them has another name than several', () => {
  expect([0, 1, 2000].map((number) => counted(number, 'run'))).toEqual(['0 runs', '1 run', '2,000 runs']);
  expect(counted(2, 'class', 'classes')).toBe('2 classes');
});
