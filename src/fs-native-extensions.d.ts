declare module 'fs-native-extensions' {
  /** Locks an open file for this process, without waiting; the lock goes with the descriptor or the process. False where another has it. */
  export function tryLock(descriptor: number, options?: { readonly shared?: boolean }): boolean;

  /** Exchanges two paths of one file system, at once. Rejects where the system cannot. */
  export function swap(from: string, to: string): Promise<void>;
}
