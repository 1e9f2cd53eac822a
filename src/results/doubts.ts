import { detectorNamed } from '../detectors/registry.js';
import { count, counted } from '../messages/counted.js';
import type { RunRecord } from './record.js';

/** What is doubtful about the fit of a run by its own notes, as a choice at an end of what was tried; undefined where nothing is. */
export function doubtIn(record: RunRecord): string | undefined {
  if (record.status !== 'done') return undefined;
  const { name, options } = record.detector;
  return detectorNamed(name).doubt?.(options, record.notes ?? {});
}

/** What to say of runs with such a doubt, of so many in all, with one of them as the example. */
export function doubtNotice(doubtful: number, runs: number, example: string): string {
  return `In ${count(doubtful)} of ${counted(runs, 'run')} a choice is at the end of what was tried (${example}).`;
}
