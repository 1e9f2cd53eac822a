/** A copy of the values in a SharedArrayBuffer, which worker threads read without copying it again. */
export function shared<T extends Int8Array | Uint8Array | Float32Array | Float64Array>(values: T): T {
  // A Buffer is copied as the Uint8Array that it is: only its own functions may make one.
  const type = values instanceof Uint8Array ? Uint8Array : values.constructor;
  const copy = new (type as new (buffer: SharedArrayBuffer) => T)(new SharedArrayBuffer(values.byteLength));
  copy.set(values);
  return copy;
}
