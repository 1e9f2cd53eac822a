import { UserError } from '../errors.js';
import { readText } from '../files/read-file.js';

/** The text of a file in whose place nothing is written any more, by which to tell whether it was written here; empty where it cannot be read. */
export function earlierText(file: string): string {
  try {
    return readText(file, { what: 'a file of results' });
  } catch (error) {
    if (error instanceof UserError) return '';
    throw error;
  }
}
