import type { Argv } from 'yargs';
import { examples } from './examples.js';
import { printData } from './output.js';

export const options = {};

/** Adds `deepsad schema`: the JSON Schema of configs, on standard output. */
export function register(parser: Argv): Argv {
  return parser.command(
    'schema',
    'Print the JSON Schema of configs, for editors',
    (command) =>
      command.example(
        examples([
          '$0 schema > deepsad.schema.json',
          'name it in a config by a first line  # yaml-language-server: $schema=deepsad.schema.json',
        ]),
      ),
    async () => {
      const { jsonSchema } = await import('../config/json-schema.js');
      await printData(jsonSchema());
    },
  );
}
