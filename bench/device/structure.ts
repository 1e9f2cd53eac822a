/** Whether kernels gain by a read-only binding of what they read, instead of the arena that they may write. */
import { deepSadObjective } from '../../src/detectors/deep-sad.js';
import { LaneBlock } from '../../src/engine/webgpu/block.js';
import { kernelCode, openGpu } from '../../src/engine/webgpu/gpu.js';
import { Pool } from '../../src/engine/webgpu/pool.js';
import { NUMBER_COUNT, trainingProgram } from '../../src/engine/webgpu/program.js';
import { HARDWARE } from '../../src/engine/webgpu/tiles.js';
import { networkOf } from '../workloads.js';

const quick = process.argv.includes('--quick');
const LANES = quick ? 1 : 16;
const gpu = await openGpu({ timestamps: true });
const { device } = gpu;
const pool = new Pool(gpu, 1 << 22);
const network = networkOf(quick ? 'satellite' : 'cifar10', 'encoder');
const program = trainingProgram(
  network,
  128,
  deepSadObjective(new Float32Array(quick ? 8 : 128).fill(0.1), 1),
  gpu.tiling ?? HARDWARE,
);
const block = new LaneBlock(gpu, pool, program, LANES, LANES, 1, program.samples + NUMBER_COUNT);
const { COMPUTE } = GPUShaderStage;
const { STORAGE, COPY_DST, UNIFORM, MAP_READ, COPY_SRC, QUERY_RESOLVE } = GPUBufferUsage;
const bytes = 4 * LANES * (program.lane + program.slot);
const copy = device.createBuffer({ size: bytes, usage: STORAGE | COPY_DST });
const noise = Float32Array.from({ length: 1 << 20 }, (_, i) => Math.sin(i));
for (let at = 0; at + noise.byteLength <= bytes; at += noise.byteLength) {
  device.queue.writeBuffer(copy, at, noise);
  device.queue.writeBuffer(block.arena, at, noise);
}
const plan = new ArrayBuffer(40 * LANES);
for (let lane = 0; lane < LANES; lane++) new Uint32Array(plan).set([128, 256, block.slot(lane)], 10 * lane);
const planBuffer = device.createBuffer({ size: 40 * LANES, usage: STORAGE | COPY_DST });
device.queue.writeBuffer(planBuffer, 0, plan);
const round = device.createBuffer({ size: 256, usage: UNIFORM | COPY_DST });
device.queue.writeBuffer(round, 0, Uint32Array.of(0, LANES));
const results = device.createBuffer({ size: 1 << 20, usage: STORAGE });
const types = ['storage', 'read-only-storage', 'read-only-storage', 'storage', 'read-only-storage'] as const;
const layout0 = device.createBindGroupLayout({
  entries: types.map((type, binding) => ({ binding, visibility: COMPUTE, buffer: { type } })),
});
const layout1 = device.createBindGroupLayout({
  entries: [{ binding: 0, visibility: COMPUTE, buffer: { type: 'uniform' } }],
});
const layout = device.createPipelineLayout({ bindGroupLayouts: [layout0, layout1] });
const group0 = device.createBindGroup({
  layout: layout0,
  entries: [block.arena, pool.buffer, planBuffer, results, copy].map((buffer, binding) => ({
    binding,
    resource: { buffer },
  })),
});
const group1 = device.createBindGroup({
  layout: layout1,
  entries: [{ binding: 0, resource: { buffer: round, size: 8 } }],
});
const queries = device.createQuerySet({ type: 'timestamp', count: 2 });
const resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });

for (const dispatch of program.dispatches) {
  if (!['correlate', 'weight-gradient', 'dense'].includes(dispatch.kernel)) continue;
  const code = kernelCode(dispatch.kernel, dispatch.constants).replace(
    'struct Round',
    '@group(0) @binding(4) var<storage, read> readable: array<f32>;\nstruct Round',
  );
  const readOnly = code
    .split('\n')
    .map((line) =>
      /^\s*(\{ |if \(.*\{ )?arena\[.*\] =/.test(line) ? line : line.replaceAll('arena[', 'readable['),
    )
    .join('\n');
  const times: Record<string, number> = {};
  for (const [name, text] of [
    ['arena', code],
    ['read-only', readOnly],
  ] as const) {
    try {
      const module = device.createShaderModule({ code: text });
      const pipeline = await device.createComputePipelineAsync({
        layout,
        compute: { module, entryPoint: 'main' },
      });
      const start = performance.now();
      const found: number[] = [];
      while (performance.now() - start < (quick ? 50 : 300)) {
        const encoder = device.createCommandEncoder();
        const pass = encoder.beginComputePass({
          timestampWrites: { querySet: queries, beginningOfPassWriteIndex: 0, endOfPassWriteIndex: 1 },
        });
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group0);
        pass.setBindGroup(1, group1);
        for (let i = 0; i < 4; i++) pass.dispatchWorkgroups(dispatch.x, dispatch.y, LANES);
        pass.end();
        encoder.resolveQuerySet(queries, 0, 2, resolved, 0);
        const staging = device.createBuffer({ size: 16, usage: MAP_READ | COPY_DST });
        encoder.copyBufferToBuffer(resolved, 0, staging, 0, 16);
        device.queue.submit([encoder.finish()]);
        await staging.mapAsync(GPUMapMode.READ);
        const at = new BigInt64Array(staging.getMappedRange());
        found.push(Number(at[1] - at[0]) / 4e3);
        staging.destroy();
      }
      times[name] = found.sort((a, b) => a - b)[found.length >> 1];
    } catch (error) {
      console.log(JSON.stringify({ what: 'structure error', error: (error as Error).message.slice(0, 500) }));
    }
  }
  const { CHANNELS, V, QH, OT, PT, YT } = dispatch.constants;
  console.log(
    JSON.stringify({
      what: 'structure',
      kernel: dispatch.kernel,
      CHANNELS,
      V,
      QH,
      OT,
      PT,
      YT,
      reads: readOnly.split('readable[').length,
      µs: times,
    }),
  );
}
console.log(JSON.stringify({ what: 'structure errors', errors: gpu.errors.slice(0, 2) }));
process.exit(0);
