// Schemas that typebox does not have, and how Ajv is to treat all of them.

import type { FastifyServerOptions } from 'fastify';
import { Type, type Static, type TSchema, type TUnsafe } from 'typebox';

/** Marks, in a schema, an integer that bodies may also write as text. */
export const loose = 'x-loose';

/**
 * Fastify's `ajv` option. Nothing is coerced (see screening.ts); fields that a schema does not name are removed, so map
 * types must be `Type.Record` and objects must not be joined by unions or intersections; defaults are filled in; every
 * fault is collected.
 */
export const ajvOptions: NonNullable<FastifyServerOptions['ajv']> = {
  customOptions: {
    coerceTypes: false,
    removeAdditional: 'all',
    useDefaults: true,
    allErrors: true,
    verbose: true,
    allowUnionTypes: true,
    keywords: [loose],
  },
};

/**
 * `T` or null, both on input and on output. An answer's every field that can be null must say so: the serializer
 * writes an undeclared null as `""` or `0`. Inside `Type.Optional`, not around it.
 */
export function Nullable<T extends TSchema>(schema: T): TUnsafe<Static<T> | null> {
  const { type, enum: words, const: word } = schema as { type?: unknown; enum?: unknown[]; const?: unknown };
  if (typeof type === 'string' && words === undefined && word === undefined) {
    return Type.Unsafe({ ...schema, type: [type, 'null'] });
  }
  if (words !== undefined && type === undefined) return Type.Unsafe({ ...schema, enum: [...words, null] });
  return Type.Unsafe({ anyOf: [schema, { type: 'null' }] });
}

/** An integer that a body may also write as decimal text (`"3"`): handlers always get the number. */
export function LooseInteger(options: { minimum?: number; maximum?: number; default?: number } = {}): TUnsafe<number> {
  return Type.Unsafe({ type: 'integer', ...options, [loose]: true });
}
