import * as z from 'zod';
import { experimentSchema } from './schema.js';

/** The JSON Schema of configs, for editors to complete and check them: a JSON text. */
export function jsonSchema(schema = experimentSchema()): string {
  const content = z.toJSONSchema(schema, { io: 'input' });
  return `${JSON.stringify({ ...content, title: 'deepsad experiment' }, null, 2)}\n`;
}
