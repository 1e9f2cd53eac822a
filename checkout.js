import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';

/**
 * The git commit that a folder is a checkout of, marked `-dirty` where files differ from it.
 *
 * @param {string} folder
 * @returns {string | undefined} undefined where it is none, or git is not there to tell
 */
export function checkoutCommit(folder) {
  // An unpacked release may lie within the repository of another project, whose commit would say nothing.
  if (!existsSync(resolve(folder, '.git'))) return undefined;
  // Whoever builds a checkout may ask of it too, another user than who made it among them.
  const own = ['-C', folder, '-c', `safe.directory=${resolve(folder)}`];
  // As a hook git names another repository in variables, which would be asked instead.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));
  try {
    const args = [...own, 'describe', '--always', '--dirty', '--abbrev=40', '--exclude=*'];
    return execFileSync('git', args, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return undefined;
  }
}
