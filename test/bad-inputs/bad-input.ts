/** Something that a user may get wrong, and how the program is called then. */
export interface BadInput {
  /** What is wrong, as docs/errors.md words it. */
  readonly title: string;
  /** Files of the working folder by their paths. */
  readonly files: Readonly<Record<string, string | Uint8Array>>;
  /** Links by their paths, and where each leads. */
  readonly links?: Readonly<Record<string, string>>;
  /** Named pipes, to which nobody writes. */
  readonly pipes?: readonly string[];
  /** Calls of the program before it, which succeed. */
  readonly before?: readonly (readonly string[])[];
  /** Files that are changed after these calls. */
  readonly change?: Readonly<Record<string, string>>;
  /** A text of a file and what takes its place after these calls. */
  readonly replace?: Readonly<Record<string, readonly [text: string, other: string]>>;
  /** The arguments of the program. */
  readonly command: readonly string[];
}

/** A heading of docs/errors.md and what stands under it. */
export interface Section {
  readonly title: string;
  /** What its cases have in common, in Markdown. */
  readonly text: string;
  readonly cases: readonly BadInput[];
  /** Whether they are said and not refused. */
  readonly goesOn?: true;
}

/** A config on table.csv, whose column `state` has the normal label `fine`, with other or more keys; those undefined are left out. */
export function config(keys: Readonly<Record<string, unknown>> = {}): string {
  const content = {
    name: 'parts',
    dataset: { file: 'table.csv', normal: 'fine' },
    detectors: ['deep-sad'],
    ...keys,
  };
  return `${JSON.stringify(content, null, 2)}\n`;
}

/** A table that is as it should be: ten fine and ten broken parts. */
export const TABLE = [
  'length,width,state',
  ...Array.from({ length: 20 }, (_, i) => `${(i * 3) % 20},${(i * 7) % 10},${i % 2 ? 'broken' : 'fine'}`),
  '',
].join('\n');
