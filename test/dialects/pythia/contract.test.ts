// Sections 2 to 4 and 8 of Pythia's contract, case by case: what is answered, and what a refusal leaves as it was.

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { history, join, makeChannel, no, ok, pythian, register, say, type Pythian } from './people.ts';

let server: TestServer;
let alice: Pythian;
let bob: Pythian;
let mallory: Pythian;
let channel: string;

beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  mallory = await register(server, 'mallory');
  channel = await makeChannel(alice, 'lobby');
  await join(channel, bob);
});
afterAll(() => server.close());

const nobody = '00000000-0000-4000-8000-000000000000';
const iso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

describe('what is not allowed', () => {
  test.each([
    ['POST', '/api/v1/auth/register', { email: 'x', username: 'x', password: 'x' }, 422],
    ['POST', '/api/v1/auth/register', { email: 'x@example.org', username: '', password: 'x' }, 422],
    ['POST', '/api/v1/auth/register', { email: 'x@example.org', username: 'x' }, 422],
    ['POST', '/api/v1/auth/register', { email: 'ALICE@example.org', username: 'bob', password: 'x' }, 400],
    ['POST', '/api/v1/auth/register', { email: 'new@example.org', username: 'Bob', password: 'x' }, 400],
    ['POST', '/api/v1/auth/register', { email: 'new@example.org', username: 'user_abcdefghijkl', password: 'x' }, 400],
    ['POST', '/api/v1/auth/login', { username: 'alice', password: 'wrong' }, 401],
    ['POST', '/api/v1/auth/login', { username: 'Alice', password: 'Secret1' }, 401],
    ['POST', '/api/v1/auth/login', { username: 'alice@example.org', password: 'Secret1' }, 401],
    ['POST', '/api/v1/auth/login', { username: 'alice' }, 422],
  ] as const)('%s %s %o: %d', async (method, path, body, expected) => {
    const [status] = await no(call(server, method, path, { body }));
    expect(status).toBe(expected);
  });

  test.each([
    ['GET', '/api/v1/auth/me'],
    ['GET', '/api/v1/users/'],
    ['GET', '/api/v1/channels/my'],
    ['POST', '/api/v1/messages/'],
    ['GET', '/api/v1/admin/dashboard'],
  ] as const)('%s %s without a token, or with a bad one: 401', async (method, path) => {
    for (const headers of [{}, { authorization: 'Bearer nonsense' }, { authorization: 'Basic x' }]) {
      const answer = await call(server, method, path, { headers });
      expect([answer.status, answer.headers['www-authenticate']]).toEqual([401, 'Bearer']);
    }
  });

  interface Refusal {
    name: string;
    by?: () => Pythian;
    method: string;
    path: () => string;
    body?: () => unknown;
    status: number;
    detail?: string;
  }

  const refusals: Refusal[] = [
    { name: 'an unknown user', method: 'GET', path: () => `/api/v1/users/${nobody}`, status: 404 },
    { name: 'a user id of another kind', method: 'GET', path: () => `/api/v1/users/${channel}`, status: 404 },
    {
      name: 'somebody else’s profile, whatever the change',
      method: 'PUT',
      path: () => `/api/v1/users/${bob.id}`,
      body: () => ({ email: 3 }),
      status: 403,
    },
    {
      name: 'a null e-mail address',
      method: 'PUT',
      path: () => `/api/v1/users/${alice.id}`,
      body: () => ({ email: null }),
      status: 422,
    },
    {
      name: 'a null username',
      method: 'PUT',
      path: () => `/api/v1/users/${alice.id}`,
      body: () => ({ username: null }),
      status: 422,
    },
    {
      name: 'a username that is taken',
      method: 'PUT',
      path: () => `/api/v1/users/${alice.id}`,
      body: () => ({ username: 'BOB' }),
      status: 400,
      detail: 'Username already taken',
    },
    {
      name: 'an e-mail address that is taken',
      method: 'PUT',
      path: () => `/api/v1/users/${alice.id}`,
      body: () => ({ email: 'bob@example.org' }),
      status: 400,
      detail: 'Email already registered',
    },
    {
      name: 'a channel name that is taken',
      method: 'POST',
      path: () => '/api/v1/channels/',
      body: () => ({ name: ' lobby ' }),
      status: 400,
      detail: 'Channel with this name already exists',
    },
    {
      name: 'an empty channel name',
      method: 'POST',
      path: () => '/api/v1/channels/',
      body: () => ({ name: '  ' }),
      status: 422,
    },
    {
      name: 'a long channel name',
      method: 'POST',
      path: () => '/api/v1/channels/',
      body: () => ({ name: 'n'.repeat(101) }),
      status: 422,
    },
    { name: 'an unknown channel', method: 'GET', path: () => `/api/v1/channels/${nobody}`, status: 404 },
    {
      name: 'another’s channel, though public',
      by: () => mallory,
      method: 'GET',
      path: () => `/api/v1/channels/${channel}`,
      status: 403,
      detail: 'You are not a member of this channel',
    },
    {
      name: 'joining nothing',
      method: 'POST',
      path: () => '/api/v1/channels/join',
      body: () => ({ channel_id: nobody }),
      status: 404,
    },
    {
      name: 'joining twice',
      by: () => bob,
      method: 'POST',
      path: () => '/api/v1/channels/join',
      body: () => ({ channel_id: channel }),
      status: 400,
    },
    {
      name: 'leaving what one is not in',
      by: () => mallory,
      method: 'DELETE',
      path: () => `/api/v1/channels/${channel}/leave`,
      status: 400,
    },
    { name: 'leaving nothing', method: 'DELETE', path: () => `/api/v1/channels/${nobody}/leave`, status: 400 },
    {
      name: 'adding to an unknown channel',
      method: 'POST',
      path: () => `/api/v1/channels/${nobody}/add-user`,
      body: () => ({ user_id: bob.id }),
      status: 404,
    },
    {
      name: 'adding nobody',
      method: 'POST',
      path: () => `/api/v1/channels/${channel}/add-user`,
      body: () => ({ user_id: nobody }),
      status: 404,
    },
    {
      name: 'adding without saying whom',
      method: 'POST',
      path: () => `/api/v1/channels/${channel}/add-user`,
      body: () => ({}),
      status: 422,
    },
    {
      name: 'adding a member',
      method: 'POST',
      path: () => `/api/v1/channels/${channel}/add-user`,
      body: () => ({ user_id: bob.id }),
      status: 400,
    },
    {
      name: 'adding by an outsider',
      by: () => mallory,
      method: 'POST',
      path: () => `/api/v1/channels/${channel}/add-user`,
      body: () => ({ user_id: mallory.id }),
      status: 403,
    },
    {
      name: 'history of an unknown channel',
      method: 'GET',
      path: () => `/api/v1/messages/channel/${nobody}`,
      status: 403,
    },
    {
      name: 'history of another’s channel',
      by: () => mallory,
      method: 'GET',
      path: () => `/api/v1/messages/channel/${channel}`,
      status: 403,
    },
    ...['limit=0', 'limit=101', 'limit=x', 'offset=-1', 'offset=1e99', 'limit='].map((query): Refusal => ({
      name: `history with ${query}`,
      method: 'GET',
      path: () => `/api/v1/messages/channel/${channel}?${query}`,
      status: 422,
    })),
    ...['limit=51', 'page=0', 'page=1000000001'].map((query): Refusal => ({
      name: `mentions with ${query}`,
      method: 'GET',
      path: () => `/api/v1/messages/mentions/my?${query}`,
      status: 422,
    })),
    {
      name: 'sending to an unknown channel',
      method: 'POST',
      path: () => '/api/v1/messages/',
      body: () => ({ content: 'x', channel_id: nobody }),
      status: 403,
    },
    {
      name: 'sending to another’s channel',
      by: () => mallory,
      method: 'POST',
      path: () => '/api/v1/messages/',
      body: () => ({ content: 'x', channel_id: channel }),
      status: 403,
    },
    ...(
      [
        ['', 422],
        [' \n ', 422],
        ['x'.repeat(2001), 422],
        ['nul \0', 422],
        ['**bold', 400],
        ['a ` b', 400],
        ['``` open', 400],
        ['```done``` and ` more', 400],
      ] as const
    ).map(([content, status]): Refusal => ({
      name: `sending ${JSON.stringify(content.slice(0, 20))}`,
      method: 'POST',
      path: () => '/api/v1/messages/',
      body: () => ({ content, channel_id: channel }),
      status,
    })),
    {
      name: 'sending a number',
      method: 'POST',
      path: () => '/api/v1/messages/',
      body: () => ({ content: 3, channel_id: channel }),
      status: 422,
    },
    { name: 'an unknown message', method: 'GET', path: () => `/api/v1/messages/${nobody}`, status: 404 },
    {
      name: 'a reaction to nothing',
      method: 'POST',
      path: () => '/api/v1/messages/reactions',
      body: () => ({ message_id: nobody, emoji: '👍' }),
      status: 404,
    },
    ...['', '👍'.repeat(17)].map((emoji): Refusal => ({
      name: `a reaction of ${emoji.length} units`,
      method: 'POST',
      path: () => '/api/v1/messages/reactions',
      body: () => ({ message_id: nobody, emoji }),
      status: 422,
    })),
    ...[nobody, 'temp_1', 'temp_0000000000000', `temp_${'9'.repeat(13)}`, `temp_${'9'.repeat(40)}`].map(
      (id): Refusal => ({
        name: `taking off reaction ${id.slice(0, 20)}`,
        method: 'DELETE',
        path: () => `/api/v1/messages/reactions/${id}`,
        status: 404,
      }),
    ),
    {
      name: 'validating nothing',
      method: 'POST',
      path: () => '/api/v1/messages/format/validate',
      body: () => ({}),
      status: 422,
    },
  ];

  it.each(refusals)('$name: $status, four times, and nothing has changed', async (refusal) => {
    const { by = () => alice, method, path, body, status, detail } = refusal;
    const before = await world();
    for (let time = 0; time < 4; time += 1) {
      const [found, text] = await no(by().call(method, path(), body?.()));
      expect(found).toBe(status);
      if (detail !== undefined) expect(text).toBe(detail);
      if (status === 422) expect(text).toMatchObject([{ type: expect.any(String), loc: expect.any(Array) }]);
    }
    expect(await world()).toEqual(before);
  });

  /** All rows there are, but for what requests alone leave behind. */
  async function world(): Promise<unknown> {
    const { rows } = await server.database.pool.query(
      `select (select count(*) from messages) as messages, (select count(*) from changes) as changes,
        (select count(*) from memberships where left_at is null) as memberships,
        (select count(*) from conversations) as conversations, (select count(*) from reactions) as reactions,
        (select count(*) from accounts) as accounts, (select max(updated_at) from accounts) as changed`,
    );
    return rows[0];
  }

  it.each(['null', '[]', '"x"', '{', '{"content":{"a":1},"channel_id":[]}', `{"a":${'['.repeat(5000)}}`])(
    'the body %s is refused, and never a fault',
    async (payload) => {
      for (const url of [
        '/api/v1/messages/',
        '/api/v1/channels/',
        '/api/v1/messages/reactions',
        '/api/v1/auth/login',
      ]) {
        const { statusCode, body } = await server.app.inject({
          method: 'POST',
          url,
          payload,
          headers: { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' },
        });
        expect([statusCode, Array.isArray(JSON.parse(body).detail)]).toEqual([422, true]);
      }
    },
  );
});

describe('people', () => {
  it('sign in with what they registered, and are themselves', async () => {
    const signedIn = await ok(
      call(server, 'POST', '/api/v1/auth/login/', { body: { username: 'alice', password: 'Secret1' } }),
    );
    expect(signedIn.token_type).toBe('bearer');
    const me = await ok(pythian(server, signedIn).call('GET', '/api/v1/auth/me'));
    expect(me).toEqual({
      id: alice.id,
      email: 'alice@example.org',
      username: 'alice',
      avatar: null,
      status: 'ACTIVE',
      banned_until: null,
      created_at: expect.stringMatching(iso),
      updated_at: expect.stringMatching(iso),
    });
    const claims = JSON.parse(Buffer.from(signedIn.access_token.split('.')[1], 'base64url').toString());
    expect(claims).toMatchObject({ aud: 'pythia', sub: alice.id, exp: expect.any(Number) });
  });

  it('change what they give, and clear only their picture', async () => {
    const carol = await register(server, 'carol');
    const change = (body: object) => ok(carol.call('PUT', `/api/v1/users/${carol.id}`, body));
    expect(await change({ avatar: 'http://x/y.png', ignored: true })).toMatchObject({
      avatar: 'http://x/y.png',
      username: 'carol',
    });
    expect(await change({ username: 'Carol_2', email: 'carol2@example.org' })).toMatchObject({
      username: 'Carol_2',
      email: 'carol2@example.org',
      avatar: 'http://x/y.png',
    });
    expect(await change({ avatar: null })).toMatchObject({ avatar: null });
    expect(await change({})).toMatchObject({ username: 'Carol_2' });
    expect(await ok(bob.call('GET', `/api/v1/users/${carol.id}`))).toMatchObject({ email: 'carol2@example.org' });
  });

  it('are listed and found by part of a name or address, where % is only itself', async () => {
    const names = async (path: string) =>
      (await ok(alice.call('GET', path))).map((one: { username: string }) => one.username);
    const everybody = await names('/api/v1/users');
    expect(everybody).toEqual(everybody.toSorted((a: string, b: string) => (a < b ? -1 : 1)));
    expect(everybody).toEqual(expect.arrayContaining(['alice', 'bob', 'mallory']));
    expect(await names('/api/v1/users/search/LIC')).toEqual(['alice']);
    expect(await names('/api/v1/users/search/ob%40example')).toEqual(['bob']);
    expect(await names('/api/v1/users/search/%25')).toEqual([]);
    expect(await names('/api/v1/users/search/_')).toEqual(['Carol_2']);
    expect((await names('/api/v1/users/search/example')).length).toBeLessThanOrEqual(10);
    expect(await names('/api/v1/channels/users/available')).not.toContain('alice');
  });

  it('from other products have an address that tells nothing', async () => {
    await server.messenger.ask(
      { kind: 'system' },
      async ({ db }) => {
        await db
          .insertInto('accounts')
          .values({
            username: 'elsewhere',
            email: 'real@example.org',
            email_dialects: ['urge'],
            social_links: '{}',
            created_in: 'urge',
          })
          .execute();
      },
      {},
    );
    const [found] = await ok(alice.call('GET', '/api/v1/users/search/elsewhere'));
    expect(found.email).toBe('elsewhere@users.invalid');
    expect(await ok(alice.call('GET', '/api/v1/users/search/real@'))).toEqual([]);
  });
});

describe('channels', () => {
  it('are listed oldest first, and one’s own last joined first', async () => {
    const dave = await register(server, 'dave');
    const made = await makeChannel(dave, 'daves', { is_public: false, description: null });
    await join(channel, dave);
    const own = await ok(dave.call('GET', '/api/v1/channels/my/'));
    expect(own.map((one: { id: string }) => one.id)).toEqual([channel, made]);
    expect(own[1]).toMatchObject({ description: null, is_public: false, member_count: 1, members: [{ id: dave.id }] });
    const all = (await ok(dave.call('GET', '/api/v1/channels'))).map((one: { name: string }) => one.name);
    expect(all).toEqual(['general', 'random', 'announcements', 'lobby']);
    await ok(dave.call('DELETE', `/api/v1/channels/${made}/leave`));
    expect(await no(dave.call('GET', `/api/v1/channels/${made}`))).toEqual([
      403,
      'You are not a member of this channel',
    ]);
  });

  it('come back to who joins again, with all that was said', async () => {
    const erin = await register(server, 'erin');
    await join(channel, erin);
    await say(erin, channel, 'before');
    await ok(erin.call('DELETE', `/api/v1/channels/${channel}/leave/`));
    await say(alice, channel, 'meanwhile');
    await join(channel, erin);
    const texts = (await history(erin, channel)).map((one: { content: string }) => one.content);
    expect(texts.slice(-2)).toEqual(['before', 'meanwhile']);
  });

  it('are made once, however often an Idempotency-Key is sent', async () => {
    const make = (name: string, key: string) =>
      alice.call('POST', '/api/v1/channels/', { name }, { 'idempotency-key': key });
    const first = await ok(make('keyed', 'one-channel'));
    expect(await ok(make('keyed', 'one-channel'))).toEqual(first);
    expect((await no(make('other', 'one-channel')))[0]).toBe(422);
    expect((await no(make('other', 'not a key')))[0]).toBe(422);
  });
});

describe('messages', () => {
  it('are kept tidy, and say what marks they have', async () => {
    const sent = await say(
      alice,
      channel,
      '  **b** *i* `c` ```x\n y``` http://a.b https://c :tada:   \n\n\n\n end @bob @bob ',
    );
    expect(sent.content).toBe('**b** *i* `c` ```x\n y``` http://a.b https://c :tada:  \n\n end @bob @bob');
    expect(sent.mentions).toEqual(['bob']);
    expect(sent.formatting).toEqual({
      has_bold: true,
      has_italic: true,
      has_code: true,
      has_code_block: true,
      has_links: true,
      has_mentions: true,
      has_emojis: true,
      link_count: 2,
      mention_count: 2,
      emoji_count: 1,
    });
    expect(await ok(bob.call('GET', `/api/v1/messages/${sent.id}`))).toEqual(sent);
  });

  it('may have 2000 characters, counted as people count', async () => {
    const sent = await say(alice, channel, '🎉'.repeat(2000));
    expect([...sent.content].length).toBe(2000);
  });

  it('keep markup as it is', async () => {
    const markup = '<img src=x onerror=alert(1)> & "quotes"';
    expect((await say(alice, channel, markup)).content).toBe(markup);
  });

  it('are stored once for one Idempotency-Key, and another body under it is refused', async () => {
    const send = (content: string) =>
      alice.call('POST', '/api/v1/messages', { content, channel_id: channel }, { 'idempotency-key': 'only-one' });
    const [first, again] = await Promise.all([ok(send('keyed @bob')), ok(send('keyed @bob'))]);
    expect(again).toEqual(first);
    expect((await no(send('other')))[0]).toBe(422);
  });

  it('are found by page while new ones arrive, none left out', async () => {
    const busy = await makeChannel(alice, 'busy');
    for (let n = 0; n < 12; n += 1) await say(alice, busy, String(n));
    const all = await history(alice, busy, '?limit=100');
    await ok(alice.call('DELETE', `/api/v1/messages/${all[3].id}`));
    await ok(alice.call('DELETE', `/api/v1/messages/${all[8].id}`));
    const left = ['0', '1', '2', '4', '5', '6', '7', '9', '10', '11'];
    const page = async (offset: number, limit = 3) =>
      (await history(alice, busy, `?limit=${limit}&offset=${offset}`)).map((one: { content: string }) => one.content);
    for (let offset = 0; offset <= 11; offset += 1) {
      const end = Math.max(0, left.length - offset);
      expect(await page(offset), `offset ${offset}`).toEqual(left.slice(Math.max(0, end - 3), end));
    }
    const seen = new Set<string>();
    for (let offset = 0; offset < 16; offset += 2) {
      for (const text of await page(offset, 4)) seen.add(text);
      if (offset < 8) await say(alice, busy, `late ${offset}`);
    }
    expect([...seen]).toEqual(expect.arrayContaining(left));
    expect(await page(Number.MAX_SAFE_INTEGER)).toEqual([]);
  });

  it('are validated without being sent, in body or query', async () => {
    const validate = (path: string, body?: object) =>
      ok(alice.call('POST', `/api/v1/messages/format/validate${path}`, body));
    expect(await validate('', { content: ' **x** @bob ' })).toMatchObject({
      valid: true,
      error: null,
      sanitized_content: '**x** @bob',
      mentions: ['bob'],
      formatting: { has_bold: true },
    });
    expect(await validate('/?content=x')).toMatchObject({ valid: true, sanitized_content: 'x' });
    expect(await validate('', { content: '**x' })).toEqual({
      valid: false,
      error: 'Unbalanced bold markers (**).',
      formatting: null,
      sanitized_content: null,
      mentions: [],
    });
    expect(await validate('', { content: '' })).toMatchObject({ valid: false });
  });

  it('are edited and deleted by their author alone', async () => {
    const sent = await say(alice, channel, 'mine');
    expect(await no(bob.call('PUT', `/api/v1/messages/${sent.id}`, { content: 'ours' }))).toEqual([
      403,
      'Only the sender can edit a message.',
    ]);
    expect((await no(bob.call('DELETE', `/api/v1/messages/${sent.id}`)))[0]).toBe(403);
    expect((await no(alice.call('PUT', `/api/v1/messages/${sent.id}`, { content: '**' })))[0]).toBe(400);
    expect((await no(alice.call('PUT', `/api/v1/messages/${sent.id}`, { content: ' ' })))[0]).toBe(422);
    expect(await ok(alice.call('GET', `/api/v1/messages/${sent.id}`))).toEqual(sent);
  });
});

describe('reactions', () => {
  it('are taken off by their id, and by the one the client made up', async () => {
    const sent = await say(alice, channel, 'react');
    const add = (emoji: string) => ok(bob.call('POST', '/api/v1/messages/reactions', { message_id: sent.id, emoji }));
    const shown = async () =>
      (await ok(bob.call('GET', `/api/v1/messages/${sent.id}`))).reactions as { id: string; emoji: string }[];
    await add('👍');
    await add('👎');
    const [first] = await shown();
    expect(await no(mallory.call('DELETE', `/api/v1/messages/reactions/${first!.id}`))).toEqual([
      404,
      'Reaction not found',
    ]);
    expect(await ok(bob.call('DELETE', `/api/v1/messages/reactions/${first!.id}`))).toMatchObject({ action: 'remove' });
    expect(await shown()).toMatchObject([{ emoji: '👎' }]);
    expect((await no(bob.call('DELETE', `/api/v1/messages/reactions/temp_${Date.now() - 15_000}`)))[0]).toBe(404);
    await ok(bob.call('DELETE', `/api/v1/messages/reactions/temp_${Date.now()}`));
    expect(await shown()).toEqual([]);
  });

  it('toggled 50 times by two people at once end as they began, and are heard in their order', async () => {
    const sent = await say(alice, channel, 'race');
    const ears = await alice.connect();
    const toggle = (by: Pythian) =>
      ok(by.call('POST', '/api/v1/messages/reactions', { message_id: sent.id, emoji: '🏁' }));
    await Promise.all(Array.from({ length: 100 }, (_, n) => toggle(n % 2 === 0 ? alice : bob)));
    expect((await ok(alice.call('GET', `/api/v1/messages/${sent.id}`))).reactions).toEqual([]);
    const standing = new Map<string, boolean>();
    for (let n = 0; n < 100; n += 1) {
      const { data } = await ears.next('message_reaction');
      expect(standing.get(data.user_id) ?? false, 'each adds what is not there').toBe(data.action === 'remove');
      standing.set(data.user_id, data.action === 'add');
    }
    await ears.close();
    await toggle(bob);
    expect((await ok(alice.call('GET', `/api/v1/messages/${sent.id}`))).reactions).toHaveLength(1);
  });
});

describe('browsers', () => {
  const origin = 'http://localhost:3000';

  it('may read refusals too', async () => {
    for (const path of ['/api/v1/auth/me', '/api/v1/nowhere', `/api/v1/users/${nobody}`]) {
      const { headers } = await call(server, 'GET', path, { headers: { origin } });
      expect(headers).toMatchObject({
        'access-control-allow-origin': origin,
        'access-control-allow-credentials': 'true',
      });
    }
  });

  it('ask first, and are answered 200 without a token', async () => {
    const { statusCode, headers } = await server.app.inject({
      method: 'OPTIONS',
      url: '/api/v1/messages/',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type',
      },
    });
    expect([statusCode, headers['access-control-allow-origin']]).toEqual([200, origin]);
  });

  it('are never redirected, with or without a slash at the end', async () => {
    for (const path of ['/users', '/channels', '/channels/my', `/messages/channel/${channel}`]) {
      const [bare, slashed] = await Promise.all(
        [path, path.includes('?') ? path : `${path}/`].map((one) => ok(alice.call('GET', `/api/v1${one}`))),
      );
      expect(bare).toEqual(slashed);
    }
  });

  it('learn which methods a path has', async () => {
    expect(await alice.call('PATCH', '/api/v1/channels/')).toMatchObject({
      status: 405,
      body: { detail: expect.any(String) },
    });
  });
});
