import { readFileSync } from 'node:fs';

/** Milliseconds between two looks. */
const INTERVAL = 50;

/**
 * Watches the memory of a process and of all that it starts, as Linux alone tells it.
 *
 * @returns ends the watch, and gives the most megabytes that they held together at one time; 0 on other systems
 */
export function watchMemory(pid: number): () => number {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, treeKilobytes(pid));
  }, INTERVAL);
  return () => {
    clearInterval(timer);
    return peak / 1024;
  };
}

/** The sum of proportional set sizes, in which a page that several processes share counts once. */
function treeKilobytes(pid: number): number {
  const [, own = 0] = /^Pss:\s+(\d+) kB$/m.exec(read(`/proc/${pid}/smaps_rollup`)) ?? [];
  const children = read(`/proc/${pid}/task/${pid}/children`).match(/\d+/g) ?? [];
  return children.reduce((sum, child) => sum + treeKilobytes(Number(child)), Number(own));
}

/** A file of a process; empty where the process has ended. */
function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
