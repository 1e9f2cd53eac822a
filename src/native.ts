import { createRequire } from 'node:module';
import nodeGypBuild from 'node-gyp-build';
import { UserError } from './errors.js';
import { PACKAGE_ROOT } from './package.js';

/** What is compiled from C++ (native/). */
export interface Addon {
  /** Tells versions of the addon apart. */
  readonly interface: number;
  /** `GROUP` and `CHANNEL_BLOCK` of the native engine, as the kernels are compiled. */
  readonly group: number;
  readonly channelBlock: number;
  /** The instruction sets that this machine can run, fastest first. */
  instructionSets(): string[];
  /** The kernels as one of them computes them: `Kernels` of the native engine. */
  kernels(instructionSet: string): object;
  /**
   * Shuffles `values` in place, as a stream of random.ts does.
   *
   * @param state of xoroshiro128+, as pure-rand tells it: four integers, which become the state after the last draw
   */
  shuffle(state: Int32Array, values: Uint32Array): void;
  /**
   * Fills `values` with draws from the standard normal distribution, as a stream of random.ts does.
   *
   * @param state as above
   * @param spare the second draw of a pair whose first was the last one, or NaN
   */
  normal(state: Int32Array, spare: Float64Array, values: Float64Array): void;
  /**
   * Some bytes of a file, from 1 to `buffer.constants.MAX_LENGTH`, as memory of which processes have one copy, but for what one of them
   * writes to it, which ends it where it is not writable; throws where they cannot be had so.
   */
  mapFile(descriptor: number, position: number, length: number, writable: boolean): ArrayBuffer;
  /** Locks an open file for this process, without waiting; 0, or the system's errno, which is EAGAIN where another has it. */
  tryLock(descriptor: number, shared: boolean): number;
  /** Exchanges two paths of one file system, at once; 0, or the system's errno. */
  swap(from: string, to: string): number;
  /** Where the system can, ends this process at once when the one that started it ends, in whatever way. */
  endWithParent(): void;
}

/** Raised with what is called of the addon: native/addon.cc has the same number. */
const INTERFACE = 7;

let loaded: Addon | undefined;

/**
 * What is compiled from C++: for this machine (build/) where that was done, else as the package ships it (prebuilds/).
 *
 * @throws UserError where there is none for this machine, or one of another version
 */
export function loadAddon(): Addon {
  loaded ??= load();
  return loaded;
}

/**
 * The file of what is compiled from C++.
 *
 * @throws UserError where there is none for this machine
 */
export function addonFile(): string {
  if (process.platform === 'win32') {
    throw new UserError(
      'deepsad does not run on Windows itself; install it in WSL (https://learn.microsoft.com/windows/wsl/install)',
    );
  }
  try {
    return nodeGypBuild.path(PACKAGE_ROOT);
  } catch {
    throw new UserError(`no CPU kernels come built for this machine (${MACHINE}): ${REMEDY}`);
  }
}

function load(): Addon {
  const file = addonFile();
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)(file) as Addon;
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new UserError(
      `the CPU kernels cannot be loaded on this machine (${MACHINE}: ${reason}): ${REMEDY}`,
    );
  }
  if (addon.interface !== INTERFACE) {
    throw new UserError(`the CPU kernels were built for another version of deepsad (${file}): ${REMEDY}`);
  }
  return addon;
}

const MACHINE = `${process.platform}-${process.arch}`;

const REMEDY =
  'compile them by "deepsad build-kernels", which needs a C++17 compiler (g++ 9, clang 14, or later) and nothing else';
