import type { Engine } from './engine.js';

/** An engine's entry in the registry: it is loaded only by what is called. */
export interface EngineDefinition<Name extends string = string> {
  /** What it computes on, as `--device` calls it. */
  readonly devices: readonly Name[];
  /** Those of them that `auto` takes where they are there and no program stands in for a GPU, best first. */
  readonly gpus: readonly Name[];
  /** Whether a device computes runs of one process together, so that it takes all in one process and not each in its own. */
  readonly together: boolean;
  /** Finds out whether a device can be used, without a trace in this process where that may leave one. */
  probe(device: Name): Promise<Finding>;
  /**
   * Opens a device that a probe found.
   *
   * @throws UserError or Error where it cannot be opened after all
   */
  open(device: Name, options: OpenOptions): Promise<Engine>;
}

/** What an engine is opened for. */
export interface OpenOptions {
  /** How many runs go on in this process at a time, at most. */
  readonly runs: number;
  /** Is told, in words, what all of them should know of the device. */
  notice?(text: string): void;
}

/** What a device turned out to be. */
export type Finding = Found | Missing;

/** It can be used. */
export interface Found {
  readonly available: true;
  /** The instruction set, the adapter of a GPU, or the library. */
  readonly adapter: string;
  /** Whether it is a program that stands in for a GPU. */
  readonly software: boolean;
  /** Memory and versions, by what they are of. */
  readonly details: Readonly<Record<string, string>>;
}

/** It cannot be used. */
export interface Missing {
  readonly available: false;
  readonly reason: string;
  /** What to install; absent where the reason says it. */
  readonly remedy?: string;
}
