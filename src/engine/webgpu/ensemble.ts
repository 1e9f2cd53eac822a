import { EventEmitter, once } from 'node:events';
import { sumBy } from 'es-toolkit/math/sumBy';
import { UserError } from '../../errors.js';
import type { Network, Weights } from '../../networks/network.js';
import type { TrainingTask } from '../engine.js';
import { lossOf, type Objective } from '../objective.js';
import { LaneBlock, type Step } from './block.js';
import { slopeExpression } from './formula.js';
import type { Gpu } from './gpu.js';
import { SHARES } from './memory.js';
import { contentOf, Pool, PoolFull, type Range, type ResidentSamples } from './pool.js';
import {
  bytesOfLane,
  evaluationProgram,
  lanesWithin,
  NUMBER_COUNT,
  type Program,
  type TrainingProgram,
  trainingProgram,
} from './program.js';

/** The most rounds of a submit, and submits under way: the GPU has work while the host reads the losses of what is done. */
const ROUNDS = 16;
const SUBMITS = 2;
/**
 * Milliseconds that a submit should take at most. Systems take a GPU for hung that has been at one for seconds, and reset it: two on
 * Windows.
 */
const SUBMIT_TIME = 100;

/** The most chunks that an evaluation takes at once. */
const CHUNKS = 64;
/** Samples of a chunk. */
const CHUNK = 128;
/**
 * The parts of the room for samples that may have been taken when those of a training come, and that an evaluation takes: several then find
 * room beside all that is trained on.
 */
const TRAINED_ON = 0.75;
const EVALUATED = 1 / 16;

export interface EnsembleOptions {
  /** The most runs that train together. */
  readonly lanes: number;
  /** Bytes of the device that they may take. */
  readonly memory: number;
  /** The most rounds of a submit, where they are not to be as many as take the time that one should. */
  readonly rounds?: number;
  /** Is told, in words, where that does not hold all of them, or the GPU refuses memory within it. */
  readonly notice?: ((text: string) => void) | undefined;
}

/** A block of lanes and the bytes that it takes. */
interface Tenant {
  readonly bytes: number;
  /** Whether nothing goes on in it. */
  readonly idle: boolean;
  destroy(): void;
}

/** Blocks that share a part of the memory, the one made first first. */
interface Quarters {
  /** Bytes. */
  readonly memory: number;
  readonly tenants: Tenant[];
}

/**
 * All that trains and is evaluated on a GPU: blocks of lanes by what their programs differ in, made when they are first needed. Where the
 * memory does not allow another, blocks in which nothing goes on make room, and a run waits for a lane that becomes free.
 */
export class Ensemble {
  readonly pool: Pool;
  private readonly trainings = new Map<string, Set<TrainingBlock>>();
  private readonly evaluations = new Map<string, EvaluationBlock>();
  private readonly trainingQuarters: Quarters;
  private readonly evaluationQuarters: Quarters;
  /** Words of the pool that samples may take; more, where they are those of one run alone. */
  private readonly room: number;
  private turn: Promise<unknown> = Promise.resolve();
  private readonly left = new EventEmitter();
  private refused = false;
  private told = false;

  constructor(
    readonly gpu: Gpu,
    readonly options: EnsembleOptions,
  ) {
    const { memory } = options;
    this.pool = new Pool(gpu);
    this.trainingQuarters = { memory: SHARES.training * memory, tenants: [] };
    this.evaluationQuarters = { memory: SHARES.evaluation * memory, tenants: [] };
    this.room = Math.min(this.pool.most, (SHARES.samples * memory) / 4);
    // Each run may wait.
    this.left.setMaxListeners(0);
  }

  /**
   * Starts a training in a lane of its own, beside others of the same network, batch size and kind of objective, once there is one, and room
   * for its samples. Who waits for that must hold no other lane, or all might wait for each other.
   *
   * @throws Error where the GPU fails; UserError where it has no memory even for one lane, or its samples
   */
  train(network: Network, weights: Weights, task: TrainingTask): Promise<LaneTraining> {
    const { gpu, pool, options } = this;
    const { objective, batchSize } = task;
    const batch = Math.min(batchSize, task.semiTargets.length);
    const key = JSON.stringify([network, batch, formulaKey(objective)]);
    const blocks = this.trainings.get(key) ?? new Set();
    this.trainings.set(key, blocks);
    const forget = (block: TrainingBlock) => void blocks.delete(block);
    const enter = (block: TrainingBlock) => {
      try {
        return block.enter(weights, task, batch, TRAINED_ON * this.room);
      } catch (error) {
        if (!(error instanceof PoolFull)) throw error;
        const others = sumBy(
          [...this.trainings.values()].flatMap((each) => [...each]),
          ({ busy }) => busy,
        );
        // What does not fit even alone is refused with the reason.
        if (others === 0) return block.enter(weights, task, batch, pool.most);
        this.tellOnce(
          `the room for samples on the GPU holds those of ${others} of ${options.lanes} runs at a time; the others wait`,
        );
        return undefined;
      }
    };
    return this.whenThereIsRoom(async () => {
      const free = [...blocks].find((block) => block.free > 0);
      if (free) return enter(free);
      const program = trainingProgram(network, batch, objective, gpu.tiling);
      this.tellOfWaiting(program);
      const made = await this.settle(
        this.trainingQuarters,
        program,
        options.lanes,
        (lanes) => new TrainingBlock(gpu, pool, program, lanes, options.rounds, forget),
      );
      if (made) blocks.add(made);
      return made && enter(made);
    });
  }

  /** Frees the lane of a training. */
  leave(training: LaneTraining): void {
    training.dispose();
    this.left.emit('left');
  }

  /** The evaluation of a network on all its samples. */
  async evaluate(network: Network, weights: Weights, samples: Float32Array): Promise<Float32Array> {
    const { gpu, pool, evaluations } = this;
    const key = JSON.stringify(network);
    const block = await this.whenThereIsRoom(async () => {
      const found = evaluations.get(key);
      if (found) return found.taken();
      const program = evaluationProgram(network, CHUNK, gpu.tiling);
      const brought = Math.floor((EVALUATED * this.room) / (CHUNK * program.inputSize));
      const made = await this.settle(
        this.evaluationQuarters,
        program,
        Math.max(1, Math.min(CHUNKS, brought)),
        (lanes) => new EvaluationBlock(gpu, pool, program, lanes, () => evaluations.delete(key)),
      );
      if (made) evaluations.set(key, made);
      return made?.taken();
    });
    return block.evaluate(weights, samples).finally(() => this.left.emit('left'));
  }

  /** Says where the memory that runs may take does not hold all of them at a time, by the lanes of this network. */
  private tellOfWaiting(program: Program): void {
    const { lanes, memory } = this.options;
    const held = lanesWithin(program, this.trainingQuarters.memory, Number.POSITIVE_INFINITY);
    if (held >= lanes) return;
    const [all, wanted] = [memory, bytesOfLane(program) / SHARES.training].map(gigabytes);
    this.tellOnce(
      held < 1
        ? `a run wants ${wanted} of the GPU's memory, more than the ${all} that runs may take; they train one at a time`
        : `the ${all} of the GPU's memory that runs may take hold ${held} of ${lanes} at a time; the others wait`,
    );
  }

  /** Says what runs wait for, which need not be said of each. */
  private tellOnce(text: string): void {
    if (!this.told) this.options.notice?.(text);
    this.told = true;
  }

  /** Tries until something comes of it, again each time that a lane or an evaluation is left; one tries at a time. */
  private async whenThereIsRoom<T>(attempt: () => Promise<T | undefined>): Promise<T> {
    for (;;) {
      const left = once(this.left, 'left');
      const mine = this.turn.then(attempt);
      this.turn = mine.catch(() => {});
      const found = await mine;
      if (found !== undefined) return found;
      await left;
    }
  }

  /**
   * Makes a block with as many lanes as memory allows, up to `most`, and half as many as long as the GPU refuses them.
   *
   * @returns undefined where it has to wait for others to end
   * @throws UserError where there is none even for one lane
   */
  private async settle<T extends Tenant>(
    { memory, tenants }: Quarters,
    program: Program,
    most: number,
    make: (lanes: number) => T,
  ): Promise<T | undefined> {
    const { gpu, options } = this;
    const largest = lanesWithin(program, Number.POSITIVE_INFINITY, gpu.largestBuffer);
    if (largest < 1) {
      throw new UserError(
        'no buffer of this GPU holds a lane of this network; choose a smaller one, or another device',
      );
    }
    const room = () => {
      const taken = tenants.reduce((sum, { bytes }) => sum + bytes, 0);
      return lanesWithin(program, memory - taken, gpu.largestBuffer);
    };
    const wanted = Math.min(most, largest);
    while (room() < wanted && this.evictFrom(tenants));
    // Where nothing else is there, one lane is tried whatever the budget says.
    let lanes = Math.max(Math.min(wanted, room()), tenants.length === 0 ? 1 : 0);
    let refused: { readonly lanes: number; readonly message: string } | undefined;
    while (lanes >= 1) {
      gpu.device.pushErrorScope('out-of-memory');
      const made = make(lanes);
      const error = await gpu.device.popErrorScope();
      if (!error) {
        if (refused && !this.refused) {
          this.refused = true;
          options.notice?.(`the GPU has no memory for ${refused.lanes} lanes; ${lanes} are taken`);
        }
        tenants.push(made);
        return made;
      }
      made.destroy();
      if (this.allTenants.some((each) => this.evictFrom(each))) continue;
      refused ??= { lanes, message: error.message };
      lanes = Math.floor(lanes / 2);
    }
    if (refused && this.allTenants.every(({ length }) => length === 0))
      throw new UserError(`the GPU failed: ${refused.message}`);
    return undefined;
  }

  private get allTenants(): Tenant[][] {
    return [this.trainingQuarters.tenants, this.evaluationQuarters.tenants];
  }

  /** Ends the first of blocks in which nothing goes on; false where there is none. */
  private evictFrom(tenants: Tenant[]): boolean {
    const idle = tenants.findIndex((tenant) => tenant.idle);
    if (idle < 0) return false;
    tenants.splice(idle, 1)[0].destroy();
    return true;
  }
}

function gigabytes(bytes: number): string {
  return `${Number((bytes / 1e9).toPrecision(2))} GB`;
}

/** Objectives that make one program can share it, whatever their numbers. */
function formulaKey(objective: Objective): string {
  const { target, follows } = objective;
  const kind = typeof target === 'object' ? 'center' : target;
  return JSON.stringify([kind, slopeExpression(objective), follows?.number, follows?.quantile]);
}

/** Runs that train one network together. */
class TrainingBlock implements Tenant {
  readonly block: LaneBlock;
  readonly bytes: number;
  private readonly lanes: (LaneTraining | undefined)[];
  private submits = 0;
  private scheduled = false;
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
    this.rounds = new RoundCount(rounds);
    const { most } = this.rounds;
    this.block = new LaneBlock(gpu, pool, program, lanes, lanes, most, program.samples + NUMBER_COUNT);
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
   * @throws PoolFull where that finds no room
   */
  enter(weights: Weights, task: TrainingTask, batch: number, end: number): LaneTraining {
    const { block, program, pool } = this;
    const { objective, samples, semiTargets } = task;
    const data = pool.all(() => ({
      order: pool.reserve(semiTargets.length, end),
      semiTargets: pool.take(Int32Array.from(semiTargets), end),
      samples: pool.bring(samples, end),
    }));
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
        while (this.submits < SUBMITS && this.submit(pipelines));
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
    read()
      .then(
        (results) => {
          this.rounds.learn(rounds, began);
          const size = this.block.resultSize;
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
  readonly most: number;
  now: number;
  /** Milliseconds of a round, the latest counting most. */
  private each: number | undefined;
  /** When the latest submit was done. */
  private last = 0;

  /** @param fixed how many, where that is not to be found out */
  constructor(private readonly fixed: number | undefined) {
    this.most = fixed ?? ROUNDS;
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

/** A run's training in its lane. */
export class LaneTraining {
  waiting: Waiting | undefined;
  private steps = 0;
  /** β₁ᵗ and β₂ᵗ after t steps. */
  private power1 = 1;
  private power2 = 1;

  constructor(
    readonly owner: TrainingBlock,
    readonly lane: number,
    private readonly task: TrainingTask,
    private readonly batch: number,
    private readonly data: {
      /** Room for the order of an epoch. */
      readonly order: Range;
      readonly semiTargets: Range;
      readonly samples: ResidentSamples;
    },
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
    this.power1 *= 0.9;
    this.power2 *= 0.999;
    const correction = Math.sqrt(1 - this.power2);
    const { follows } = this.task.objective;
    return {
      batch,
      step: {
        ...{ count: batch.length, order, weights: this.owner.block.slot(this.lane) },
        ...{ rows: samples.range.from, bytes: samples.bytes, semiTargets: semiTargets.from },
        ...{ rate: (waiting.rate * correction) / (1 - this.power1), epsilon: 1e-8 * correction },
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

/** Evaluations of one network, whose lanes are chunks of samples. */
class EvaluationBlock implements Tenant {
  readonly bytes: number;
  private readonly block: LaneBlock;
  private last: Promise<unknown> = Promise.resolve();
  /** Evaluations under way, or about to be. */
  private users = 0;

  /** @param forget is called when it is destroyed */
  constructor(
    gpu: Gpu,
    private readonly pool: Pool,
    private readonly program: Program,
    lanes: number,
    private readonly forget: () => void,
  ) {
    this.block = new LaneBlock(gpu, pool, program, lanes, 1, 1, program.samples * program.outputSize);
    this.bytes = this.block.bytes;
  }

  get idle(): boolean {
    return this.users === 0;
  }

  destroy(): void {
    this.forget();
    this.block.destroy();
  }

  /** Itself, kept for an evaluation that is about to begin. */
  taken(): this {
    this.users++;
    return this;
  }

  /** One after the other, as they share a slot for weights. */
  evaluate(weights: Weights, samples: Float32Array): Promise<Float32Array> {
    const mine = this.last.then(() => this.run(weights, samples));
    this.last = mine.catch(() => {});
    return mine.finally(() => this.users--);
  }

  private async run(weights: Weights, samples: Float32Array): Promise<Float32Array> {
    const { block, program } = this;
    block.writeWeights(0, weights);
    const count = samples.length / program.inputSize;
    const outputs = new Float32Array(count * program.outputSize);
    const each = program.samples * block.lanes;
    const content = contentOf(samples);
    for (let first = 0; first < count; first += each) {
      const end = Math.min(count, first + each);
      const some = content.subarray(first * program.inputSize, end * program.inputSize);
      outputs.set(await this.outputsOf(some, end - first), first * program.outputSize);
    }
    return outputs;
  }

  /** The outputs of no more samples than lanes take at once. */
  private async outputsOf(samples: Uint8Array | Float32Array, count: number): Promise<Float32Array> {
    const { block, pool, program } = this;
    const { order, rows } = pool.all(() => ({
      order: pool.take(Uint32Array.from({ length: count }, (_, i) => i)),
      rows: pool.take(samples),
    }));
    const bytes = samples instanceof Uint8Array;
    const steps = Array.from({ length: block.lanes }, (_, lane): Step | undefined => {
      const from = lane * program.samples;
      if (from >= count) return undefined;
      return {
        ...{ count: Math.min(program.samples, count - from), order: order.from + from },
        ...{ weights: block.slot(0), rows: rows.from, bytes },
        ...{ semiTargets: 0, follows: false, rate: 0, epsilon: 0, decay: 0 },
      };
    });
    try {
      return (await block.submit([steps])).subarray(0, count * program.outputSize);
    } finally {
      for (const range of [order, rows]) pool.free(range);
    }
  }
}
