// GET /sync: what somebody missed since a cursor, as the dialect of their token says it.

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { headOf, missedBy } from './core/catch-up.ts';
import type { Asking, DialectName, Member } from './core/context.ts';
import { DomainError } from './core/errors.ts';
import type { Event } from './core/events.ts';
import type { LogPosition } from './core/log.ts';
import type { Dialect, Surroundings } from './dialects/dialect.ts';
import { describeAsProtected, limitBy, memberOf, requireMember } from './dialects/fastapi.ts';
import { Beyond, readCursor, writeCursor, type Cursor } from './realtime/cursor.ts';
import { Rendering } from './realtime/rendering.ts';
import type { Language } from './texts/index.ts';
import { wantedLanguage } from './texts/wanted.ts';

/** How one dialect answers a member’s request for what happened, as wire text. */
type Answer = (member: Member, events: readonly Event[], request: FastifyRequest) => Promise<readonly string[]>;

interface Query {
  cursor: string;
  limit: number;
}

const Text = { type: 'string' };
const querystring = {
  type: 'object',
  properties: {
    cursor: {
      ...Text,
      default: 'latest',
      maxLength: 8192,
      description: 'Where the answer before ended; `latest`: now',
    },
    limit: { type: 'integer', minimum: 1, maximum: 1000, default: 200, description: 'Changes looked at, at most' },
  },
};
const Page = {
  type: 'object',
  required: ['events', 'cursor', 'more'],
  properties: {
    events: { type: 'array', items: {}, description: 'As the socket says them: frames, or `[event, …arguments]`' },
    cursor: { ...Text, description: 'For the next question' },
    more: { type: 'boolean', description: 'Whether to ask again at once' },
  },
};
const Trimmed = {
  type: 'object',
  description: 'The log does not reach back so far: read everything anew, then go on from this cursor',
  required: ['detail', 'message', 'cursor'],
  properties: { detail: Text, message: Text, cursor: Text },
};

/** Adds the route, which any good token opens. */
export async function serveSync(
  app: FastifyInstance,
  { messenger, dialects, ...around }: Surroundings & { dialects: readonly Dialect[] },
): Promise<void> {
  const tellers = new Map(dialects.map((dialect) => [dialect.name, tellerOf(dialect, { messenger, ...around })]));
  const limited = limitBy(app, {
    name: 'sync',
    max: 600,
    seconds: 60,
    by: (request) => String(memberOf(request).accountId),
  });
  describeAsProtected(app);
  app.addHook(
    'onRequest',
    requireMember((token) => messenger.authenticate(token)),
  );

  app.get<{ Querystring: Query }>(
    '/sync',
    {
      preHandler: limited,
      schema: {
        summary: 'What one missed since a cursor, in the words of the product whose token one has',
        operationId: 'sync',
        querystring,
        response: { 200: Page, 410: Trimmed },
      },
    },
    async (request, reply) => {
      const member = memberOf(request);
      const { cursor, limit } = request.query;
      const tell = tellerOfMember(tellers, member);
      if (cursor === 'latest') {
        const position = await messenger.ask(member, head, {});
        return send(reply, pageOf([], { position, beyond: new Beyond() }, false));
      }
      const { position: after, beyond } = readCursor(cursor);
      const missed = await messenger.ask(member, missedSince, { after, limit });
      const { position } = missed;
      if (missed.trimmed) {
        const detail = 'The log does not reach back to this cursor. Read everything anew, then go on from the new one.';
        const fresh = writeCursor({ position, beyond: new Beyond() });
        return send(reply.code(410), JSON.stringify({ detail, message: detail, cursor: fresh }));
      }
      const events = missed.events.filter((event) => !beyond.has(event));
      return send(reply, pageOf(await tell(member, events, request), { position, beyond }, missed.more));
    },
  );
}

/** As text: the frames are JSON already. */
function send(reply: FastifyReply, json: string): FastifyReply {
  return reply.type('application/json; charset=utf-8').serializer(String).send(json);
}

const head = ({ db }: Asking<Member>, _input: object) => headOf(db);
const missedSince = ({ db, actor }: Asking<Member>, { after, limit }: { after: LogPosition; limit: number }) =>
  missedBy(db, actor.accountId, after, limit);

function pageOf(events: readonly string[], cursor: Cursor, more: boolean): string {
  return `{"events":[${events.join(',')}],"cursor":"${writeCursor(cursor)}","more":${more}}`;
}

function tellerOfMember(tellers: ReadonlyMap<DialectName, Answer>, { dialect }: Member): Answer {
  const tell = tellers.get(dialect);
  if (!tell) throw new DomainError('not_found', 'no_such_dialect', 'This server does not speak that dialect.');
  return tell;
}

function tellerOf(dialect: Dialect, around: Surroundings): Answer {
  const tell = dialect.tell?.(around);
  if (tell) return (member, events, request) => tell(member, events, languageOf(request, around));
  const tables = { [dialect.name]: dialect.synced?.(around) ?? {} };
  return async (member, events, request) => {
    const listener = {
      connectionId: request.id,
      member,
      language: languageOf(request, around),
      left: new Set<never>(),
      joined: new Set<never>(),
    };
    return events.flatMap((event) =>
      new Rendering(event, tables, tables, request.log).for(dialect.name, listener, true).map(({ text }) => text),
    );
  };
}

function languageOf({ headers, url }: FastifyRequest, { languages }: Surroundings): Language {
  const codes = [new URLSearchParams(url.split('?', 2)[1]).get('lang'), headers['x-language']];
  return wantedLanguage({ codes, accepted: headers['accept-language'] }, languages);
}
