import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { memoize } from 'es-toolkit/function/memoize';
import { Eta } from 'eta';
import { PACKAGE_ROOT } from '../../package.js';
import { type Dispatch, GRADIENT_KERNELS, type Program } from './program.js';
import { HARDWARE, SOFTWARE, type Tiling } from './tiles.js';

/** A device of Dawn, opened once a process and kept: Dawn crashes the process where its objects are collected. */
export interface Gpu {
  readonly device: GPUDevice;
  readonly adapter: string;
  /** Whether a program stands in for a GPU. */
  readonly software: boolean;
  readonly driver: string;
  /** How the work of kernels is cut on it. */
  readonly tiling: Tiling;
  /** The most bytes of a buffer. */
  readonly largestBuffer: number;
  readonly layouts: Layouts;
  /** The compiled kernel of a dispatch, made once for equal constants. */
  pipeline(dispatch: Dispatch): Promise<GPUComputePipeline>;
  /** What has gone wrong since it was opened: no result can be trusted once there is anything. */
  readonly errors: readonly string[];
  /** Resolves with the reason when the device is lost. */
  readonly lost: Promise<string>;
}

/** The bindings of kernels: a block's buffers, with the arena to be written or to be read alone, and the number of the round. */
export interface Layouts {
  readonly writing: GPUBindGroupLayout;
  readonly reading: GPUBindGroupLayout;
  readonly round: GPUBindGroupLayout;
}

export interface GpuOptions {
  /** Keep Dawn's checks of indices, which cost time and change nothing. */
  readonly robust?: boolean;
  readonly tiling?: Tiling;
  /** Measure the time of dispatches. */
  readonly timestamps?: boolean;
  /** Dawn's device that takes and checks all that another one would, by the limits that every GPU has, and computes nothing. */
  readonly checksAlone?: boolean;
}

/** What Dawn may leave out: indices are right by construction, and tests hold both ways to the same bits. */
const TRUSTING = 'enable-dawn-features=disable_robustness,disable_workgroup_init';

/** The programs that stand in for a GPU, where Dawn does not call them that: Chromium's, Mesa's and Windows'. */
const STANDS_IN = /swiftshader|llvmpipe|lavapipe|softpipe|microsoft basic render/i;

/** Kept for ever: a process that drops it crashes. */
const kept: GPU[] = [];

/**
 * Opens the GPU.
 *
 * @throws Error where the package is missing or finds no adapter
 */
export async function openGpu({ robust, timestamps, checksAlone, tiling }: GpuOptions = {}): Promise<Gpu> {
  const { create, globals } = await import('webgpu');
  Object.assign(globalThis, globals);
  const flags = [
    ...(robust ? [] : [TRUSTING]),
    ...(timestamps ? ['disable-dawn-features=timestamp_quantization'] : []),
    ...(checksAlone ? ['backend=null'] : []),
  ];
  const gpu = create(flags);
  kept.push(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
  if (!adapter) throw new Error('Dawn found no adapter');
  const device = await adapter.requestDevice({
    requiredFeatures: timestamps ? ['timestamp-query'] : [],
    requiredLimits: Object.fromEntries(LIMITS.map((limit) => [limit, adapter.limits[limit]])),
  });
  const errors: string[] = [];
  device.addEventListener('uncapturederror', (event) => {
    event.preventDefault();
    errors.push(event.error.message);
  });
  const { vendor, architecture, device: name, description, isFallbackAdapter } = adapter.info;
  const software = isFallbackAdapter || STANDS_IN.test(`${architecture} ${name} ${description}`);
  const layouts = bindings(device);
  const layout = (buffers: GPUBindGroupLayout) =>
    device.createPipelineLayout({ bindGroupLayouts: [buffers, layouts.round] });
  const [writing, reading] = [layout(layouts.writing), layout(layouts.reading)];
  const pipelines = new Map<string, Promise<GPUComputePipeline>>();
  return {
    device,
    adapter: [...new Set([vendor, architecture, name])].filter(Boolean).join(' '),
    driver: description,
    software,
    tiling: tiling ?? (software ? SOFTWARE : HARDWARE),
    largestBuffer: Math.min(adapter.limits.maxBufferSize, adapter.limits.maxStorageBufferBindingSize),
    layouts,
    errors,
    lost: device.lost.then(({ message, reason }) => message || reason),
    pipeline({ kernel, constants }) {
      const code = kernelCode(kernel, constants);
      const found = pipelines.get(code);
      if (found) return found;
      // What is wrong with one kernel spoils no other.
      device.pushErrorScope('validation');
      const module = device.createShaderModule({ label: kernel, code });
      const invalid = device.popErrorScope();
      const made = device
        .createComputePipelineAsync({
          label: kernel,
          layout: GRADIENT_KERNELS.has(kernel) ? reading : writing,
          compute: { module, entryPoint: 'main' },
        })
        .catch(async (error: Error) => {
          const { message } = (await invalid) ?? error;
          throw new Error(`the kernel ${kernel} does not compile: ${message}`);
        });
      pipelines.set(code, made);
      return made;
    },
  };
}

/** Why no result of a GPU can be trusted any more: what went wrong on it first, or how it was lost; undefined where nothing did. */
export async function failureOf({ errors, lost }: Gpu): Promise<string | undefined> {
  // What waits for a device hears of its loss before the device says so.
  await setImmediate();
  return errors[0] ?? Promise.race([lost, undefined]);
}

const LIMITS = [
  'maxBufferSize',
  'maxStorageBufferBindingSize',
  'maxComputeInvocationsPerWorkgroup',
  'maxComputeWorkgroupSizeX',
  'maxComputeWorkgroupSizeY',
  'maxComputeWorkgroupStorageSize',
] as const;

function bindings(device: GPUDevice): Layouts {
  const visibility = GPUShaderStage.COMPUTE;
  const buffers = (arena: GPUBufferBindingType) =>
    device.createBindGroupLayout({
      entries: ([arena, 'read-only-storage', 'read-only-storage', 'storage', 'storage'] as const).map(
        (type, binding) => ({ binding, visibility, buffer: { type } }),
      ),
    });
  return {
    writing: buffers('storage'),
    reading: buffers('read-only-storage'),
    round: device.createBindGroupLayout({
      entries: [{ binding: 0, visibility, buffer: { type: 'uniform', hasDynamicOffset: true } }],
    }),
  };
}

/** The files of kernels are templates: what neither the compiler of WGSL nor every driver unrolls is unrolled in them. */
const eta = new Eta({ useWith: true, autoEscape: false, autoTrim: [false, 'nl'] });
const template = memoize((file: string) => eta.compile(readFileSync(join(KERNELS, `${file}.wgsl`), 'utf8')));

/** The WGSL of a kernel with its constants. */
export function kernelCode(kernel: string, constants: Dispatch['constants']): string {
  return render('common', constants) + render(kernel, constants);
}

function render(file: string, constants: Dispatch['constants']): string {
  return eta.render(template(file), constants);
}

const KERNELS = join(PACKAGE_ROOT, 'src', 'engine', 'webgpu', 'kernels');

/** The compiled kernels of a program, in the order of its dispatches. */
export function pipelinesOf(gpu: Gpu, { dispatches }: Program): Promise<GPUComputePipeline[]> {
  return Promise.all(dispatches.map((dispatch) => gpu.pipeline(dispatch)));
}
