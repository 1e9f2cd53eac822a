import { relative } from 'node:path';
import prettyMs from 'pretty-ms';
import type { TaskProgram } from '../cluster/dispatcher.js';
import type { Load, Submitted } from '../cluster/submit.js';
import { count, counted } from '../messages/counted.js';

/** What was submitted, in a few lines. */
export function describeSubmission({ logs, ...load }: Submitted): string {
  return `${describeLoad(load)}Logs: ${relative('', logs)}\n`;
}

/** What is to be submitted, in a few lines. */
export function describeLoad({ runs, pending, bundles, seconds, said }: Load): string {
  const hours = seconds / 3600;
  const work =
    hours >= 1
      ? `${count(Math.round(hours))} core-hours`
      : prettyMs(1000 * Math.ceil(seconds), { unitCount: 1 });
  return [
    `${count(pending)} of ${counted(runs, 'run')} to do, about ${work} in ${counted(bundles, 'bundle')}`,
    ...said,
    '',
  ].join('\n');
}

/** How tasks call this program: src/cli/work.ts. */
export const TASK_PROGRAM: TaskProgram = {
  work: ({ folder, first, name, seconds }) => [
    ...['work', folder, '--bundle', first],
    ...['--until', `${seconds}s`, '--name', name],
  ],
  close: ({ folder, seconds }) => ['work', folder, '--close', '--until', `${seconds}s`],
};
