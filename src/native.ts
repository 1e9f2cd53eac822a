import { createRequire } from 'node:module';
import { UserError } from './errors.js';

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
   * Some bytes of a file, from 1 to `buffer.constants.MAX_LENGTH`, as memory that can only be read, one copy for all processes; throws
   * where they cannot be had so.
   */
  mapFile(descriptor: number, position: number, length: number): ArrayBuffer;
  /** Where the system can, ends this process at once when the one that started it ends, in whatever way. */
  endWithParent(): void;
}

/** Raised with what is called of the addon: native/addon.cc has the same number. */
const INTERFACE = 2;

/**
 * What is compiled from C++.
 *
 * @throws UserError where it is not built, or of another version
 */
export function loadAddon(): Addon {
  let addon: Addon;
  try {
    addon = createRequire(import.meta.url)('../build/Release/deepsad.node') as Addon;
  } catch (error) {
    const [reason] = (error as Error).message.split('\n');
    throw new UserError(`the CPU kernels are not built: ${BUILD} (${reason})`);
  }
  if (addon.interface !== INTERFACE) {
    throw new UserError(`the CPU kernels were built for another version of deepsad: ${BUILD}`);
  }
  return addon;
}

const BUILD =
  'run "npm rebuild deepsad" (or "npm run build:native" in a checkout), which needs a C++17 compiler, make and python3';
