// Puts a model into a place, and fails or dies at one of the calls by which it changes files. Usage: PLACE kill|fail COUNT [no-swap] [no-locks].
// Prints "done" where there were no more than COUNT calls, or what went wrong.
import fs from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { constants } from 'node:os';
import { join } from 'node:path';
import { loadAddon } from '../../dist/native.js';

const [place, how, count, ...lacking] = process.argv.slice(2);
const addon = loadAddon();

// Loading the program changes no files, but may open some.
let left = Number.POSITIVE_INFINITY;
/** Lets a function of a module do its work only so often, all of them counted together. */
function watch(module, name, replacement = module[name]) {
  module[name] = (...args) => {
    if (left-- === 0) {
      if (how === 'kill') process.kill(process.pid, 'SIGKILL');
      throw Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    }
    return replacement(...args);
  };
}

const cannotSwap = () => constants.errno.EINVAL;
watch(addon, 'swap', lacking.includes('no-swap') ? cannotSwap : undefined);
if (lacking.includes('no-locks')) addon.tryLock = () => constants.errno.ENOLCK;
for (const name of ['mkdtemp', 'open', 'rename', 'rm']) watch(promises, name);
for (const name of ['openSync', 'mkdirSync']) watch(fs, name);
syncBuiltinESMExports();

const { placeFolder } = await import('../../dist/models/place.js');
const { writeFileAtomic } = await import('../../dist/files/write-file.js');
left = Number(count);
try {
  await placeFolder(place, async (folder) => {
    fs.mkdirSync(folder);
    for (const name of ['weights.bin', 'detector.json']) await writeFileAtomic(join(folder, name), 'new');
  });
  process.stdout.write(left >= 0 ? 'done' : '');
} catch (error) {
  process.stdout.write(`${error.name}: ${error.message}`);
}
