/**
 * How many elements any one Set or Map that is filled meanwhile comes to hold. Whatever holds an element a row fails at 2^24 rows, and a test
 * need not have as many to tell.
 */
export async function mostHeld(action: () => Promise<unknown>): Promise<number> {
  const { add } = Set.prototype;
  const { set } = Map.prototype;
  let most = 0;
  Set.prototype.add = function (value) {
    add.call(this, value);
    most = Math.max(most, this.size);
    return this;
  };
  Map.prototype.set = function (key, value) {
    set.call(this, key, value);
    most = Math.max(most, this.size);
    return this;
  };
  try {
    await action();
    return most;
  } finally {
    Set.prototype.add = add;
    Map.prototype.set = set;
  }
}
