import { readFileSync } from 'node:fs';

/** The bytes of a fixture of another program's making. */
export function fixture(name: string): Uint8Array {
  return readFileSync(new URL(`fixtures/${name}`, import.meta.url));
}
