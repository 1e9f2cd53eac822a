/** A number of things, a whole one, as it is read best: 69,120. Not by `toLocaleString`, whose first call takes some 10 ms. */
export function count(number: number): string {
  return String(number).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A number of things and their name: 1 run, 69,120 runs. */
export function counted(number: number, singular: string, plural = `${singular}s`): string {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}

/** The first of many members, each in the words of a message, and how many more there are. */
export function few<T>(members: readonly T[], most: number, inWords: (member: T) => string): string {
  const listed = members.slice(0, most).map(inWords);
  if (members.length > most) listed.push(`${count(members.length - most)} more`);
  return listed.join(', ');
}
