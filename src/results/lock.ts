import { closeSync, ftruncateSync, openSync, readSync, writeSync } from 'node:fs';
import { Unwritable, UserError } from '../errors.js';
import { isLocal, tryLock } from '../files/file-system.js';
import { systemReason } from '../files/read-file.js';
import { BOOT, HOST } from '../process-name.js';

/**
 * A lock on a file, which keeps others out as well as the file system can. Network ones may keep no locks, or each machine its own; so
 * nothing may be lost where two have one.
 */
export interface Lock {
  /** Why another process may have it all the same, in words; undefined where none has. */
  readonly doubt: string | undefined;
  release(): void;
}

/** The file in the folder of an experiment whose lock says that a process writes there. */
export const LOCK = '.lock';

/** Another process writes the same results. */
export class Locked extends UserError {}

/**
 * Locks a file, which is created where it is missing and stays. The kernel keeps the lock and frees it when this process ends in
 * whatever way, so that none is ever left behind. The file says which process on which machine has it.
 *
 * @param shared whether others may share it, who all say so
 * @throws Locked where another process has it; UserError where the file cannot be written, or the native addon is not built
 */
export function lock(file: string, shared = false): Lock {
  const descriptor = writing(file, () => openSync(file, 'a+'));
  const close = () => closeSync(descriptor);
  try {
    const isLocked = tryLock(descriptor, shared);
    const holder = holderIn(descriptor);
    if (isLocked === false) {
      throw new Locked(
        `another deepsad${holder && ` (process ${holder.replace(BOOT_IN, '')})`} is writing these results (${file} is locked); wait for it to end, or ` +
          'write to another folder',
      );
    }
    if (typeof isLocked === 'string') {
      return { doubt: `${file} cannot be locked (${isLocked})`, release: close };
    }
    if (shared) return { doubt: undefined, release: close };
    if (holder !== '' && !isOfHere(holder, file)) {
      return {
        doubt: `${file} says that process ${holder} has not ended (remove it if that has)`,
        release: close,
      };
    }
    const write = (text: string) => {
      ftruncateSync(descriptor);
      writeSync(descriptor, text);
    };
    writing(file, () => write(HERE));
    return {
      doubt: undefined,
      release() {
        try {
          write('');
        } catch {
          // It only told who had it.
        }
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** This process, as the files of its locks say it. */
const HERE = `${process.pid} on ${HOST}${BOOT && `, boot ${BOOT}`}`;

const BOOT_IN = /, boot (\w+)$/;

/**
 * Whether who had a lock, which is free here, was on this machine, and so has ended. Of before it was started, only a file system of its own
 * can tell.
 */
function isOfHere(holder: string, file: string): boolean {
  const [, host = HOST] = / on (.+)$/.exec(holder.replace(BOOT_IN, '')) ?? [];
  const [, boot = ''] = BOOT_IN.exec(holder) ?? [];
  return host === HOST && (boot === BOOT || isLocal(file));
}

/** Who has or had a lock, as its file says. */
function holderIn(descriptor: number): string {
  const bytes = Buffer.alloc(512);
  return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, 0));
}

function writing<T>(file: string, action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new Unwritable(`cannot write ${file}: ${systemReason(error) ?? (error as Error).message}`);
  }
}
