// Nonsense and malice at every door: never a 500, always a readable no, and nothing changed.

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkAnswer } from '../../support/answers.ts';
import type { Ears, Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { cast, ok, openDirect, quiet, say } from './stage.ts';

interface Operation {
  method: string;
  path: string;
  fields: string[];
  isProtected: boolean;
}

let server: TestServer;
let operations: Operation[];
let alice: Person;
let bob: Person;
let mallory: Person;
let ears: Ears[];
let foreign: { conversation: string; message: string };
/** All who were there before mallory began. */
let others: number[];

beforeAll(async () => {
  server = await startTestServer();
  ({ alice, bob, mallory } = await cast(server, 'alice', 'bob', 'mallory'));
  const conversation = await openDirect(alice, bob);
  foreign = { conversation, message: (await say(alice, conversation, 'theirs')).id };
  ears = await Promise.all([alice.connect(), bob.connect()]);
  operations = readOperations();
  others = [alice, bob].map(({ id }) => server.ids.fromUuid('account', id)!);
});
afterAll(async () => {
  await quiet(...ears);
  ears.forEach((one) => one.close());
  await server.close();
});

function readOperations(): Operation[] {
  const { paths } = server.app.swagger() as unknown as {
    paths: Record<string, Record<string, { tags?: string[]; security?: unknown; requestBody?: object }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      // HEAD has no body to look at, and is GET otherwise; logging out would be the end of it.
      .filter(([method, { tags }]) => tags?.includes('urge') && method !== 'head' && path !== '/api/auth/logout')
      .map(([method, { security, requestBody }]) => ({
        method: method.toUpperCase(),
        path,
        fields: [
          ...new Set(
            [
              ...JSON.stringify(requestBody ?? {}).matchAll(
                /"([a-z_]+)":\{"?(?:type|anyOf|format|minLength|maxLength|enum)/g,
              ),
            ].map(([, name]) => name!),
          ),
        ],
        isProtected: security !== undefined,
      })),
  );
}

/** What the tables hold, but for what comes and goes by itself, and what counts failed tries. */
async function dump(): Promise<string> {
  const { db } = server.database;
  const tables = await sql<{ name: string }>`select tablename as name from pg_tables
    where schemaname = 'public' and tablename not in ('followers', 'search_entries', 'codes', 'two_factor') order by 1`.execute(
    db,
  );
  const parts = tables.rows
    .filter(({ name }) => !name.startsWith('kysely'))
    .map(
      ({ name }) =>
        sql`select ${name} as name, count(*) as n, md5(coalesce(string_agg(line, '|' order by line), '')) as hash 
        from (select (to_jsonb(t) - 'last_seen_at')::text as line from ${sql.table(name)} t) lines`,
    );
  const { rows } = await sql`${sql.join(parts, sql` union all `)}`.execute(db);
  return JSON.stringify(rows, null, 1);
}

/** One request, raw; a refusal must be readable. Answers its status. */
async function knock(
  { method, path }: { method: string; path: string },
  payload: string | undefined,
  more: { token?: string | null; contentType?: string; headers?: Record<string, string> } = {},
): Promise<number> {
  const { token = mallory.accessToken, contentType = 'application/json' } = more;
  const response = await server.app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      ...(token !== null && { authorization: `Bearer ${token}` }),
      ...(payload !== undefined && { 'content-type': contentType }),
      ...more.headers,
    },
    ...(payload !== undefined && { payload }),
  });
  const body = response.body === '' ? undefined : (JSON.parse(response.body) as unknown);
  checkAnswer(server, method, path, response.statusCode, body);
  return response.statusCode;
}

/** What the others see of themselves and of what they have; mallory may well sign up somebody new. */
async function othersSee(): Promise<unknown> {
  const { conversation } = foreign;
  const paths = [
    '/api/conversations',
    `/api/conversations/${conversation}`,
    `/api/conversations/${conversation}/messages`,
  ];
  const seen = await Promise.all([alice, bob].flatMap((who) => paths.map((path) => ok(who.call('GET', path)))));
  const { rows } = await sql`select to_jsonb(a) - 'last_seen_at' as account from accounts a
    where id = any(${others}) order by id`.execute(server.database.db);
  const comesAndGoes = new Set(['last_seen', 'is_online']);
  return JSON.parse(JSON.stringify([seen, rows]), (name, value: unknown) => (comesAndGoes.has(name) ? null : value));
}

type Attempt = () => Promise<number>;

/**
 * Knocks at each of these doors in every way. Where mallory was refused each time nothing at all may have changed; where
 * she was let in it is her own affair, and the others' things are as they were.
 */
async function besiege(doors: readonly Operation[], attemptsAt: (one: Operation) => Attempt[]): Promise<void> {
  const seen = await othersSee();
  let before = await dump();
  for (const one of doors) {
    const statuses = [];
    for (const attempt of attemptsAt(one)) statuses.push(await attempt());
    const after = await dump();
    const refused = statuses.every((status) => status >= 400);
    if (refused || one.method === 'GET') expect(after, `${one.method} ${one.path}`).toBe(before);
    else if (after !== before) expect(await othersSee(), `${one.method} ${one.path}`).toEqual(seen);
    before = after;
  }
  await ok(mallory.call('GET', '/api/auth/me'));
}

/** Ids that are nobody's, somebody else's, or of another kind. */
function strangeIds(): string[] {
  return [
    foreign.conversation,
    foreign.message,
    crypto.randomUUID(),
    server.ids.toUuid('session', 1),
    server.ids.toUuid('conversation', Number.MAX_SAFE_INTEGER),
    server.ids.toUuid('message', Number.MAX_SAFE_INTEGER),
    'nonsense',
    '%00',
    '%',
    '..%2f..%2fetc',
    '-1',
    'x'.repeat(2000),
    encodeURIComponent("' or 1=1 --"),
  ];
}

const at = ({ path }: Operation, id: string) => path.replace(/\{[^}]+\}/g, () => id);

// Thousands of requests: on a busy machine they take their time.
describe('every route', { timeout: 60_000 }, () => {
  it('is known here', () => {
    expect(operations.length).toBeGreaterThanOrEqual(40);
    expect(operations.filter((one) => one.fields.length > 0).length).toBeGreaterThan(10);
  });

  it('survives bodies of every wrong form', async () => {
    const bodies = [
      undefined,
      '',
      '{',
      '{"a":',
      'null',
      'true',
      '7',
      '-0',
      '1e400',
      '"text"',
      '[]',
      '[{}]',
      '[[[[]]]]',
      '{}',
      '{"__proto__":{"admin":true}}',
      '{"constructor":{"prototype":{}}}',
      '{"\u0000":1}',
      '\uFEFF{}',
      `${'['.repeat(5_000)}${']'.repeat(5_000)}`,
      `${'{"a":'.repeat(5_000)}1${'}'.repeat(5_000)}`,
      `[${'0,'.repeat(25_000)}0]`,
    ];
    await besiege(operations, (one) =>
      bodies.map((body) => () => knock({ ...one, path: at(one, foreign.message) }, body)),
    );
  });

  it('survives wrong types in every field', async () => {
    const values = [
      null,
      true,
      0,
      -1,
      1.5,
      1e308,
      '',
      'x',
      'a\0b',
      '\uD800',
      [],
      [[]],
      {},
      { a: 1 },
      ['\0'],
      [null],
      'x'.repeat(5_000),
      foreign.message,
      [foreign.message],
      [foreign.conversation],
    ];
    const writing = operations.filter((one) => one.fields.length > 0);
    await besiege(writing, (one) =>
      values.flatMap((value) => [
        () =>
          knock(
            { ...one, path: at(one, foreign.conversation) },
            JSON.stringify(Object.fromEntries(one.fields.map((name) => [name, value]))),
          ),
        ...one.fields.map(
          (name) => () => knock({ ...one, path: at(one, foreign.message) }, JSON.stringify({ [name]: value })),
        ),
      ]),
    );
  });

  it('survives strange ids, limits and offsets', async () => {
    const withIds = operations.filter((one) => one.path.includes('{'));
    const queries = [
      'limit=99999999999999999999',
      'offset=99999999999999999999',
      'offset=9007199254740991',
      'limit=1e9',
      'limit=%00',
      'limit=1&limit=x',
      'limit[]=1',
      'q=%00',
      'q=%F0%28',
      'before=%00',
      'before=-271821-04-20',
      'before=9999999-01-01',
    ];
    await besiege(withIds, (one) =>
      strangeIds().map(
        (id) => () =>
          knock({ ...one, path: at(one, id) }, one.method === 'GET' ? undefined : '{"content":"x","status":"READ"}'),
      ),
    );
    await besiege(
      operations.filter((one) => one.method === 'GET'),
      (one) =>
        queries.map((query) => () => knock({ ...one, path: `${at(one, foreign.conversation)}?${query}` }, undefined)),
    );
  });

  it('survives 2 MB, other content types and odd headers', async () => {
    const large = JSON.stringify({ content: 'x'.repeat(2 * 1024 * 1024), phone_number: '1'.repeat(100) });
    const posts = operations.filter((one) => one.method !== 'GET');
    await besiege(posts, (one) => {
      const there = { ...one, path: at(one, foreign.message) };
      return [
        () => knock(there, large),
        () => knock(there, 'a=b', { contentType: 'application/x-www-form-urlencoded' }),
        () => knock(there, '{}', { contentType: 'text/plain' }),
        () => knock(there, '{}', { contentType: 'nonsense' }),
        () => knock(there, '--x\r\n\r\n--x--', { contentType: 'multipart/form-data; boundary=x' }),
        () => knock(there, '{}', { headers: { 'idempotency-key': '\u00ff' } }),
        () => knock(there, '{}', { headers: { 'x-language': 'x'.repeat(1000), 'accept-language': ';;;q=9' } }),
      ];
    });
  });

  it('asks for a token before it looks at anything, where one is needed', async () => {
    const bad = [null, 'x', `${mallory.accessToken}x`, mallory.refreshToken, 'a.b.c', 'x'.repeat(10_000)];
    await besiege(
      operations.filter((one) => one.isProtected),
      (one) =>
        bad.map((token) => async () => {
          const status = await knock(
            { ...one, path: at(one, foreign.conversation) },
            one.method === 'GET' ? undefined : '{',
            { token },
          );
          expect(status, `${one.method} ${one.path}`).toBe(401);
          return status;
        }),
    );
  });

  it('survives bodies nobody thought of', async () => {
    const writing = operations.filter((one) => one.fields.length > 0);
    const seen = await othersSee();
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...writing).chain((one) =>
          fc.record({
            one: fc.constant(one),
            body: fc.dictionary(
              fc.oneof(fc.constantFrom(...one.fields), fc.string()),
              fc.oneof(
                fc.jsonValue(),
                fc.string({ unit: 'binary' }),
                fc.constantFrom<unknown>(foreign.conversation, foreign.message, bob.id),
              ),
              { maxKeys: 6 },
            ),
            id: fc.constantFrom(...strangeIds()),
          }),
        ),
        async ({ one, body, id }) => {
          expect(await knock({ ...one, path: at(one, id) }, JSON.stringify(body))).toBeLessThan(500);
        },
      ),
      { numRuns: 300 },
    );
    expect(await othersSee()).toEqual(seen);
  });

  it('of mallory’s own profile takes what it says it takes and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom(
            'display_name',
            'email',
            'bio',
            'avatar',
            'avatar_url',
            'social_links',
            'role',
            'is_verified',
            'phone_number',
          ),
          fc.jsonValue(),
        ),
        async (body) => {
          await knock({ method: 'PUT', path: '/api/auth/profile' }, JSON.stringify(body));
        },
      ),
      { numRuns: 100 },
    );
    expect(await ok(mallory.call('GET', '/api/auth/me'))).toMatchObject({
      role: 'REGULAR',
      is_verified: false,
      phone_number: mallory.phone,
    });
  });
});

describe('every socket event', { timeout: 60_000 }, () => {
  const events = [
    'join:conversation',
    'leave:conversation',
    'message:sent',
    'message:delivered',
    'message:read',
    'typing:start',
    'typing:stop',
    'nonsense',
  ];

  it('survives anything, and changes nothing that is not the sender’s', async () => {
    const mine = await mallory.connect();
    // Her arrival is stored, then told.
    while ((await ears[0]!.next('user:online')).userId !== mallory.id);
    const before = await dump();
    const { conversation, message } = foreign;
    const payloads: unknown[] = [
      undefined,
      null,
      true,
      7,
      '',
      'nonsense',
      '\0',
      'x'.repeat(100_000),
      conversation,
      message,
      [],
      [conversation],
      {},
      { conversationId: conversation },
      { conversation_id: conversation },
      { messageId: message, conversationId: conversation },
      { messageId: { $ne: null } },
      { conversationId: conversation, content: 'let me in', id: message },
      { conversationId: conversation, content: 'let me in', id: 'temp', senderId: alice.id },
      { conversationId: { toString: 'x' }, content: [] },
      { conversationId: conversation, content: 'x\0', replyToId: message },
      { constructor: { prototype: { admin: true } } },
      JSON.parse('{"__proto__":{"conversationId":"x"}}'),
      Buffer.from('binary'),
      nested(200),
    ];
    for (const event of events) {
      for (const payload of payloads) {
        const answer = (await mine.socket.timeout(3_000).emitWithAck(event, payload)) as { success: boolean };
        expect(typeof answer.success).toBe('boolean');
        if (event === 'message:sent') expect(answer.success, JSON.stringify(payload)).toBe(false);
        mine.socket.emit(event, payload, payload);
      }
    }
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...events), fc.jsonValue(), async (event, payload) => {
        await mine.socket.timeout(3_000).emitWithAck(event, payload);
      }),
      { numRuns: 100 },
    );
    expect(mine.socket.connected).toBe(true);
    await quiet(mine, ...ears);
    expect(await dump()).toBe(before);
    expect(server.logged.filter((line) => line.includes('"level":50'))).toEqual([]);
    mine.close();
  });

  function nested(depth: number): unknown {
    return depth === 0 ? 'deep' : { conversationId: nested(depth - 1) };
  }
});
