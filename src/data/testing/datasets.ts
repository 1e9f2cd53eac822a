import type { Dataset, SampleShape, Samples } from '../dataset.js';

/** A data set with values and classes written out; an image's values are its bytes. */
export function dataset(content: {
  shape: SampleShape;
  classNames: readonly string[];
  training: readonly [values: readonly number[], label: number][];
  test?: readonly [values: readonly number[], label: number][];
}): Dataset {
  const { shape, classNames, training, test } = content;
  const samples = (rows: readonly [readonly number[], number][]): Samples => {
    const values = rows.flatMap(([row]) => row);
    return {
      count: rows.length,
      values: shape.length === 1 ? Float64Array.from(values) : Uint8Array.from(values),
      classes: Uint8Array.from(rows, ([, label]) => label),
    };
  };
  return {
    name: 'written out',
    shape,
    classNames,
    training: samples(training),
    ...(test && { test: samples(test) }),
    checksum: 'none',
    defaults: { network: 'mlp', representationSize: 2, hiddenSizes: [4] },
  };
}
