/** The values in a SharedArrayBuffer, which worker threads read without copying it again; a copy where they are in none. */
export function shared<T extends Uint8Array | Int8Array | Float32Array | Float64Array>(values: T): T {
  // A Buffer becomes the Uint8Array that it is: only its own functions may make one.
  const type = values instanceof Uint8Array ? Uint8Array : values.constructor;
  const create = type as new (buffer: SharedArrayBuffer, offset?: number, length?: number) => T;
  const { buffer, byteOffset, length, byteLength } = values;
  if (buffer instanceof SharedArrayBuffer) return new create(buffer, byteOffset, length);
  const copy = new create(new SharedArrayBuffer(byteLength));
  copy.set(values);
  return copy;
}
