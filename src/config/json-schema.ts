import { z } from 'zod';
import type { Experiment } from './schema.js';

/** The JSON Schema of configs, for editors to complete and check them: a JSON text. */
export function jsonSchema(schema: z.ZodType<Experiment>): string {
  const content = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ ...content, title: 'deepsad experiment' }, null, 2)}\n`;
}
