import { Unwritable, UserError } from '../errors.js';

/** Does what writes somewhere; where that cannot be written, the error says how to choose another place. */
export async function withRemedy<T>(remedy: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof Unwritable ? new UserError(`${error.message}; ${remedy}`) : error;
  }
}
