import type * as z from 'zod';

/**
 * A schema of each key of what is read back from a file, of those too that may be absent: `z.ZodType` allows to forget such a one, which would
 * be left out of what is read without a word.
 */
export type SchemaOf<T> = Readonly<Record<keyof T, z.ZodType>>;
