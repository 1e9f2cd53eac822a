/** A copy of the values in a SharedArrayBuffer, which worker threads read without copying it again. */
export function shared<T extends Uint8Array | Float32Array | Float64Array>(values: T): T {
  const copy = new (values.constructor as new (buffer: SharedArrayBuffer) => T)(
    new SharedArrayBuffer(values.byteLength),
  );
  copy.set(values);
  return copy;
}
