import * as z from 'zod';

/**
 * The schema of an object with a value for each of some names that data have, of which one may be `__proto__`: zod's own records leave
 * that out.
 */
export function byName<T>(value: z.ZodType<T>) {
  return z
    .custom<object>((content) => typeof content === 'object' && content !== null && !Array.isArray(content), {
      error: 'expected an object',
    })
    .transform((content, context): Readonly<Record<string, T>> => {
      const entries: [string, T][] = [];
      for (const [name, input] of Object.entries(content)) {
        const { data, error } = value.safeParse(input);
        if (error === undefined) entries.push([name, data as T]);
        for (const { message, path } of error?.issues ?? []) {
          context.issues.push({ code: 'custom', message, path: [name, ...path], input });
        }
      }
      return Object.fromEntries(entries);
    });
}
