import type { Weights } from '../../networks/network.js';
import { BiasCorrections, correctedStep } from '../adam.js';
import type { TrainingTask } from '../engine.js';
import { lossOf } from '../objective.js';
import { LaneBlock, type Step, type Tenant } from './block.js';
import type { Gpu } from './gpu.js';
import type { Pool, Range, ResidentSamples } from './pool.js';
import { NUMBER_COUNT, type TrainingProgram } from './program.js';

/**
 * Milliseconds that a submit should take at most. Systems take a GPU for hung that has been at one for seconds, and reset it: two on
 * Windows.
 */
const SUBMIT_TIME = 100;

/** Runs that train one network together. */
export class TrainingBlock implements Tenant {
  readonly block: LaneBlock;
  readonly bytes: number;
  private readonly lanes: (LaneTraining | undefined)[];
  private submits = 0;
  private scheduled = false;
  /** Resolves once the results of all submits so far are taken. */
  private taken: Promise<void> = Promise.resolve();
  private readonly rounds: RoundCount;

  /**
   * @param rounds the most of a submit, where they are not to be found out
   * @param forget is called when it is destroyed
   */
  constructor(
    gpu: Gpu,
    readonly pool: Pool,
    readonly program: TrainingProgram,
    lanes: number,
    rounds: number | undefined,
    private readonly forget: (block: TrainingBlock) => void,
  ) {
    this.rounds = new RoundCount(program.results.rounds, rounds);
    this.block = new LaneBlock(gpu, pool, program, lanes, lanes);
    this.bytes = this.block.bytes;
    this.lanes = new Array(lanes).fill(undefined);
  }

  get idle(): boolean {
    return this.busy === 0;
  }

  /** Lanes in which runs are. */
  get busy(): number {
    return this.lanes.length - this.free;
  }

  destroy(): void {
    this.forget(this);
    this.block.destroy();
  }

  get free(): number {
    return this.lanes.filter((lane) => lane === undefined).length;
  }

  /**
   * Gives a run a free lane.
   *
   * @param end the word of the pool before which what it brings is to end
   * @throws PoolFull where that finds no room; MemoryRefused where the GPU has none for it
   */
  async enter(weights: Weights, task: TrainingTask, batch: number, end: number): Promise<LaneTraining> {
    const { block, program } = this;
    const { objective } = task;
    const data = await this.bring(task, end);
    const lane = this.lanes.indexOf(undefined);
    const base = lane * program.lane;
    block.writeWeights(lane, weights);
    for (const moment of program.moments) block.clear(base + moment, program.parameters);
    block.write(base + program.numbers, Float32Array.from(objective.numbers));
    const { target } = objective;
    if (typeof target === 'object') block.write(base + (program.center as number), target.center);
    const training = new LaneTraining(this, lane, task, batch, data);
    this.lanes[lane] = training;
    return training;
  }

  /** Brings what a run trains on to the device, or nothing of it. */
  private async bring({ samples, semiTargets }: TrainingTask, end: number): Promise<LaneData> {
    const { pool } = this;
    const [order, targets] = await pool.reserve([semiTargets.length, semiTargets.length], end);
    pool.write(targets.from, Int32Array.from(semiTargets));
    try {
      return { order, semiTargets: targets, samples: await pool.bring(samples, end) };
    } catch (error) {
      for (const range of [order, targets]) pool.free(range);
      throw error;
    }
  }

  leave(lane: number): void {
    this.lanes[lane] = undefined;
  }

  /** Takes up what lanes wait for, once all that come in this turn of the event loop are there. */
  schedule(): void {
    if (this.scheduled) return;
    this.scheduled = true;
    setImmediate(async () => {
      try {
        const pipelines = await this.block.pipelines;
        this.scheduled = false;
        while (this.submits < this.program.results.submits && this.submit(pipelines));
      } catch (error) {
        this.scheduled = false;
        // Those too that have come since: nothing will take them up.
        for (const lane of this.lanes) lane?.fail(error as Error);
      }
    });
  }

  /** Encodes the next steps of all lanes; false where there are none. */
  private submit(pipelines: readonly GPUComputePipeline[]): boolean {
    const busy = this.lanes.filter((lane) => lane !== undefined && lane.left > 0) as LaneTraining[];
    if (busy.length === 0) return false;
    const rounds = Math.min(this.rounds.now, Math.max(4, Math.min(...busy.map(({ left }) => left))));
    const steps: (Step | undefined)[][] = [];
    const batches: { lane: LaneTraining; at: number; batch: Uint32Array }[] = [];
    for (let round = 0; round < rounds; round++) {
      const row = new Array<Step | undefined>(this.lanes.length).fill(undefined);
      for (const lane of busy) {
        if (lane.left === 0) continue;
        const { step, batch } = lane.next();
        row[lane.lane] = step;
        batches.push({ lane, at: round * this.lanes.length + lane.lane, batch });
      }
      steps.push(row);
    }
    const began = performance.now();
    const read = this.block.encode(pipelines, steps);
    this.submits++;
    const done = new Set(busy.filter(({ left }) => left === 0));
    // WebGPU does not promise that of two buffers the one that was asked for first can be read first.
    this.taken = Promise.all([read(), this.taken])
      .then(
        ([results]) => {
          this.rounds.learn(rounds, began);
          const size = this.program.results.size;
          for (const { lane, at, batch } of batches)
            lane.take(results.subarray(at * size, (at + 1) * size), batch);
          for (const lane of done) lane.finish();
        },
        (error) => {
          for (const lane of busy) lane.fail(error);
        },
      )
      .finally(() => {
        this.submits--;
        this.schedule();
      });
    return true;
  }
}

/** How many rounds a submit has: as many as take the time that one should, which is found out as they go. No result depends on it. */
class RoundCount {
  now: number;
  /** Milliseconds of a round, the latest counting most. */
  private each: number | undefined;
  /** When the latest submit was done. */
  private last = 0;

  /**
   * @param most the most of a submit
   * @param fixed how many, where that is not to be found out
   */
  constructor(
    private readonly most: number,
    private readonly fixed: number | undefined,
  ) {
    this.now = fixed ?? 1;
  }

  /** Learns from a submit that is done, of so many rounds, which was given to the GPU at `began`. */
  learn(rounds: number, began: number): void {
    const end = performance.now();
    const each = (end - Math.max(began, this.last)) / rounds;
    this.last = end;
    // This process may have been busy as one was done, so that the next seems to have taken no time.
    this.each = this.each === undefined ? each : (this.each + each) / 2;
    if (this.fixed !== undefined) return;
    this.now = Math.max(1, Math.min(Math.floor(SUBMIT_TIME / this.each), 2 * this.now, this.most));
  }
}

/** What an epoch waits for. */
interface Waiting {
  readonly order: Uint32Array;
  readonly rate: number;
  taken: number;
  loss: number;
  batches: number;
  resolve(loss: number): void;
  reject(error: Error): void;
}

/** What a run brings to the device. */
interface LaneData {
  /** Room for the order of an epoch. */
  readonly order: Range;
  readonly semiTargets: Range;
  readonly samples: ResidentSamples;
}

/** A run's training in its lane. */
export class LaneTraining {
  waiting: Waiting | undefined;
  private steps = 0;
  private readonly corrections = new BiasCorrections();

  constructor(
    readonly owner: TrainingBlock,
    readonly lane: number,
    private readonly task: TrainingTask,
    private readonly batch: number,
    private readonly data: LaneData,
  ) {}

  /** @param order no more samples than there are */
  epoch(order: Uint32Array, rate: number): Promise<number> {
    this.owner.pool.write(this.data.order.from, order);
    return new Promise((resolve, reject) => {
      this.waiting = { order, rate, taken: 0, loss: 0, batches: 0, resolve, reject };
      this.owner.schedule();
    });
  }

  /** Steps of the epoch that are not under way yet. */
  get left(): number {
    const { waiting } = this;
    return waiting ? Math.ceil((waiting.order.length - waiting.taken) / this.batch) : 0;
  }

  /** The next step, and the samples of its batch. */
  next(): { step: Step; batch: Uint32Array } {
    const waiting = this.waiting as Waiting;
    const { samples, semiTargets } = this.data;
    const batch = waiting.order.subarray(waiting.taken, waiting.taken + this.batch);
    const order = this.data.order.from + waiting.taken;
    waiting.taken += batch.length;
    this.steps++;
    const { follows } = this.task.objective;
    return {
      batch,
      step: {
        ...{ count: batch.length, order, weights: this.owner.block.slot(this.lane) },
        ...{ rows: samples.range.from, bytes: samples.bytes, semiTargets: semiTargets.from },
        ...correctedStep(waiting.rate, this.corrections.next()),
        decay: this.task.weightDecay,
        follows: follows !== undefined && this.steps >= follows.from,
      },
    };
  }

  /** Adds the loss of a batch, from its squared distances, or outputs, and the numbers of its step. */
  take(results: Float32Array, batch: Uint32Array): void {
    const waiting = this.waiting;
    if (!waiting) return;
    const { objective, semiTargets } = this.task;
    const numbers = Array.from(results.subarray(results.length - NUMBER_COUNT));
    let sum = 0;
    for (let i = 0; i < batch.length; i++)
      sum += lossOf(objective, results[i], semiTargets[batch[i]], numbers);
    waiting.loss += sum / batch.length;
    waiting.batches++;
  }

  finish(): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.resolve(waiting.loss / waiting.batches);
  }

  fail(error: Error): void {
    const { waiting } = this;
    this.waiting = undefined;
    waiting?.reject(error);
  }

  /** The weights as they are now, one after the other as the program places them. */
  async weights(): Promise<Float32Array> {
    const { block, program } = this.owner;
    return block.readArena(block.slot(this.lane), program.slot);
  }

  /** Leaves the lane to another run. */
  dispose(): void {
    const { pool } = this.owner;
    pool.release(this.task.samples);
    for (const range of [this.data.semiTargets, this.data.order]) pool.free(range);
    this.owner.leave(this.lane);
  }
}
