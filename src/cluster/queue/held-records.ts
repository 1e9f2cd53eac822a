import { resolve } from 'node:path';
import { counted } from '../../messages/counted.js';
import { shellWord } from '../../messages/shell-word.js';
import type { Environment } from '../../results/environment.js';
import type { RunRecord } from '../../results/record.js';
import { ResultsFolder } from '../../results/results-folder.js';
import type { Trace } from '../../results/trace.js';
import { runsOfPlan, type SweepPlan } from '../plan.js';

/**
 * The records of a sweep that Redis does not take before their worker has to leave: a results folder in the working directory, as a part of
 * a sweep on a machine of its own has one. Putting it together with that of the sweep brings them in.
 */
export class HeldRecords {
  private readonly folder: string;
  private results: ResultsFolder | undefined;
  private failure: string | undefined;
  private held = 0;

  /** @param worker whose they are */
  constructor(
    private readonly plan: SweepPlan,
    private readonly worker: string,
  ) {
    this.folder = resolve(`deepsad-${plan.id}`);
  }

  /** How many there are, those too that could not be written. */
  get count(): number {
    return this.held;
  }

  /** Writes one, as far as it can be written. */
  async keep(record: RunRecord, environment: Environment, trace: Trace | undefined): Promise<void> {
    this.held += 1;
    try {
      const part = { name: this.worker, once: false };
      this.results ??= await ResultsFolder.open(this.folder, runsOfPlan(this.plan), part);
      await this.results.append(record, environment, trace);
    } catch (error) {
      this.failure = (error as Error).message;
    }
  }

  /** What became of them, in words. */
  said(): string {
    const which = `${counted(this.held, 'record')} could not be given to Redis`;
    if (this.failure !== undefined) {
      return `${which}, nor all be written here (${this.failure}): others compute again what is lost`;
    }
    const [from, to] = [`${this.folder}/.`, this.plan.directory].map(shellWord);
    return `${which}; where the sweep was submitted, this brings in what is in the folder here:\n    cp -r ${from} ${to}`;
  }

  /** Lets go of the folder. */
  close(): void {
    this.results?.close();
  }
}
