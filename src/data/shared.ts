/** A copy of the values in a SharedArrayBuffer, which worker threads read without copying it again. */
export function shared<T extends Uint8Array | Float64Array>(values: T): T {
  const buffer = new SharedArrayBuffer(values.byteLength);
  new Uint8Array(buffer).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return (values.BYTES_PER_ELEMENT === 1 ? new Uint8Array(buffer) : new Float64Array(buffer)) as T;
}
