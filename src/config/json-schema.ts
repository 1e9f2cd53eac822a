import * as z from 'zod';
import { experimentSchema } from './schema.js';

/** The JSON Schema of configs, for editors to complete and check them: a JSON text. */
export function jsonSchema(): string {
  const content = z.toJSONSchema(experimentSchema(), {
    io: 'input',
    // zod leaves the default of what is transformed out.
    override: ({ zodSchema, jsonSchema }) => {
      const fallback = z.globalRegistry.get(zodSchema)?.default;
      if (fallback !== undefined) jsonSchema.default = fallback;
    },
  });
  return `${JSON.stringify({ ...content, title: 'deepsad experiment' }, null, 2)}\n`;
}
