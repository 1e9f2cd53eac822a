import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { NARROW } from './string-width.js';

describe('text that needs no tables of Unicode', () => {
  const characters = Array.from({ length: 0x10000 }, (_, code) => String.fromCharCode(code));
  const narrow = characters.filter((character) => NARROW.test(character));

  test('takes one column a character, alone and beside each other', () => {
    expect(narrow.join('')).toContain('γ');
    // A text of all of them, where each has one before it and one behind it of every other kind.
    const others = narrow.filter(
      (one) => stringWidth(one) !== 1 || stringWidth(`${one}a${one}γ${one}→${one}`) !== 7,
    );
    expect(others).toEqual([]);
    expect(stringWidth(narrow.join(''))).toBe(narrow.length);
  });

  test('has what tables and plots consist of', () => {
    for (const text of [
      'γ_l 0.01 ± 1.6',
      '−5.2',
      'η = ½ … k → ∞',
      '≤ 0.05 × 3',
      '█▏░│─',
      'Nemenyi’s “test” – —',
    ])
      expect(NARROW.test(text)).toBe(true);
  });

  test('is none with a command to the terminal, a character without width, or one that joins others', () => {
    for (const text of [
      '\u001b[1mbold\u001b[22m',
      'a\u00adb',
      'a\u0301',
      'a\tb',
      '\u009b1m',
      '日本',
      '©\ufe0f',
    ])
      expect(NARROW.test(text)).toBe(false);
  });
});
