/** A function of objects that works out the value of each once, and keeps it as long as the object is kept. */
export function remembered<K extends object, T>(of: (object: K) => T): (object: K) => T {
  const known = new WeakMap<K, { readonly value: T }>();
  return (object) => {
    const found = known.get(object);
    if (found) return found.value;
    const value = of(object);
    known.set(object, { value });
    return value;
  };
}
