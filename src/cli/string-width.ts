import type stringWidth from 'string-width';

/** What the bundler makes of this loads a package at the call. */
declare const require: (path: string) => { readonly default: typeof stringWidth };

/**
 * Text of which each character takes one column: Latin and Greek without control characters, the soft hyphen and what joins others, and
 * the dashes, quotes, arrows, mathematical signs, lines and blocks of which tables and plots consist.
 */
export const NARROW =
  /^[ -~\u00a0-\u00ac\u00ae-\u02ff\u0370-\u03ff\u2010-\u2027\u2030-\u205e\u2190-\u22ff\u2500-\u259f]*$/;

/**
 * What stands in the bundle for the package string-width (esbuild.js), with its answers: it reads tables of Unicode and builds a pattern of
 * all emojis when it is loaded, which takes as long as all else that `deepsad --help` does, so it is when text asks for it.
 */
export default function width(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (NARROW.test(text)) return text.length;
  return require('../../node_modules/string-width/index.js').default(text, options);
}
