/**
 * Times training steps of lanes of runs on the GPU: whole steps of every network by the number of lanes, each dispatch with its share, and
 * other tiles. Prints a line of JSON each. `--seconds` is when to stop.
 */
import { parseArgs } from 'node:util';
import { reconstructionObjective } from '../../src/detectors/autoencoder.js';
import { deepSadObjective } from '../../src/detectors/deep-sad.js';
import { LaneBlock, type Step } from '../../src/engine/webgpu/block.js';
import { openGpu } from '../../src/engine/webgpu/gpu.js';
import { Pool, type Range } from '../../src/engine/webgpu/pool.js';
import { lanesWithin, type TrainingProgram, trainingProgram } from '../../src/engine/webgpu/program.js';
import { HARDWARE, type Tiling } from '../../src/engine/webgpu/tiles.js';
import { layerShapes } from '../../src/networks/shapes.js';
import { BATCH_SIZE, networkOf, type Part, type Workload } from '../workloads.js';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '100' },
    quick: { type: 'boolean', default: false },
    tiles: { type: 'boolean', default: false },
  },
});
const deadline = performance.now() + 1000 * Number(values.seconds);
const late = () => performance.now() > deadline;
/** Milliseconds of work before times are taken. */
const WARM_UP = 250;
const PARTS: readonly [Workload, Part][] = values.quick
  ? [['satellite', 'encoder']]
  : [
      ['mnist', 'encoder'],
      ['mnist', 'autoencoder'],
      ['cifar10', 'encoder'],
      ['cifar10', 'autoencoder'],
      ['fashion-mnist', 'encoder'],
      ['fashion-mnist', 'autoencoder'],
      ['satellite', 'encoder'],
      ['satellite', 'autoencoder'],
    ];
/** Other tiles of `correlate` (channels, rows, columns) and `weight-gradient` (outputs, inputs, kernel rows, columns, groups). */
const CORRELATE = [
  ...[
    [4, 1, 16],
    [4, 2, 16],
    [8, 1, 16],
    [8, 1, 8],
    [8, 2, 8],
    [16, 1, 8],
    [4, 2, 8],
    [4, 4, 8],
  ],
  ...[
    [16, 1, 4],
    [16, 2, 4],
    [8, 2, 4],
    [8, 4, 4],
    [4, 4, 4],
    [4, 2, 14],
    [8, 2, 7],
    [4, 1, 32],
  ],
] as const;
const GRADIENT = [
  ...[
    [8, 2, 1, 4, 32],
    [8, 2, 1, 4, 128],
    [8, 2, 1, 2, 32],
    [8, 4, 1, 2, 32],
    [4, 4, 1, 4, 32],
    [4, 4, 1, 2, 64],
  ],
  ...[
    [4, 1, 5, 2, 32],
    [4, 1, 5, 4, 64],
    [2, 1, 5, 4, 32],
    [2, 2, 5, 2, 32],
    [8, 1, 3, 2, 32],
    [16, 2, 1, 2, 32],
  ],
  ...[
    [8, 3, 1, 2, 64],
    [8, 1, 1, 4, 8],
    [4, 1, 5, 2, 8],
    [4, 1, 5, 4, 16],
  ],
] as const;
const ANY = Number.POSITIVE_INFINITY;
const VARIANTS: Readonly<Record<string, Partial<Tiling>>> = Object.fromEntries([
  ...CORRELATE.map(([channels, rows, columns]) => [
    `correlate ${channels} ${rows} ${columns}`,
    { correlate: [{ width: ANY, channels, rows, columns }] },
  ]),
  ...GRADIENT.map(([outputs, inputs, kernelRows, columns, groups]) => [
    `gradient ${outputs} ${inputs} ${kernelRows} ${columns} ${groups}`,
    { gradient: [{ width: ANY, taps: ANY, channels: ANY, outputs, inputs, kernelRows, columns, groups }] },
  ]),
]);

const SAMPLES = 1024;
/** What the lanes of the latest program train on. */
const samples: { size: number; ranges: Range[] } = { size: 0, ranges: [] };

const gpu = await openGpu({ timestamps: true });
// Room for all samples at once, so that it never grows.
const pool = new Pool(gpu, 1 << 26);
if (values.tiles) await otherTiles();
else await wholeSteps();
process.exit(0);

async function wholeSteps(): Promise<void> {
  for (const lanes of values.quick ? [2] : [64, 16, 1, 4, 128]) {
    for (const [workload, part] of PARTS) {
      if (late()) return;
      await reported(workload, part, lanes, async () => {
        const program = programOf(workload, part, HARDWARE);
        const count = Math.min(lanes, lanesWithin(program, ANY, gpu.largestBuffer));
        const block = await blockOf(program, count);
        const { ms, host } = await timeSteps(block);
        print({
          what: 'lanes',
          network: workload,
          part,
          models: count,
          ms,
          us_per_model: (1e3 * ms) / count,
          host,
        });
        if (lanes === 64 || lanes === 1) {
          const dispatches = await timeDispatches(block);
          print({ what: 'dispatches', network: workload, part, lanes: count, µs: dispatches });
        }
        block.destroy();
      });
    }
  }
}

async function otherTiles(): Promise<void> {
  for (const [workload, part] of [
    ['cifar10', 'autoencoder'],
    ['mnist', 'autoencoder'],
  ] as const) {
    const lanes = workload === 'mnist' ? 64 : 16;
    for (const [name, variant] of Object.entries({ 'the table': {}, ...VARIANTS })) {
      if (late()) return;
      await reported(workload, part, lanes, async () => {
        const block = await blockOf(programOf(workload, part, { ...HARDWARE, ...variant }), lanes);
        print({
          what: 'tiles',
          variant: name,
          network: workload,
          part,
          lanes,
          µs: await timeDispatches(block),
        });
        block.destroy();
      });
    }
  }
}

async function reported(
  network: Workload,
  part: Part,
  lanes: number,
  work: () => Promise<void>,
): Promise<void> {
  try {
    await work();
    if (gpu.errors.length > 0) throw new Error(gpu.errors.join('; '));
  } catch (error) {
    print({ what: 'error', network, part, lanes, error: (error as Error).message.slice(0, 1000) });
    (gpu.errors as string[]).length = 0;
  }
}

function programOf(workload: Workload, part: Part, tiling: Tiling): TrainingProgram {
  const network = networkOf(workload, part);
  const [size] = layerShapes(network).at(-1) as readonly [number];
  const objective =
    part === 'encoder'
      ? deepSadObjective(new Float32Array(size).fill(0.1), 1)
      : reconstructionObjective(network.input);
  return trainingProgram(network, BATCH_SIZE, objective, tiling);
}

async function blockOf(program: TrainingProgram, lanes: number): Promise<LaneBlock> {
  const block = new LaneBlock(gpu, pool, program, lanes, lanes);
  await block.pipelines;
  const weights = Float32Array.from({ length: program.slot }, (_, i) => Math.sin(i * i) / 20);
  for (let lane = 0; lane < lanes; lane++) {
    block.write(block.slot(lane), weights);
    for (const moment of program.moments) block.clear(lane * program.lane + moment, program.parameters);
  }
  return block;
}

/** Steps of every lane for a submit, on samples of floats that all share. */
async function stepsOf(block: LaneBlock): Promise<(Step | undefined)[][]> {
  const { program } = block;
  if (samples.size !== program.inputSize) {
    for (const range of samples.ranges) pool.free(range);
    const bytes = Uint8Array.from({ length: SAMPLES * program.inputSize }, (_, i) => (i * 2654435761) >>> 24);
    const order = Uint32Array.from({ length: BATCH_SIZE }, (_, i) => (i * 37) % SAMPLES);
    samples.ranges = [
      await pool.take(bytes),
      await pool.take(order),
      await pool.take(new Int32Array(SAMPLES)),
    ];
    samples.size = program.inputSize;
  }
  const [rows, order, semiTargets] = samples.ranges;
  return Array.from({ length: program.results.rounds }, () =>
    Array.from({ length: block.lanes }, (_, lane) => ({
      ...{ count: BATCH_SIZE, order: order.from, weights: block.slot(lane), rows: rows.from, bytes: true },
      ...{ rate: 1e-5, epsilon: 1e-8, decay: 1e-6, semiTargets: semiTargets.from, follows: false },
    })),
  );
}

/** Milliseconds of a step of all lanes, median; and those that the host is busy with it. */
async function timeSteps(block: LaneBlock): Promise<{ ms: number; host: number }> {
  const { rounds, submits } = block.program.results;
  const steps = await stepsOf(block);
  for (const start = performance.now(); performance.now() - start < WARM_UP; ) await block.submit(steps);
  const pipelines = await block.pipelines;
  const times: number[] = [];
  let host = 0;
  const start = performance.now();
  while (times.length < 3 || (times.length < 20 && performance.now() - start < 400)) {
    const from = performance.now();
    // As many under way as in training.
    const reads = Array.from({ length: submits }, () => block.encode(pipelines, steps));
    host = (performance.now() - from) / (submits * rounds);
    await Promise.all(reads.map((read) => read()));
    times.push((performance.now() - from) / (submits * rounds));
  }
  return { ms: times.sort((a, b) => a - b)[times.length >> 1], host };
}

/** Microseconds of each dispatch of a step, median of some, by the kernel's name and its place. */
async function timeDispatches(block: LaneBlock): Promise<Record<string, number>> {
  const { device } = gpu;
  const pipelines = await block.pipelines;
  const { dispatches } = block.program;
  // A GPU that has been idle takes a while to reach its clock.
  const steps = await stepsOf(block);
  for (const start = performance.now(); performance.now() - start < WARM_UP; ) await block.submit(steps);
  const count = 2 * dispatches.length;
  const queries = device.createQuerySet({ type: 'timestamp', count });
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const resolved = device.createBuffer({ size: 8 * count, usage: QUERY_RESOLVE | COPY_SRC });
  const found = dispatches.map((): number[] => []);
  for (let repeat = 0; repeat < 7; repeat++) {
    const encoder = device.createCommandEncoder();
    for (let i = 0; i < dispatches.length; i++) {
      const pass = encoder.beginComputePass({
        timestampWrites: {
          querySet: queries,
          beginningOfPassWriteIndex: 2 * i,
          endOfPassWriteIndex: 2 * i + 1,
        },
      });
      block.record(pass, pipelines, 1, i, i + 1);
      pass.end();
    }
    encoder.resolveQuerySet(queries, 0, count, resolved, 0);
    const staging = device.createBuffer({ size: 8 * count, usage: MAP_READ | COPY_DST });
    encoder.copyBufferToBuffer(resolved, 0, staging, 0, 8 * count);
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const at = new BigInt64Array(staging.getMappedRange());
    for (const [i, list] of found.entries()) list.push(Number(at[2 * i + 1] - at[2 * i]) / 1e3);
    staging.destroy();
  }
  resolved.destroy();
  queries.destroy();
  return Object.fromEntries(
    dispatches.map(({ kernel, constants, x, y }, i) => {
      const of = ['CHANNELS', 'V', 'QH', 'T', 'PLANE', 'OT', 'PT', 'YT', 'IT', 'KR', 'XU', 'SLICES', 'BACK']
        .filter((key) => constants[key] !== undefined)
        .map((key) => `${key}${Number(constants[key])}`);
      return [
        `${i} ${kernel} ${of.join(' ')} (${x}, ${y})`,
        found[i].sort((a, b) => a - b)[found[i].length >> 1],
      ];
    }),
  );
}

function print(line: object): void {
  console.log(JSON.stringify(line));
}
