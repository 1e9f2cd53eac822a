import { UserError } from '../errors.js';
import type { EngineDefinition } from './definition.js';
import { native } from './native/definition.js';
import { tfjs } from './tfjs/definition.js';
import { webgpu } from './webgpu/definition.js';

/** Every engine, by the name that records and ids of runs give it. */
export const ENGINES = { native, webgpu, tfjs } as const;

export type EngineName = keyof typeof ENGINES;

/** What runs can be computed on: each device is of one engine. */
export type DeviceName = (typeof ENGINES)[EngineName]['devices'][number];

/** What a user may ask to compute on; `auto` is a GPU where there is one that can be used, else the CPU. */
export type Device = 'auto' | DeviceName;

const definitions = Object.entries(ENGINES) as [EngineName, EngineDefinition<DeviceName>][];

/** Every device, in the order of the engines. */
export const DEVICES: readonly DeviceName[] = definitions.flatMap(([, { devices }]) => devices);

/** Every device that a user may ask for. */
export const DEVICE_CHOICES: readonly Device[] = ['auto', ...DEVICES];

/** The devices that `auto` looks for, in the order of the engines. */
export const GPUS: readonly DeviceName[] = definitions.flatMap(([, { gpus }]) => gpus);

/** @throws UserError where a user may not ask for a device */
export function requireChoice(device: Device): void {
  if (DEVICE_CHOICES.includes(device)) return;
  throw new UserError(`there is no device ${device}; expected one of ${DEVICE_CHOICES.join(', ')}`);
}

/** The engine of a device, and its name. @throws UserError where there is no such device */
export function engineOf(device: DeviceName): [EngineName, EngineDefinition<DeviceName>] {
  const found = definitions.find(([, { devices }]) => devices.includes(device));
  if (!found) throw new UserError(`there is no device ${device}; expected one of ${DEVICES.join(', ')}`);
  return found;
}
