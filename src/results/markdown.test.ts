import { expect, test } from '@jest/globals';
import { escapeMarkdown } from './markdown.js';

test.each([
  ['a|b*c*_d_.csv', 'a\\|b\\*c\\*\\_d\\_.csv'],
  ['<b>parts</b> &amp; `code`', '\\<b>parts\\</b> \\&amp; \\`code\\`'],
  ['[v2](parts).csv ~~old~~', '[v2\\](parts).csv \\~\\~old\\~\\~'],
  ['\\*star\\|', '\\\\\\*star\\\\\\|'],
  ['two\nlines', 'two lines'],
])('%j is text in Markdown', (text, escaped) => {
  expect(escapeMarkdown(text)).toBe(escaped);
});

test('what is no markup stays as it is read', () => {
  const text = 'satimage-2_of_ours [a] (eta=1) γ_l AUROC < 0.5 & 12 pairs (hiddenSizes=[]) \\u001b';
  expect(escapeMarkdown(text)).toBe(text);
});
