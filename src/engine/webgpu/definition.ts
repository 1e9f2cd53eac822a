import { memoize } from 'es-toolkit/function/memoize';
import type { EngineDefinition, OpenOptions } from '../definition.js';

/** Kernels of our own on Dawn, which train the runs of one process together. */
export const webgpu: EngineDefinition<'webgpu'> = {
  devices: ['webgpu'],
  gpus: ['webgpu'],
  together: true,
  async probe(device) {
    const [{ probeApart }, { givenMemory }] = await Promise.all([
      import('../probe-apart.js'),
      import('./memory.js'),
    ]);
    // What is wrong with it is no fault of the device.
    givenMemory();
    const [finding] = await probeApart({
      program: 'open-webgpu.js',
      device,
      packages: ['webgpu'],
      beyond:
        "a GPU with its maker's driver; on Linux one for Vulkan, and the Vulkan loader (apt-get install libvulkan1), in a container " +
        'of NVIDIA also NVIDIA_DRIVER_CAPABILITIES=all, without which the driver there offers no Vulkan',
    });
    return finding;
  },
  async open(_device, options) {
    const { createWebGpuEngine } = await import('./webgpu-engine.js');
    return createWebGpuEngine(await openOnce(options));
  },
};

/** Engines of a process share its one device, and train together. */
const openOnce = memoize(
  async ({ runs, notice }: OpenOptions) => {
    const [{ openGpu }, { Ensemble }, { memoryOf }] = await Promise.all([
      import('./gpu.js'),
      import('./ensemble.js'),
      import('./memory.js'),
    ]);
    const gpu = await openGpu();
    // Whoever asks next gets it opened anew.
    gpu.lost.then(() => openOnce.cache.clear?.());
    return new Ensemble(gpu, { lanes: runs, memory: (await memoryOf(gpu)).budget, notice });
  },
  { getCacheKey: () => 'one' },
);
