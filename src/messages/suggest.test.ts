import { describe, expect, test } from '@jest/globals';
import { nearest, validNames } from './suggest.js';

describe('the nearest name', () => {
  test.each([
    ['mnits', 'mnist'],
    ['MNIST', 'mnist'],
    ['fashion_mnist', 'fashion-mnist'],
    ['shuttle', undefined],
    ['', undefined],
  ])('to %j', (word, meant) => {
    expect(nearest(word, ['mnist', 'fashion-mnist', 'cardio'])).toBe(meant);
  });
});

test('letters that changed places are one slip', () => {
  expect(nearest('deep-sda', ['deep-svdd', 'deep-sad'])).toBe('deep-sad');
});

test('valid names are listed in their order, or the nearest of many', () => {
  expect(validNames('zzz', ['b', 'c', 'a'])).toBe('valid: b, c, a');
  const many = Array.from({ length: 40 }, (_, i) => `class ${i}`);
  expect(validNames('clas 39', many)).toMatch(
    /^did you mean class 39\? valid: class 39, .*, … \(40 in all\)$/,
  );
});
