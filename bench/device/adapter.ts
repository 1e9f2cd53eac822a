/** Prints what WebGPU computes on here, as a line of JSON; ends with exit code 1 where it finds nothing. */
import { create, globals } from 'webgpu';

Object.assign(globalThis, globals);
const gpu = create([]);
const adapter = await gpu.requestAdapter({ powerPreference: 'high-performance' });
if (!adapter) {
  console.error('Dawn found no adapter');
  process.exit(1);
}
const { vendor, architecture, device, description } = adapter.info;
const limits: Record<string, number> = {};
for (const name in adapter.limits) limits[name] = Reflect.get(adapter.limits, name) as number;
console.log(
  JSON.stringify({
    what: 'adapter',
    adapter: [vendor, architecture, device, description].filter(Boolean).join(', '),
    features: [...adapter.features].sort(),
    limits,
  }),
);
// Dawn would crash while its objects are collected.
process.exit(0);
