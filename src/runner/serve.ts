import type { Progress } from '../detectors/detector.js';
import { loadAddon } from '../native.js';
import type { Answer, Request, WorkerFunctions } from './task.js';

/**
 * Makes this process a worker: it executes what the process that started it requests, and ends with that one.
 *
 * @throws UserError where the native addon is not built
 */
export function serve(functions: WorkerFunctions): void {
  // What an interruption ends is for the main process to say, even where the system tells every process of it.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => {});
  // While a worker trains, it does not notice that it is disconnected.
  loadAddon().endWithParent();
  process.on('disconnect', () => process.exit());
  process.on('uncaughtException', (error) => {
    send({ type: 'last words', reason: messageOf(error) }, () => process.exit(1));
  });
  process.on('message', async (request: Request) => {
    try {
      send({ type: 'result', result: await execute(functions, request) });
    } catch (error) {
      send({ type: 'failure', reason: messageOf(error) });
    }
  });
}

function execute(functions: WorkerFunctions, request: Request): Promise<unknown> {
  const report = throttled((progress) => send({ type: 'progress', progress }));
  return request.name === 'pretrain'
    ? functions.pretrain(request.task, report)
    : functions.detect(request.task, report);
}

/** Milliseconds between two messages of progress. */
const REPORT_INTERVAL = 100;

function throttled(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = Number.NEGATIVE_INFINITY;
  return (progress) => {
    const now = performance.now();
    if (now - last < REPORT_INTERVAL && progress.done < progress.total) return;
    last = now;
    report(progress);
  };
}

function send(answer: Answer, onSent = () => {}): void {
  process.send?.(answer, onSent);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
