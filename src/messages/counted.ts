/** A number of things, a whole one, as it is read best: 69,120. Not by `toLocaleString`, whose first call takes some 10 ms. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number of things and their name: 1 run, 69,120 runs. */
export function counted(number: number, singular: string, plural = `${singular}s`): string {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

/** How many names a list in a sentence has at most. */
const NAMED = 3;

/** The first of some names in a sentence, and how many more there are: a, b, c, 17 more. */
export function firstFew(names: readonly string[]): string {
  const more = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(more > 0 ? [`${count(more)} more`] : [])].join(', ');
}
