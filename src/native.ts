import { createRequire } from 'node:module';
import { UserError } from './errors.js';

/** What is compiled from C++ (native/). */
export interface Addon {
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

/**
 * What is compiled from C++.
 *
 * @throws UserError where it is not built
 */
export function loadAddon(): Addon {
  try {
    return createRequire(import.meta.url)('../build/Release/deepsad.node') as Addon;
  } catch (error) {
    throw new UserError(
      `the CPU kernels are not built: run "npm rebuild deepsad" (or "npm run build:native" in a checkout), which needs a C++17 compiler, make and python3 (${(error as Error).message.split('\n')[0]})`,
    );
  }
}
