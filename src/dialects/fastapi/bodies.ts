// How a request's body is read: JSON, or nothing.

import type { FastifyInstance } from 'fastify';
import { InvalidRequest } from './issues.ts';

/**
 * Replaces the body parsers of `app` and of all inside it. Declared JSON is parsed, and an empty body is no body,
 * whatever the method; broken JSON is an InvalidRequest (`json_invalid`). Anything else counts as a body that fits no
 * object schema, hence 422 where JSON is needed and no matter elsewhere. A route that takes another form (multipart,
 * url-encoded) adds its parser in its own scope.
 */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();

  app.addContentTypeParser<string>(
    /^application\/(?:[\w.-]+\+)?json\b/,
    { parseAs: 'string' },
    (request, text, done) => {
      if (text.length === 0 || request.is404) return done(null, undefined);
      try {
        done(null, JSON.parse(text.charCodeAt(0) === 0xfeff ? text.slice(1) : text));
      } catch (error) {
        done(brokenJson(error));
      }
    },
  );

  app.addContentTypeParser<string>('*', { parseAs: 'string' }, (_request, text, done) => {
    done(null, text.length === 0 ? undefined : '');
  });
}

/** V8's message quotes the text, which may hold secrets, so only its position is told. */
function brokenJson(error: unknown): InvalidRequest {
  const [, position] = /position (\d+)/.exec(error instanceof Error ? error.message : '') ?? [];
  return new InvalidRequest({
    type: 'json_invalid',
    loc: ['body', Number(position ?? 0)],
    msg: 'JSON decode error',
    ctx: { error: 'Not valid JSON' },
  });
}
