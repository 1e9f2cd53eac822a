import { EventEmitter, once } from 'node:events';
import { sumBy } from 'es-toolkit/math/sumBy';
import { UserError } from '../../errors.js';
import type { Network, Weights } from '../../networks/network.js';
import type { TrainingTask } from '../engine.js';
import type { Objective } from '../objective.js';
import { allocate, MemoryRefused } from './allocate.js';
import type { Tenant } from './block.js';
import { CHUNK, CHUNKS, EvaluationBlock } from './evaluation-block.js';
import { slopeExpression } from './formula.js';
import type { Gpu } from './gpu.js';
import { SHARES } from './memory.js';
import { Pool, PoolFull } from './pool.js';
import {
  bytesOfLane,
  evaluationProgram,
  lanesWithin,
  type Program,
  samplePlaces,
  trainingProgram,
} from './program.js';
import { type LaneTraining, TrainingBlock } from './training-block.js';

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
  /** Runs in lanes that want memory for an evaluation, and give none back before they have it. */
  private stuck = 0;
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
   * Starts a training in a lane of its own, beside others of the same network, places of a batch and kind of objective, once there is one,
   * and room for its samples. Who waits for that must hold no other lane, or all might wait for each other.
   *
   * @throws Error where the GPU fails; UserError where it has no memory even for one lane, or its samples
   */
  train(network: Network, weights: Weights, task: TrainingTask): Promise<LaneTraining> {
    const { gpu, pool, options } = this;
    const { objective, batchSize } = task;
    const batch = Math.min(batchSize, task.semiTargets.length);
    const key = JSON.stringify([network, samplePlaces(batch), formulaKey(objective)]);
    const blocks = this.trainings.get(key) ?? new Set();
    this.trainings.set(key, blocks);
    const forget = (block: TrainingBlock) => void blocks.delete(block);
    const enter = async (block: TrainingBlock) => {
      let end = TRAINED_ON * this.room;
      for (;;) {
        try {
          return await block.enter(weights, task, batch, end);
        } catch (error) {
          if (error instanceof MemoryRefused) {
            if (this.evict(block)) continue;
            if (!this.goesOn) throw error;
            this.tellOnce('the GPU has no memory for the samples of another run; it waits for others to end');
            return undefined;
          }
          if (!(error instanceof PoolFull)) throw error;
          const others = this.inLanes;
          if (others > 0) {
            this.tellOnce(
              `the room for samples on the GPU holds those of ${others} of ${options.lanes} runs at a time; the others wait`,
            );
            return undefined;
          }
          // What does not fit even alone is refused with the reason.
          if (end === pool.most) throw error;
          end = pool.most;
        }
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

  /**
   * The evaluation of a network on all its samples.
   *
   * @param inLane whether it is that of a run that trains, and stays in its lane until this ends
   * @throws UserError where the GPU has no memory for it, and nothing goes on that will give some back
   */
  async evaluate(
    network: Network,
    weights: Weights,
    samples: Float32Array,
    inLane: boolean,
  ): Promise<Float32Array> {
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
    }, inLane);
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
  private async whenThereIsRoom<T>(attempt: () => Promise<T | undefined>, inLane = false): Promise<T> {
    const lanes = Number(inLane);
    for (;;) {
      const left = once(this.left, 'left');
      const mine = this.turn.then(() => {
        this.stuck += lanes;
        return attempt();
      });
      this.turn = mine.catch(() => {});
      try {
        const found = await mine;
        if (found !== undefined) return found;
        await left;
      } finally {
        this.stuck -= lanes;
      }
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
    let refused: { readonly lanes: number; readonly error: MemoryRefused } | undefined;
    while (lanes >= 1) {
      try {
        const made = await allocate(gpu, () => make(lanes));
        tenants.push(made);
        if (refused && !this.refused) {
          this.refused = true;
          options.notice?.(`the GPU has no memory for ${refused.lanes} lanes; ${lanes} are taken`);
        }
        return made;
      } catch (error) {
        if (!(error instanceof MemoryRefused)) throw error;
        if (this.evict()) continue;
        refused ??= { lanes, error };
        lanes = Math.floor(lanes / 2);
      }
    }
    if (refused && !this.goesOn) throw refused.error;
    return undefined;
  }

  /** Whether anything trains or is evaluated that comes to an end by itself: those that are stuck would wait for each other. */
  private get goesOn(): boolean {
    return this.inLanes > this.stuck || this.evaluationQuarters.tenants.some(({ idle }) => !idle);
  }

  /** How many runs are in lanes. */
  private get inLanes(): number {
    return sumBy(
      [...this.trainings.values()].flatMap((blocks) => [...blocks]),
      ({ busy }) => busy,
    );
  }

  /** Ends a block in which nothing goes on, another than `kept`; false where there is none. */
  private evict(kept?: Tenant): boolean {
    return this.allTenants.some((tenants) => this.evictFrom(tenants, kept));
  }

  private get allTenants(): Tenant[][] {
    return [this.trainingQuarters.tenants, this.evaluationQuarters.tenants];
  }

  /** Ends the first of blocks in which nothing goes on, another than `kept`; false where there is none. */
  private evictFrom(tenants: Tenant[], kept?: Tenant): boolean {
    const idle = tenants.findIndex((tenant) => tenant.idle && tenant !== kept);
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
