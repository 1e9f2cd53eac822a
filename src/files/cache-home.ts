import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { UserError } from '../errors.js';

/**
 * The folder of deepsad among the caches of this user, by the platform's conventions; the variable XDG_CACHE_HOME counts where it is a whole
 * path, as its specification has it.
 *
 * @throws UserError where the system knows no home folder of the user, as of one in a container who is a number alone
 */
export function cacheHome(): string {
  const { XDG_CACHE_HOME = '' } = process.env;
  if (process.platform === 'darwin') return join(home(), 'Library', 'Caches', 'deepsad');
  return join(isAbsolute(XDG_CACHE_HOME) ? XDG_CACHE_HOME : join(home(), '.cache'), 'deepsad');
}

function home(): string {
  try {
    const folder = homedir();
    if (isAbsolute(folder)) return folder;
  } catch {
    // Said below.
  }
  throw new UserError(
    'this user has no home folder, and so none for data files and trained autoencoders: set HOME, or DEEPSAD_DATA and DEEPSAD_CACHE',
  );
}
