/** A number of things as it is read best: 69,120. */
export function count(number: number): string {
  return number.toLocaleString('en');
}

/** A number of things and their name: 1 run, 69,120 runs. */
export function counted(number: number, singular: string, plural = `${singular}s`): string {
  return `${count(number)} ${number === 1 ? singular : plural}`;
}
