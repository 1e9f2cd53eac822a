import type { Weights } from '../../networks/network.js';
import { MemoryRefused } from './allocate.js';
import { LaneBlock, type Step, type Tenant } from './block.js';
import type { Gpu } from './gpu.js';
import { contentOf, type Pool, PoolFull, wordsOf } from './pool.js';
import type { Program } from './program.js';

/** The most chunks that an evaluation takes at once. */
export const CHUNKS = 64;

/** Samples of a chunk. */
export const CHUNK = 128;

/** Evaluations of one network, whose lanes are chunks of samples. */
export class EvaluationBlock implements Tenant {
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
    this.block = new LaneBlock(gpu, pool, program, lanes, 1);
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
    let chunks = block.lanes;
    const content = contentOf(samples);
    for (let first = 0; first < count; ) {
      const end = Math.min(count, first + chunks * program.samples);
      const some = content.subarray(first * program.inputSize, end * program.inputSize);
      try {
        outputs.set(await this.outputsOf(some, end - first), first * program.outputSize);
        first = end;
      } catch (error) {
        if (chunks === 1 || !(error instanceof PoolFull || error instanceof MemoryRefused)) throw error;
        chunks = Math.floor(chunks / 2);
      }
    }
    return outputs;
  }

  /** The outputs of no more samples than lanes take at once. */
  private async outputsOf(samples: Uint8Array | Float32Array, count: number): Promise<Float32Array> {
    const { block, pool, program } = this;
    const [order, rows] = await pool.reserve([count, wordsOf(samples)]);
    pool.write(
      order.from,
      Uint32Array.from({ length: count }, (_, i) => i),
    );
    pool.write(rows.from, samples);
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
