import { type ChildProcess, fork } from 'node:child_process';
import type { Answer, Outcome, Request, Task, Watcher } from './task.js';

/** The most megabytes of JavaScript objects in a worker, far above what a run needs, whose numbers lie outside in typed arrays. */
const HEAP_LIMIT = 512;
/** Characters of standard error that are kept to learn from, more than V8 writes as it ends. */
const KEPT = 1 << 15;
/** Standard input, output and error, and the messages, come before other descriptors. */
const FIRST_DESCRIPTOR = 4;

/** By what number a worker knows a descriptor that it is given as one of a list. */
export function inheritedDescriptor(index: number): number {
  return FIRST_DESCRIPTOR + index;
}

/** What waits for the outcome of a run. */
interface Caller {
  resolve(outcome: Outcome): void;
  reject(error: Error): void;
  readonly watcher: Watcher;
}

/** A process that executes one run at a time. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private caller: Caller | undefined;
  private lastWords: string | undefined;
  private stderr = '';
  /** Settles once the process has ended, in whatever way. */
  readonly ended: Promise<void>;

  /**
   * @param script a module that calls `serve`
   * @param descriptors open files that the process gets
   */
  constructor(script: URL, descriptors: readonly number[]) {
    this.child = fork(script, {
      execArgv: [`--max-old-space-size=${HEAP_LIMIT}`],
      serialization: 'advanced',
      // Away from the terminal, whose Ctrl-C would end a worker that has not come so far as to ignore it.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...descriptors],
    });
    this.child.on('message', (answer: Answer) => this.receive(answer));
    this.child.stderr?.on('data', (data) => {
      process.stderr.write(data);
      this.stderr = (this.stderr + data).slice(-KEPT);
    });
    this.child.on('error', (error) => {
      this.lastWords ??= `the worker process: ${error.message}`;
    });
    this.ended = new Promise((resolve) => {
      // Comes after all that it wrote.
      this.child.on('close', (code, signal) => {
        this.settle()?.reject(new Error(this.lastWords ?? this.reasonOf(code, signal)));
        resolve();
      });
    });
  }

  /** Whether it can take a run. */
  get isFree(): boolean {
    return this.caller === undefined && this.lastWords === undefined;
  }

  /** Executes a run, for which the process must be free. Rejects with the reason where that fails or the process ends. */
  execute(task: Task, watcher: Watcher): Promise<Outcome> {
    return new Promise((resolve, reject) => {
      this.caller = { resolve, reject, watcher };
      const request: Request = { task, wantsAutoencoder: watcher.pretrained !== undefined };
      // Where it cannot be sent, the process has ended, and why comes with its end.
      this.child.send(request, () => {});
    });
  }

  /** Ends the process at once. */
  kill(): Promise<void> {
    this.lastWords ??= 'aborted';
    this.child.kill('SIGKILL');
    return this.ended;
  }

  private receive(answer: Answer): void {
    switch (answer.type) {
      case 'progress':
        this.caller?.watcher.progress(answer.progress);
        break;
      case 'pretrained':
        this.caller?.watcher.pretrained?.(answer.weights);
        break;
      case 'outcome':
        this.settle()?.resolve(answer.outcome);
        break;
      case 'failure':
        this.settle()?.reject(new Error(answer.reason));
        break;
      case 'last words':
        this.lastWords ??= answer.reason;
    }
  }

  /** The caller, who waits no more. */
  private settle(): Caller | undefined {
    const { caller } = this;
    this.caller = undefined;
    return caller;
  }

  private reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    // V8 ends by SIGABRT then, as much else does.
    if (this.stderr.includes('JavaScript heap out of memory')) {
      return `the worker process ran out of memory: its JavaScript objects took more than ${HEAP_LIMIT} MB`;
    }
    if (signal === null) return `the worker process ended with exit code ${code}`;
    return `the worker process was ended by ${signal}${signal === 'SIGKILL' ? ' (out of memory?)' : ''}`;
  }
}
