import type stringWidth from 'string-width';

/** What the bundler makes of this loads a package at the call. */
declare const require: (path: string) => { readonly default: typeof stringWidth };

/** Text of which each character takes one column: all of Latin-1 but control characters and the soft hyphen. */
export const NARROW = /^[ -~\u00a0-\u00ac\u00ae-\u00ff]*$/;

/**
 * What stands in the bundle for the package string-width (esbuild.js), with its answers: it reads tables of Unicode and builds a pattern of
 * all emojis when it is loaded, which takes as long as all else that `deepsad --help` does, so it is when text asks for it.
 */
export default function width(text: string, options?: Parameters<typeof stringWidth>[1]): number {
  if (NARROW.test(text)) return text.length;
  return require('../../node_modules/string-width/index.js').default(text, options);
}
