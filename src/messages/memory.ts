import { types } from 'node:util';
import { UserError } from '../errors.js';

/** What the engine of JavaScript, and the kernels, say where they have no memory for an array. */
const NO_MEMORY =
  /^(Array buffer allocation failed|Invalid (typed array|array buffer) length|std::bad_alloc)/;

/** The refusal of what asks for more memory than there is; none of any other error. */
export function memoryRefusal(error: unknown): UserError | undefined {
  if (!types.isNativeError(error) || !NO_MEMORY.test(error.message)) return undefined;
  const remedy = 'choose smaller options or less data';
  return new UserError(`more memory is needed than there is (${error.message}); ${remedy}`, { cause: error });
}
