// What is left of the product's service endpoints: `/` and `/health` belong to the server (DECISIONS 32).

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { DomainError } from '../../core/errors.ts';
import { tryDatabase } from '../../core/health.ts';
import type { Surroundings } from '../dialect.ts';

export function serviceRoutes(app: FastifyInstance, { messenger }: Surroundings): void {
  app.get(
    '/db-test',
    {
      schema: {
        operationId: 'aiDatabaseTest',
        summary: 'Whether the database answers',
        response: { 200: Type.Object({ status: Type.String() }) },
      },
    },
    async (request) => {
      try {
        await messenger.ask({ kind: 'system' }, tryDatabase, {});
      } catch (error) {
        request.log.error({ err: error }, 'the database does not answer');
        throw new DomainError('unavailable', 'no_database', 'The database does not answer.', { retryAfter: 3 });
      }
      return { status: 'database connection working' };
    },
  );
}
