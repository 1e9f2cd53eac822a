import * as z from 'zod';

/** One value, or a list of them: the values of one dimension of the grid. Its output is always the list. */
export function oneOrMany<T extends z.ZodType>(schema: T) {
  return z.union([schema.transform((value) => [value]), z.array(schema).min(1)]);
}

/**
 * The options of a detector with each value lifted to one or many. An option that is itself a list, such as the widths of
 * hidden layers, becomes many when given as a list of lists.
 */
export function liftOptions(options: z.ZodObject): Record<string, z.ZodType> {
  return Object.fromEntries(
    Object.entries(options.shape).map(([name, schema]) => {
      const isWrapped = schema instanceof z.ZodOptional || schema instanceof z.ZodDefault;
      const inner = (isWrapped ? schema.unwrap() : schema) as z.ZodType;
      const fallback = schema instanceof z.ZodDefault ? { default: schema.def.defaultValue } : {};
      // The default is for editors to show: what fills it in is the detector's own schema, once the data are known.
      return [
        name,
        oneOrMany(inner)
          .optional()
          .meta({ ...(schema as z.ZodType).meta(), ...fallback }),
      ];
    }),
  );
}
