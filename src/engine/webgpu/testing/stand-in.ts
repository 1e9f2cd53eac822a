import type { Gpu } from '../gpu.js';
import { SOFTWARE } from '../tiles.js';

/** What a GPU that computes nothing is asked for, and does. */
export interface Behaviour {
  readonly largestBuffer?: number;
  /** Resolves as a kernel is compiled. */
  compile?(): Promise<void>;
  /** Resolves as results can be read. */
  map?(): Promise<void>;
  /** All the numbers that the results hold which are read after so many others. */
  results?(before: number): number;
  readonly lost?: Promise<string>;
  /** Is called as a round is recorded, and as rounds are submitted. */
  onRound?(): void;
  onSubmit?(): void;
}

/** A GPU that computes nothing: what it is asked for is done at once, and its results are zeros unless others are given. */
export function standIn(behaviour: Behaviour = {}): Gpu {
  const { compile = async () => {}, map = async () => {} } = behaviour;
  const { results = () => 0 } = behaviour;
  let reads = 0;
  const { onRound = () => {}, onSubmit = () => {} } = behaviour;
  Object.assign(globalThis, {
    GPUBufferUsage: { MAP_READ: 1, COPY_SRC: 4, COPY_DST: 8, UNIFORM: 64, STORAGE: 128 },
    GPUMapMode: { READ: 1 },
  });
  const nothing = () => {};
  const pass = {
    // The number of a round is bound once for each.
    setBindGroup: (group: number) => group === 1 && onRound(),
    setPipeline: nothing,
    dispatchWorkgroups: nothing,
    end: onSubmit,
  };
  const device = {
    createBuffer: ({ size }: { size: number }) => {
      let value = 0;
      return {
        size,
        destroy: nothing,
        unmap: nothing,
        mapAsync: () => {
          value = results(reads++);
          return map();
        },
        getMappedRange: (from = 0, bytes = size - from) => new Float32Array(bytes / 4).fill(value).buffer,
      };
    },
    createBindGroup: () => ({}),
    createCommandEncoder: () => ({
      beginComputePass: () => pass,
      copyBufferToBuffer: nothing,
      clearBuffer: nothing,
      finish: nothing,
    }),
    queue: { writeBuffer: nothing, submit: nothing },
    pushErrorScope: nothing,
    popErrorScope: async () => null,
    destroy: nothing,
  };
  return {
    ...{ device, adapter: 'a stand-in', software: true, driver: 'none', tiling: SOFTWARE, layouts: {} },
    ...{ largestBuffer: behaviour.largestBuffer ?? 2 ** 30, errors: [] },
    lost: behaviour.lost ?? new Promise(nothing),
    pipeline: async () => {
      await compile();
      return {};
    },
  } as unknown as Gpu;
}
