import { type ChildProcess, fork } from 'node:child_process';
import { isEqual } from 'es-toolkit/predicate/isEqual';
import type { DatasetFile } from '../data/shared-dataset.js';
import type { DeviceName } from '../engine/registry.js';
import { UserError } from '../errors.js';
import { visible } from '../messages/visible.js';
import type { Answer, Outcome, Pretrained, Request, Task, Watcher } from './task.js';

/** The most megabytes of JavaScript objects in a worker, far above what a run needs, whose numbers lie outside in typed arrays. */
const HEAP_LIMIT = 512;
/** Characters of standard error that are kept to learn from, more than V8 writes as it ends. */
const KEPT = 1 << 15;
/** How V8 begins to say that its heap is full. */
const HEAP_DUMP = '<--- Last few GCs --->';
/** Standard input, output and error, and the messages, come before other descriptors. */
const FIRST_DESCRIPTOR = 4;

/** By what number a worker knows the descriptor of a file that it is given as one of a list. */
export function inheritedDescriptor(index: number): number {
  return FIRST_DESCRIPTOR + index;
}

/** No run can be executed, since a worker process does not come so far as to take one: no fault of any run. */
export class CannotStart extends UserError {
  constructor(reason: string) {
    super(`no worker can be started: ${reason}`);
  }
}

/** The process that executed a run has ended, with others where it executed several. */
export class ProcessEnded extends Error {}

/** What runs want of a process that executes them. */
export interface Wanted {
  readonly device: DeviceName;
  /** Open files that it has, in this order. */
  readonly files: readonly Pick<DatasetFile, 'descriptor'>[];
  /** How many runs it executes at a time. */
  readonly capacity: number;
  /** Variables of its environment, beside those of this process. */
  readonly variables: NodeJS.ProcessEnv;
}

/** What a worker process is started with. */
export interface WorkerProcessOptions extends Wanted {
  /** A module that calls `serve`. */
  readonly script: URL;
  /** Milliseconds that it may take to start. */
  readonly patience: number;
  /** Is told, in words, what the process says of all its runs. */
  notice(text: string): void;
}

/** What waits for the outcome of a run, or for its autoencoder. */
interface Caller {
  outcome?(outcome: Outcome): void;
  autoencoder?(pretrained: Pretrained): void;
  reject(error: Error): void;
  readonly watcher: Watcher;
}

/** A process that executes runs. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  /** By the run's id. */
  private readonly callers = new Map<string, Caller>();
  /** Whether it is to become ready yet, and nobody has wanted its end. */
  private starting = true;
  private readonly overdue: NodeJS.Timeout;
  private lastWords: string | undefined;
  private stderr = '';
  /** Whether V8 has begun to say that its heap is full. */
  private fatal = false;
  /** Settles once the process has ended, in whatever way, with the reason where it could not start. */
  readonly ended: Promise<string | undefined>;

  /** @throws CannotStart where the system refuses another process at once */
  constructor(private readonly options: WorkerProcessOptions) {
    const { script, device, files, capacity, variables, patience } = options;
    try {
      this.child = fork(script, [device, String(capacity)], {
        env: { ...process.env, ...variables },
        execArgv: [`--max-old-space-size=${HEAP_LIMIT}`],
        serialization: 'advanced',
        // Away from the terminal, whose Ctrl-C would end a worker that has not come so far as to ignore it.
        detached: true,
        stdio: ['ignore', 'ignore', 'pipe', 'ipc', ...files.map(({ descriptor }) => descriptor)],
      });
    } catch (error) {
      throw new CannotStart(refusalOf(error as NodeJS.ErrnoException));
    }
    this.overdue = setTimeout(() => this.giveUp(`it is not ready after ${patience / 1000} s`), patience);
    this.child.on('message', (answer: Answer) => this.receive(answer));
    this.child.stderr?.setEncoding('utf8').on('data', (data: string) => {
      // The trace of a heap that is full, in many lines, says no more than the reason that its run gets.
      const dump = data.indexOf(HEAP_DUMP);
      this.fatal ||= dump >= 0;
      if (!this.starting && (!this.fatal || dump > 0))
        process.stderr.write(visible(dump > 0 ? data.slice(0, dump) : data));
      this.stderr = (this.stderr + data).slice(-KEPT);
    });
    this.ended = new Promise((resolve) => {
      const end = (reason: string) => {
        clearTimeout(this.overdue);
        this.lastWords ??= reason;
        const error = this.starting ? new CannotStart(this.lastWords) : new ProcessEnded(this.lastWords);
        for (const { reject } of this.callers.values()) reject(error);
        this.callers.clear();
        resolve(this.starting ? this.lastWords : undefined);
      };
      this.child.on('error', (error: NodeJS.ErrnoException) => {
        this.lastWords ??= refusalOf(error);
        // Then there is nothing to close.
        if (this.child.pid === undefined) end(this.lastWords);
      });
      // Comes after all that it wrote.
      this.child.on('close', (code, signal) => end(this.reasonOf(code, signal)));
    });
  }

  /** Whether it can take a run. */
  get isFree(): boolean {
    return this.callers.size < this.options.capacity && this.lastWords === undefined;
  }

  /** Whether it executes a run. */
  get isBusy(): boolean {
    return this.callers.size > 0;
  }

  /** Whether it is what runs want. */
  serves({ device, files, capacity, variables }: Wanted): boolean {
    const own = this.options;
    // The files themselves, since another one may have the descriptor of one that was closed.
    const hasFiles = files.length === own.files.length && files.every((file, i) => file === own.files[i]);
    return device === own.device && hasFiles && capacity <= own.capacity && isEqual(variables, own.variables);
  }

  /**
   * Executes a run, for which the process must be free. Rejects with the reason where that fails, with `ProcessEnded` where the process
   * ends, and with `CannotStart` where it has never been ready.
   */
  execute(task: Task, watcher: Watcher): Promise<Outcome> {
    return new Promise((outcome, reject) => {
      const wantsAutoencoder = watcher.pretrained !== undefined;
      this.request({ work: 'execute', task, wantsAutoencoder }, { outcome, reject, watcher });
    });
  }

  /** Only trains the autoencoder that a run starts from; else as `execute`. */
  pretrain(task: Task, progress: Watcher['progress']): Promise<Pretrained> {
    return new Promise((autoencoder, reject) => {
      const caller = { autoencoder, reject, watcher: { progress } };
      this.request({ work: 'pretrain', task, wantsAutoencoder: false }, caller);
    });
  }

  private request(request: Request, caller: Caller): void {
    this.callers.set(request.task.run.id, caller);
    // Where it cannot be sent, the process has ended or never was, and why comes with its end.
    if (this.child.connected) this.child.send(request, () => {});
  }

  /** Ends the process at once. */
  async kill(): Promise<void> {
    this.starting = false;
    this.lastWords ??= 'aborted';
    this.child.kill('SIGKILL');
    await this.ended;
  }

  /** Ends the process where it is not ready yet: it cannot start, for this reason. */
  giveUp(reason: string): void {
    if (!this.starting) return;
    this.lastWords ??= reason;
    this.child.kill('SIGKILL');
  }

  private receive(answer: Answer): void {
    switch (answer.type) {
      case 'ready':
        this.starting = false;
        clearTimeout(this.overdue);
        process.stderr.write(visible(this.stderr));
        break;
      case 'progress':
        this.callers.get(answer.run)?.watcher.progress(answer.progress);
        break;
      case 'pretrained':
        this.callers.get(answer.run)?.watcher.pretrained?.(answer.autoencoder);
        break;
      case 'outcome':
        this.settle(answer.run)?.outcome?.(answer.outcome);
        break;
      case 'autoencoder':
        this.settle(answer.run)?.autoencoder?.(answer.pretrained);
        break;
      case 'failure':
        this.settle(answer.run)?.reject(new Error(answer.reason));
        break;
      case 'notice':
        this.options.notice(answer.text);
        break;
      case 'last words':
        this.lastWords ??= answer.reason;
    }
  }

  /** Who waits for a run, and waits no more. */
  private settle(run: string): Caller | undefined {
    const caller = this.callers.get(run);
    this.callers.delete(run);
    return caller;
  }

  private reasonOf(code: number | null, signal: NodeJS.Signals | null): string {
    // V8 ends by SIGABRT then, as much else does.
    if (this.stderr.includes('JavaScript heap out of memory')) {
      return `the worker process ran out of memory: its JavaScript objects took more than ${HEAP_LIMIT} MB`;
    }
    const said = this.starting ? errorIn(this.stderr) : '';
    if (signal === null) return `the worker process ended with exit code ${code}${said}`;
    return `the worker process was ended by ${signal}${signal === 'SIGKILL' ? ' (out of memory?)' : ''}${said}`;
  }
}

/** What a process wrote of why it ended: the error that Node puts before a stack, else its first words. */
function errorIn(stderr: string): string {
  const [line] = /^\w*Error\b.*$/m.exec(stderr) ?? /^.*\S.*$/m.exec(stderr) ?? [];
  return line === undefined ? '' : `: ${line.trim()}`;
}

/** Why the system starts no process. */
export function refusalOf({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'EAGAIN':
      return `the system starts no further process (${code}): execute fewer runs at a time, or raise the limit of processes (ulimit -u)`;
    case 'EMFILE':
    case 'ENFILE':
      return `the system opens no further file (${code}): execute fewer runs at a time, or raise the limit of open files (ulimit -n)`;
    default:
      return message;
  }
}
