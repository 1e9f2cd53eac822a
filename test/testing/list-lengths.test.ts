import { expect, test } from '@jest/globals';

test('lists that are equal are of one length, whatever is at their end', () => {
  expect(['a', undefined]).not.toEqual(['a']);
  expect([]).not.toEqual([undefined]);
  expect({ lists: [['a'], undefined] }).not.toEqual({ lists: [['a']] });
  expect(['a', undefined]).toEqual(['a', undefined]);
});
