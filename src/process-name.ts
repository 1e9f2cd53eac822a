import { hash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';

/**
 * Names that no two processes have which may write into one folder, however many machines share it, and that tell later whether the process
 * still runs. Each is MACHINE-PID-DIGITS.
 */

/** The name of this machine for people. */
export const HOST = os.hostname();

/** Tells this machine since it was started from others of its name, as containers of one image may have; empty where the system does not. */
export const BOOT = bootOf();

/** The name of this machine in names of files. A container counts as another one: its processes see none outside. */
const MACHINE = `${HOST.split('.')[0].replaceAll(/\W/g, '').slice(0, 16)}-${digest(HOST + BOOT + processesInSight())}`;

const NAME = /([\w]*-[0-9a-f]{6})-(\d+)-[0-9a-f]{8}/;

/** What such a name looks like. */
export const PROCESS_NAME = NAME.source;

/** A new name of this process. */
export function processName(): string {
  return `${MACHINE}-${process.pid}-${randomBytes(4).toString('hex')}`;
}

/** Whether a name is such a one. */
export function namesProcess(name: string): boolean {
  return new RegExp(`^${PROCESS_NAME}$`).test(name);
}

/** Whether a text holds the name of a process of this machine that has ended. */
export function namesEndedProcess(text: string): boolean {
  const [, machine, pid] = NAME.exec(text) ?? [];
  return machine === MACHINE && !isRunning(Number(pid));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Else it is another user's.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function bootOf(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  } catch {
    return '';
  }
}

/** Tells the processes of a container from those of others; nothing where the system knows none. */
function processesInSight(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}

function digest(text: string): string {
  return hash('sha256', text).slice(0, 6);
}
