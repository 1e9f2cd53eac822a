import type { Argv, Options } from 'yargs';
import type { MissingDevice, Probe } from '../engine/device.js';
import type { DeviceName } from '../engine/registry.js';
import { visible } from '../messages/visible.js';
import { shippedPath } from '../package.js';
import { examples } from './examples.js';
import { columnsOf, printData, printPainted } from './output.js';
import wrap, { wrapBeside } from './wrap.js';

export const options = {
  json: { type: 'boolean', default: false, describe: 'Print JSON' },
} as const satisfies Readonly<Record<string, Options>>;

/** Adds `deepsad devices`: what runs can be computed on here, and what is missing for the rest, on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    'devices',
    'List what runs can be computed on',
    (command) =>
      command
        .options(options)
        .example(examples(['$0 devices', 'what --device can choose here, and what to install for more']))
        .epilogue(`${shippedPath('docs/gpu.md')} says how to set up each.`),
    async ({ json }) => {
      const [{ DEVICES }, { chooseDevice, explain, probeDevice }] = await Promise.all([
        import('../engine/registry.js'),
        import('../engine/device.js'),
      ]);
      const devices: Probe[] = [];
      // One after the other, since two libraries may want the memory of one GPU.
      for (const name of DEVICES) devices.push(await probeDevice(name));
      const shown = await Promise.all(devices.map(withCores));
      const chosen = await chooseDevice('auto');
      const automatic = chosen.available ? chosen.name : null;
      if (json) return printData(`${JSON.stringify({ automatic, devices: shown }, null, 2)}\n`);
      const columns = columnsOf(process.stdout);
      const lines = shown.map((device) =>
        wrapBeside(device.name.padEnd(12), describe(device, explain), columns),
      );
      printPainted(visible(`${lines.join('\n')}\n\n${wrap(ofAuto(automatic), columns)}\n`));
    },
  );
}

/** A device, of the CPU with the cores that runs are executed on; no run waits for these, which may take as long as one to find. */
async function withCores(device: Probe): Promise<Probe> {
  if (device.name !== 'cpu' || !device.available) return device;
  const { allocatedCores } = await import('../runner/allocation.js');
  return { ...device, details: { ...device.details, cores: String(await allocatedCores()) } };
}

/** What `--device auto` comes to here. */
function ofAuto(automatic: DeviceName | null): string {
  if (automatic === null) return '--device auto finds nothing to compute on here.';
  const others = automatic === 'cpu' ? '' : ', and cpu for experiments without images';
  return `--device auto is ${automatic} here${others}.`;
}

function describe(device: Probe, explain: (missing: MissingDevice) => string): string {
  if (!device.available) return `missing: ${explain(device)}`;
  const software = device.software ? ', a program that stands in for a GPU' : '';
  const details = Object.entries(device.details).map(([what, value]) => `${what} ${value}`);
  return `${device.adapter}${software}${details.length > 0 ? ` (${details.join(', ')})` : ''}`;
}
