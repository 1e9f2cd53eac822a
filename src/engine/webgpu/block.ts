import { setTimeout } from 'node:timers/promises';
import type { Weights } from '../../networks/network.js';
import { allocate } from './allocate.js';
import type { Gpu } from './gpu.js';
import { pipelinesOf } from './gpu.js';
import type { Pool } from './pool.js';
import { GRADIENT_KERNELS, type Program } from './program.js';

/** A block of lanes and the bytes that it takes. */
export interface Tenant {
  readonly bytes: number;
  /** Whether nothing goes on in it. */
  readonly idle: boolean;
  destroy(): void;
}

/** What a lane does in a round; all places are in floats of the arena or words of the pool. */
export interface Step {
  /** Samples of the batch. */
  readonly count: number;
  /** Where the rows of the batch begin. */
  readonly order: number;
  readonly weights: number;
  readonly rows: number;
  readonly bytes: boolean;
  readonly rate: number;
  readonly epsilon: number;
  readonly decay: number;
  readonly semiTargets: number;
  readonly follows: boolean;
}

/** 32-bit words of a step in the plan, as kernels/common.wgsl has it. */
const STEP_WORDS = 10;
/** What uniforms with a dynamic offset are apart. */
const ROUND_BYTES = 256;

/** A block's buffers as kernels see them. */
interface Bindings {
  readonly writing: GPUBindGroup;
  readonly reading: GPUBindGroup;
  readonly round: GPUBindGroup;
}

/**
 * Lanes of one program: an arena in which each has its memory, and slots for weights behind it. A submit is some rounds, in each of which
 * every lane takes a step or is idle; nothing in a kernel knows how many lanes there are.
 */
export class LaneBlock {
  readonly arena: GPUBuffer;
  private readonly gradients: GPUBuffer;
  private readonly plan: GPUBuffer;
  private readonly numbers: GPUBuffer;
  private readonly results: GPUBuffer;
  /** What results are read through: one for each submit that may be under way, but for those that are. */
  private readonly spare: GPUBuffer[];
  /** Resolves once the kernels are compiled. */
  readonly pipelines: Promise<GPUComputePipeline[]>;
  private bindings: Bindings;
  private version: number;
  private destroyed = false;

  /** @param slots slots for weights */
  constructor(
    readonly gpu: Gpu,
    readonly pool: Pool,
    readonly program: Program,
    readonly lanes: number,
    slots: number,
  ) {
    const { rounds, submits } = program.results;
    const { device } = gpu;
    const { COPY_DST, COPY_SRC, MAP_READ, STORAGE, UNIFORM } = GPUBufferUsage;
    const floats = lanes * program.lane + slots * program.slot;
    this.arena = device.createBuffer({
      label: 'arena',
      size: 4 * floats,
      usage: STORAGE | COPY_DST | COPY_SRC,
    });
    // A binding is never empty.
    const size = Math.max(4, 4 * lanes * program.gradients);
    this.gradients = device.createBuffer({ label: 'gradients', size, usage: STORAGE });
    this.plan = device.createBuffer({
      label: 'plan',
      size: 4 * STEP_WORDS * rounds * lanes,
      usage: STORAGE | COPY_DST,
    });
    this.results = device.createBuffer({
      label: 'results',
      size: this.resultBytes,
      usage: STORAGE | COPY_SRC,
    });
    this.spare = Array.from({ length: submits }, () =>
      device.createBuffer({ label: 'staging', size: this.resultBytes, usage: MAP_READ | COPY_DST }),
    );
    this.numbers = device.createBuffer({
      label: 'rounds',
      size: ROUND_BYTES * rounds,
      usage: UNIFORM | COPY_DST,
    });
    const numbers = new Uint32Array((ROUND_BYTES / 4) * rounds);
    for (let round = 0; round < rounds; round++) numbers.set([round, lanes], (ROUND_BYTES / 4) * round);
    device.queue.writeBuffer(this.numbers, 0, numbers);
    this.pipelines = pipelinesOf(gpu, program);
    // Whoever submits first hears of it.
    this.pipelines.catch(() => {});
    this.version = pool.version;
    this.bindings = this.bind();
  }

  /** Bytes of the device that it takes. */
  get bytes(): number {
    const { arena, gradients, plan, results, numbers } = this;
    const { submits } = this.program.results;
    return [arena, gradients, plan, results, numbers].reduce(
      (sum, { size }) => sum + size,
      submits * this.resultBytes,
    );
  }

  /** Where the weights of a slot begin, in floats of the arena. */
  slot(index: number): number {
    return this.lanes * this.program.lane + index * this.program.slot;
  }

  private get resultBytes(): number {
    const { size, rounds } = this.program.results;
    return 4 * rounds * this.lanes * size;
  }

  private bind(): Bindings {
    const { device, layouts } = this.gpu;
    const buffers = [this.arena, this.pool.buffer, this.plan, this.results, this.gradients];
    const entries = buffers.map((buffer, binding) => ({ binding, resource: { buffer } }));
    const round = [{ binding: 0, resource: { buffer: this.numbers, size: 8 } }];
    return {
      writing: device.createBindGroup({ layout: layouts.writing, entries }),
      reading: device.createBindGroup({ layout: layouts.reading, entries }),
      round: device.createBindGroup({ layout: layouts.round, entries: round }),
    };
  }

  /**
   * Computes rounds.
   *
   * @param steps by round and lane; undefined is an idle lane
   * @returns what each lane of each round left in the results, by round and lane
   * @throws Error where a kernel does not compile or the GPU fails
   */
  async submit(steps: readonly (readonly (Step | undefined)[])[]): Promise<Float32Array> {
    const pipelines = await this.pipelines;
    const read = this.encode(pipelines, steps);
    return read();
  }

  /** Encodes and submits at once; the results are read by what it returns. */
  encode(
    pipelines: readonly GPUComputePipeline[],
    steps: readonly (readonly (Step | undefined)[])[],
  ): () => Promise<Float32Array> {
    const { device } = this.gpu;
    if (this.version !== this.pool.version) {
      this.version = this.pool.version;
      this.bindings = this.bind();
    }
    device.queue.writeBuffer(this.plan, 0, this.planOf(steps));
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.record(pass, pipelines, steps.length);
    pass.end();
    const bytes = 4 * steps.length * this.lanes * this.program.results.size;
    const staging = this.spare.pop();
    if (!staging) throw new Error('more submits under way than it has memory for');
    encoder.copyBufferToBuffer(this.results, 0, staging, 0, bytes);
    device.queue.submit([encoder.finish()]);
    return () => this.read(staging, bytes);
  }

  /** Records the dispatches of rounds, or those from one to another of each. */
  record(
    pass: GPUComputePassEncoder,
    pipelines: readonly GPUComputePipeline[],
    rounds: number,
    first = 0,
    end = pipelines.length,
  ): void {
    const { dispatches } = this.program;
    const { bindings } = this;
    let bound: GPUBindGroup | undefined;
    for (let round = 0; round < rounds; round++) {
      pass.setBindGroup(1, bindings.round, [ROUND_BYTES * round]);
      for (let i = first; i < end; i++) {
        const { kernel, x, y } = dispatches[i];
        const buffers = GRADIENT_KERNELS.has(kernel) ? bindings.reading : bindings.writing;
        if (buffers !== bound) pass.setBindGroup(0, buffers);
        bound = buffers;
        pass.setPipeline(pipelines[i]);
        pass.dispatchWorkgroups(x, y, this.lanes);
      }
    }
  }

  private planOf(steps: readonly (readonly (Step | undefined)[])[]): ArrayBuffer {
    const plan = new ArrayBuffer(4 * STEP_WORDS * steps.length * this.lanes);
    const [integers, floats] = [new Uint32Array(plan), new Float32Array(plan)];
    let at = 0;
    for (const round of steps) {
      for (let lane = 0; lane < this.lanes; lane++, at += STEP_WORDS) {
        const step = round[lane];
        if (!step) continue;
        integers.set([step.count, step.order, step.weights, step.rows, step.bytes ? 1 : 0], at);
        floats.set([step.rate, step.epsilon, step.decay], at + 5);
        integers.set([step.semiTargets, step.follows ? 1 : 0], at + 8);
      }
    }
    return plan;
  }

  private async read(staging: GPUBuffer, bytes: number): Promise<Float32Array> {
    await mapped(this.gpu, staging, bytes);
    const values = new Float32Array(staging.getMappedRange(0, bytes).slice(0));
    staging.unmap();
    if (this.destroyed) staging.destroy();
    else this.spare.push(staging);
    return values;
  }

  /** Writes floats into the arena. */
  write(place: number, values: Float32Array): void {
    if (values.length === 0) return;
    this.gpu.device.queue.writeBuffer(
      this.arena,
      4 * place,
      values.buffer,
      values.byteOffset,
      values.byteLength,
    );
  }

  /**
   * Writes weights into a slot.
   *
   * @throws RangeError where they are those of another network
   */
  writeWeights(slot: number, weights: Weights): void {
    for (const { layer, name, place, size } of this.program.weights) {
      const values = weights[layer][name];
      if (values.length !== size) {
        throw new RangeError(
          `${name} of layer ${layer} has ${values.length} weights where ${size} are needed`,
        );
      }
      this.write(this.slot(slot) + place, values);
    }
  }

  /** Sets floats of the arena to 0. */
  clear(place: number, size: number): void {
    const encoder = this.gpu.device.createCommandEncoder();
    encoder.clearBuffer(this.arena, 4 * place, 4 * size);
    this.gpu.device.queue.submit([encoder.finish()]);
  }

  /**
   * Reads floats of the arena, as they are now.
   *
   * @throws MemoryRefused where the GPU has no memory to read them through
   */
  async readArena(place: number, size: number): Promise<Float32Array> {
    const { device } = this.gpu;
    const { COPY_DST, MAP_READ } = GPUBufferUsage;
    const staging = await allocate(this.gpu, () => {
      const buffer = device.createBuffer({ size: 4 * size, usage: MAP_READ | COPY_DST });
      const encoder = device.createCommandEncoder();
      encoder.copyBufferToBuffer(this.arena, 4 * place, buffer, 0, 4 * size);
      device.queue.submit([encoder.finish()]);
      return buffer;
    });
    await mapped(this.gpu, staging, 4 * size);
    const values = new Float32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    return values;
  }

  /** Frees its memory on the device. */
  destroy(): void {
    this.destroyed = true;
    for (const buffer of [this.arena, this.gradients, this.plan, this.results, this.numbers, ...this.spare])
      buffer.destroy();
  }
}

/** Milliseconds that a device which is lost may take to say so, once it has refused a buffer. */
const LATE = 1000;

/** Maps a buffer; rejects where anything has gone wrong on the GPU before. */
async function mapped({ errors, lost }: Gpu, staging: GPUBuffer, bytes: number): Promise<void> {
  try {
    await staging.mapAsync(GPUMapMode.READ, 0, bytes);
  } catch (error) {
    const { name, message } = error as Error;
    await Promise.race([lost, setTimeout(LATE, undefined, { ref: false })]);
    throw new Error(`its results cannot be read: ${message || name}`);
  }
  if (errors.length > 0) throw new Error(errors[0]);
}
