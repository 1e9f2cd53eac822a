import type { Gpu } from '../gpu.js';

/**
 * Fills every buffer of a GPU with NaN as it is made, where Dawn fills it with zeros: a kernel that leaves out what it should write, or
 * reads what none has written, then spoils all results.
 */
export function poison({ device }: Gpu): void {
  const { COPY_DST, MAP_READ } = GPUBufferUsage;
  const create = device.createBuffer.bind(device);
  device.createBuffer = (descriptor) => {
    if (descriptor.usage & MAP_READ) return create(descriptor);
    const buffer = create({ ...descriptor, usage: descriptor.usage | COPY_DST });
    device.queue.writeBuffer(buffer, 0, new Float32Array(descriptor.size / 4).fill(Number.NaN));
    return buffer;
  };
}
