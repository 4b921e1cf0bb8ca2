// A small dialect that uses all the shared manners, and an app that speaks it.

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { createApp, type AppOptions } from '../../src/app.ts';
import type { Member } from '../../src/core/context.ts';
import { DomainError, type ErrorCode } from '../../src/core/errors.ts';
import type { Messenger } from '../../src/core/execute.ts';
import type { AccountId, SessionId } from '../../src/core/ids.ts';
import type { Dialect } from '../../src/dialects/dialect.ts';
import {
  answerErrors,
  describeAsProtected,
  describeIssue,
  limitBy,
  LooseInteger,
  memberOf,
  Nullable,
  repeatable,
  requireMember,
  type Manners,
} from '../../src/dialects/fastapi.ts';
import { createLinks } from '../../src/dialects/links.ts';
import { createPublicIds } from '../../src/dialects/public-ids.ts';

const manners: Manners = {
  errors: {
    unauthenticated: { status: 401 },
    forbidden: { status: 403 },
    not_found: { status: 404 },
    invalid: { status: 400, reasons: { key_reused: 422 } },
    conflict: { status: 409 },
    too_many: { status: 429 },
    unavailable: { status: 503 },
  },
  shape({ status, text, issues }) {
    if (issues) return { success: false, message: describeIssue(issues[0]!), detail: issues };
    return { success: false, message: text, detail: status === 500 ? null : text };
  },
};

const member: Member = { kind: 'member', accountId: 1 as AccountId, sessionId: 2 as SessionId, dialect: 'urge' };

const Thing = Type.Object({
  name: Type.String({ minLength: 2, maxLength: 5 }),
  count: Type.Optional(Type.Integer({ minimum: 0, maximum: 10 })),
  on: Type.Optional(Type.Boolean()),
  weight: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  color: Type.Optional(Type.Enum(['red', 'green', 'blue'])),
  code: Type.Optional(Type.String({ pattern: '^\\d+$' })),
  password: Type.Optional(Type.String({ minLength: 8 })),
  email: Type.Optional(Nullable(Type.String({ format: 'email' }))),
  tags: Type.Optional(Type.Array(Type.String(), { maxItems: 3 })),
  links: Type.Optional(Type.Record(Type.String(), Nullable(Type.String()))),
  inner: Type.Optional(Nullable(Type.Object({ flag: Type.Boolean() }))),
  other: Type.Optional(LooseInteger()),
  others: Type.Optional(Type.Array(LooseInteger())),
  size: Type.Integer({ default: 7 }),
});

const Listing = Type.Object({
  limit: Type.Optional(Type.Integer({ minimum: 0, default: 50 })),
  flag: Type.Optional(Type.Boolean()),
  ratio: Type.Optional(Type.Number()),
  maybe: Type.Optional(Nullable(Type.Integer())),
  ids: Type.Optional(Type.Array(Type.Integer())),
  q: Type.Optional(Type.String()),
});

const Answer = Type.Object({
  text: Nullable(Type.String()),
  whole: Nullable(Type.Integer()),
  yes: Nullable(Type.Boolean()),
  at: Nullable(Type.String({ format: 'date-time' })),
  word: Nullable(Type.Enum(['a', 'b'])),
  fixed: Nullable(Type.Literal('x')),
  thing: Nullable(Type.Object({ id: Type.Integer() })),
  list: Nullable(Type.Array(Nullable(Type.String()))),
});

const empty = { text: null, whole: null, yes: null, at: null, word: null, fixed: null, thing: null, list: null };
const full = {
  text: '',
  whole: 0,
  yes: false,
  at: '2025-01-02T03:04:05Z',
  word: 'a' as const,
  fixed: 'x' as const,
  thing: { id: 1 },
  list: ['a', null],
};

const identify = async (token: string) => {
  if (token !== 'good') throw new DomainError('unauthenticated', 'bad_token', 'Token is not valid.');
  return member;
};

const toy: Dialect = {
  name: 'urge',
  encoders: () => ({}),
  routes(scope) {
    const app = scope.withTypeProvider<TypeBoxTypeProvider>();
    answerErrors(scope, manners);

    app.post('/api/things', { schema: { body: Thing } }, async ({ body }) => body);
    app.get('/api/things', { schema: { querystring: Listing } }, async ({ query }) => query);
    const Params = Type.Object({ id: Type.Integer() });
    app.get('/api/things/:id', { schema: { params: Params } }, async ({ params }) => params);
    app.put('/api/things/:id/parts/*', async () => ({}));
    app.delete('/api/things/latest', async () => ({ deleted: 'latest' }));
    app.get('/api/search/:q', async ({ params }) => params as object);
    const Settings = Type.Object({ sound: Type.Optional(Type.Boolean()), size: Type.Integer({ default: 7 }) });
    app.put('/api/settings', { schema: { body: Settings } }, async ({ body }) => body);
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'GET'] as const) {
      app.route({ method, url: '/api/anything', handler: async ({ body }) => ({ body: body ?? null }) });
    }

    const Kind = Type.Object({ kind: Type.String() });
    app.get('/api/nullable/:kind', { schema: { params: Kind, response: { 200: Answer } } }, async ({ params }) =>
      params.kind === 'full' ? full : empty,
    );

    app.get('/api/refuse/:code', async ({ params, query }) => {
      const { code } = params as { code: ErrorCode };
      const { reason = 'some_reason' } = query as { reason?: string };
      throw new DomainError(code, reason, `Refused: ${code}`, code === 'too_many' ? { retryAfter: 1.2 } : {});
    });
    app.get('/api/fault', async () => {
      throw Object.assign(new Error('secret of the house'), { statusCode: 404, detail: 'row with a message' });
    });
    app.get('/api/strange-fault', async () => {
      throw null;
    });

    app.post('/api/once', async (request) => repeatable(request) ?? { key: null });
    app.get('/api/limited', { config: { rateLimit: { max: 2, timeWindow: 60_000 } } }, async () => ({}));
    const SignIn = Type.Object({ phone: Type.String() });
    const limit = limitBy(
      scope,
      { name: 'sign-in', max: 2, seconds: 60, by: ({ body, ip }) => `${(body as { phone: string }).phone} ${ip}` },
      { name: 'sign-in-address', max: 4, seconds: 60, by: ({ ip }) => ip },
    );
    app.post('/api/sign-in', { schema: { body: SignIn }, preHandler: limit }, async () => ({}));

    scope.register(async (closed) => {
      closed.addHook('onRequest', requireMember(identify));
      describeAsProtected(closed);
      closed.get('/api/me', async (request) => ({ account: memberOf(request).accountId }));
      closed.post('/api/closed-early', { schema: { body: Thing } }, async () => ({}));
    });
    scope.register(async (closed) => {
      closed.addHook('preValidation', requireMember(identify));
      closed.post('/api/closed-late', { schema: { body: Thing } }, async () => ({}));
    });
  },
};

/** A whole app that speaks the toy dialect. */
export function toyApp(overrides: Partial<AppOptions> = {}): Promise<FastifyInstance> {
  return createApp({
    settings: {
      environment: 'test',
      corsOrigins: ['http://localhost:3000', 'https://chat.example.org'],
      trustedProxies: false,
      rateLimits: true,
    },
    messenger: {} as Messenger,
    ids: createPublicIds(new Uint8Array(32)),
    links: createLinks({ publicUrl: null, cdnUrl: null }),
    files: { most: 1_000, extensions: ['txt'], small: { side: 200, quality: 85 } },
    dialects: [toy],
    log: { level: 'silent' },
    version: '1.2.3',
    health: async () => {},
    ...overrides,
  });
}
