import { describe, expect, test } from '@jest/globals';
import stringWidth from 'string-width';
import { NARROW } from './string-width.js';

describe('text that needs no tables of Unicode', () => {
  const characters = Array.from({ length: 0x300 }, (_, code) => String.fromCharCode(code));
  const narrow = characters.filter((character) => NARROW.test(character));

  test('takes one column a character, alone and beside each other', () => {
    expect(narrow).toHaveLength(190);
    const pairs = narrow.flatMap((first) => narrow.map((second) => first + second));
    const others = [...narrow, ...pairs].filter((text) => stringWidth(text) !== text.length);
    expect(others).toEqual([]);
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
