import type * as z from 'zod';

/** The first thing that a schema finds wrong with a value, with its place in it, in one line. */
export function firstIssue({ issues: [{ path, message }] }: z.ZodError, within?: string): string {
  const place = [...(within === undefined ? [] : [within]), ...path.map(String)].join('.');
  const problem = message
    .replace(/^Invalid (input|option): /, '')
    .replace(', received undefined', ', found nothing')
    .replace(', received ', ', found ');
  return place === '' ? problem : `${place}: ${problem}`;
}
