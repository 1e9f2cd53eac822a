/** What the GPU can do at best by this door: memory traffic, multiply-adds, dispatches. Prints a line of JSON each. */
import { openGpu } from '../../src/engine/webgpu/gpu.js';

const { device } = await openGpu();
const quick = process.argv.includes('--quick');
const { STORAGE, COPY_DST, COPY_SRC } = GPUBufferUsage;

async function kernel(code: string): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code });
  return device.createComputePipelineAsync({ layout: 'auto', compute: { module, entryPoint: 'main' } });
}

/** Milliseconds of so many dispatches, from the first submit until all are done, least of three; and those that encoding took. */
async function time(pipeline: GPUComputePipeline, buffer: GPUBuffer, x: number, dispatches: number) {
  const group = device.createBindGroup({
    layout: pipeline.getBindGroupLayout(0),
    entries: [{ binding: 0, resource: { buffer } }],
  });
  let [least, encoding] = [Number.POSITIVE_INFINITY, 0];
  for (let repeat = 0; repeat < 4; repeat++) {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    for (let i = 0; i < dispatches; i++) pass.dispatchWorkgroups(x);
    pass.end();
    device.queue.submit([encoder.finish()]);
    const submitted = performance.now();
    await device.queue.onSubmittedWorkDone();
    // The first warms up.
    if (repeat > 0 && performance.now() - start < least) {
      [least, encoding] = [performance.now() - start, submitted - start];
    }
  }
  return { ms: least, encoding };
}

const floats = quick ? 1 << 20 : 1 << 28;
const large = device.createBuffer({ size: 4 * floats, usage: STORAGE | COPY_DST | COPY_SRC });
for (const [type, width] of [
  ['f32', 1],
  ['vec4f', 4],
] as const) {
  const threads = floats / width / 2;
  const copy = await kernel(`
    @group(0) @binding(0) var<storage, read_write> values: array<${type}>;
    @compute @workgroup_size(256) fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) t: u32) {
      for (var i = 0u; i < 8u; i++) {
        let at = (group.x * 8u + i) * 256u + t;
        values[${threads}u + at] = values[at];
      }
    }`);
  const { ms } = await time(copy, large, threads / 2048, 10);
  console.log(JSON.stringify({ what: 'copy, read and written', type, 'GB/s': (10 * 4 * floats) / ms / 1e6 }));
}

const chains = Array.from({ length: 16 }, (_, i) => `a${i}`);
const rounds = quick ? 16 : 2048;
const fma = await kernel(`
  @group(0) @binding(0) var<storage, read_write> values: array<f32>;
  @compute @workgroup_size(256) fn main(@builtin(global_invocation_id) at: vec3u) {
    let x = values[at.x]; let y = values[at.x + 1u];
    ${chains.map((a, i) => `var ${a} = x + ${i}.0;`).join(' ')}
    for (var i = 0; i < ${rounds}; i++) { ${chains.map((a) => `${a} = fma(${a}, x, y);`).join(' ')} ${chains.map((a) => `${a} = fma(${a}, y, x);`).join(' ')} }
    values[at.x] = ${chains.join(' + ')};
  }`);
const groups = quick ? 4 : 132 * 32;
const { ms } = await time(fma, large, groups, 4);
console.log(
  JSON.stringify({ what: 'multiply-adds', 'TFLOP/s': (4 * groups * 256 * rounds * 32 * 2) / ms / 1e9 }),
);

const next = await kernel(`
  @group(0) @binding(0) var<storage, read_write> values: array<f32>;
  @compute @workgroup_size(64) fn main(@builtin(local_invocation_index) t: u32) { values[t] += 1.0; }`);
const small = await time(next, large, 1, 1000);
console.log(
  JSON.stringify({ what: '1000 dependent dispatches, µs each', µs: small.ms, 'of the host': small.encoding }),
);
process.exit(0);
