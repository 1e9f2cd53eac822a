import { existsSync } from 'node:fs';
import os from 'node:os';
import { memoize } from 'es-toolkit/function/memoize';
import { UserError } from '../errors.js';
import { optionName } from '../messages/vocabulary.js';
import type { Finding, Found, Missing, OpenOptions } from './definition.js';
import type { Engine } from './engine.js';
import { type Device, type DeviceName, type EngineName, engineOf, GPUS, requireChoice } from './registry.js';

/** A device and its engine. */
interface Named {
  readonly name: DeviceName;
  readonly engine: EngineName;
}

/** What a device turned out to be. */
export type Probe = Named & Finding;

/** A device that can be used. */
export type FoundDevice = Named & Found;

/** A device that cannot be used. */
export type MissingDevice = Named & Missing;

/**
 * The device to compute on, which may be missing. For `auto` the first GPU that there is, else the CPU; a program that stands in for a GPU
 * is used only where it is asked for.
 *
 * @throws UserError where there is no such device
 */
export async function chooseDevice(device: Device): Promise<Probe> {
  requireChoice(device);
  if (device === 'auto' && mayHaveGpu()) {
    for (const gpu of GPUS) {
      const probe = await probeDevice(gpu);
      if (probe.available && !probe.software) return probe;
    }
  }
  return probeDevice(device === 'auto' ? 'cpu' : device);
}

/**
 * The device to compute on, as `chooseDevice` says.
 *
 * @throws UserError where there is none of that name, or it is missing, saying what to install
 */
export async function findDevice(device: Device): Promise<FoundDevice> {
  const probe = await chooseDevice(device);
  if (probe.available) return probe;
  throw new UserError(`${optionName('device')} ${probe.name}: ${explain(probe)}`);
}

/** Why a device cannot be used, and what to install. */
export function explain({ reason, remedy }: MissingDevice): string {
  return remedy === undefined ? reason : `${reason}; ${remedy}`;
}

/** What records say that a run was computed on. */
export function computerOf({ name, adapter }: FoundDevice): string {
  return name === 'cpu' ? adapter : `${name}, ${adapter}`;
}

/** Files by which Linux gives programs a GPU: those of most drivers, NVIDIA's and Windows' own for its guests. */
const GPU_FILES = ['/dev/dri', '/dev/nvidiactl', '/dev/dxg'];

/** Whether it is worth looking for a GPU, which takes a second where packages for one are installed. */
function mayHaveGpu(): boolean {
  return os.platform() !== 'linux' || GPU_FILES.some((file) => existsSync(file));
}

/** Finds out whether a device can be used, once a process. What libraries print on the way there is not shown. */
export const probeDevice: (name: DeviceName) => Promise<Probe> = memoize(async (name) => {
  const [engine, definition] = engineOf(name);
  return { name, engine, ...(await definition.probe(name)) };
});

/**
 * The engine for a device that `findDevice` found, loaded only now.
 *
 * @throws UserError or Error where the device cannot be opened
 */
export function openEngine(device: DeviceName, options: OpenOptions = { runs: 1 }): Promise<Engine> {
  const [, definition] = engineOf(device);
  return definition.open(device, options);
}

/**
 * The engine for a device.
 *
 * @throws UserError where there is none of that name, or the device is missing, saying what to install
 */
export async function createEngine(device: Device): Promise<Engine> {
  return openEngine((await findDevice(device)).name);
}
