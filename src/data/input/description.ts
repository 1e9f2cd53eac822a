import type * as z from 'zod';
import { UserError } from '../../errors.js';
import { firstIssue } from '../../issue.js';
import type { InputDescription } from './input.js';

/**
 * The description of an input as its kind wants it.
 *
 * @param file what errors call the description's file
 * @param what what errors call data of this kind
 * @throws UserError where it is not of the schema
 */
export function parseDescription<T>(
  schema: z.ZodType<T>,
  saved: InputDescription,
  file: string,
  what: string,
): T {
  const parsed = schema.safeParse(saved);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `${file}: not a description of ${what}: ${firstIssue(parsed.error, 'input')}; fit the model again`,
  );
}
