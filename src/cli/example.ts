/**
 * An example for --help, as yargs takes it: what a command does, and below it the command on a line of its own, which `wrap` leaves whole.
 */
export function example(command: string, does: string): [text: string, beside: string] {
  return [`${does}\n    ${command}`, ''];
}
