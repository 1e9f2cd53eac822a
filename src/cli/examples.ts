/**
 * Examples for --help, as yargs takes them: what a command does, and below it the command on a line of its own, which `wrap` leaves whole.
 *
 * @param given each command, and what it does
 */
export function examples(
  ...given: readonly (readonly [command: string, does: string])[]
): [text: string, beside: string][] {
  return given.map(([command, does]) => [`${does}\n    ${command}`, '']);
}
