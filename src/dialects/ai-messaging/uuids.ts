// Ids as the other products write them: a UUID on input is read as the integer that this product calls the same thing.

import type { FastifyRequest } from 'fastify';
import type { IdKind, PublicIds } from '../public-ids.ts';

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;
/** An id that nobody has. */
const nobody = 0;

/** Before a route's schemas are asked: what `fields` name, in path and body. What is no UUID stays as it is. */
export function readUuids(ids: PublicIds, fields: Readonly<Record<string, IdKind>>) {
  return async (request: FastifyRequest): Promise<void> => {
    for (const given of [request.params, request.body] as (Record<string, unknown> | null | undefined)[]) {
      if (given === null || typeof given !== 'object') continue;
      for (const [name, kind] of Object.entries(fields)) {
        const text = Object.hasOwn(given, name) ? given[name] : undefined;
        if (typeof text !== 'string' || !uuid.test(text)) continue;
        const id = ids.fromUuid(kind, text) ?? nobody;
        // A path is text, and read as its schema says.
        given[name] = given === request.params ? String(id) : id;
      }
    }
  };
}
