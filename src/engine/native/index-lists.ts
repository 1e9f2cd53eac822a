/** For each target, the source positions that are summed into it: the input of the kernel `gatherSums`. */
export interface IndexLists {
  readonly count: number;
  readonly starts: Int32Array;
  readonly indices: Int32Array;
}

/** Packs one list of positions a target. */
export function indexLists(lists: readonly (readonly number[])[]): IndexLists {
  const starts = new Int32Array(lists.length + 1);
  lists.forEach((list, i) => {
    starts[i + 1] = starts[i] + list.length;
  });
  const indices = new Int32Array(starts[lists.length]);
  lists.forEach((list, i) => {
    indices.set(list, starts[i]);
  });
  return { count: lists.length, starts, indices };
}
