import { expect, test } from '@jest/globals';
import { LABEL_SIZE, linesOf, textWidth } from './font.js';

test.each([
  ['own/a_rather_long_name_of_a_table_of_transactions_in_2024.csv', /[_/.]$/],
  ['OC-SVM (learningRate=0.00012345678,weightDecay=0.000012345678)', /[=,]$|^OC-SVM$/],
  ['x'.repeat(90), /x$/],
])('of a long word %s lines end where its parts do', (text, end) => {
  const lines = linesOf(text, 140, LABEL_SIZE);
  expect(lines.join('')).toBe(text.replace(' ', ''));
  expect(lines.length).toBeGreaterThan(2);
  for (const line of lines) expect(textWidth(line, LABEL_SIZE)).toBeLessThanOrEqual(140);
  for (const line of lines.slice(0, -1)) expect(line).toMatch(end);
});
