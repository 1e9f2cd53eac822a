/** The values of arrays of one kind, one array after the other. */
export function concatenate<T extends Uint8Array | Uint32Array | Float32Array | Float64Array>(
  create: new (length: number) => T,
  parts: readonly T[],
): T {
  const whole = new create(parts.reduce((length, part) => length + part.length, 0));
  let start = 0;
  for (const part of parts) {
    whole.set(part, start);
    start += part.length;
  }
  return whole;
}
