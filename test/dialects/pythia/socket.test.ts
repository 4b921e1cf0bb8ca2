// Pythia's WebSocket: who is let in, what is refused and how, and what every connection hears exactly once.

import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { signUp } from '../../support/people.ts';
import { join, listen, makeChannel, ok, register, say, type Ears, type Pythian } from './people.ts';

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
  channel = await makeChannel(alice, 'lobby', { is_public: true });
  await join(channel, bob);
});
afterAll(() => server.close());

describe('the handshake', () => {
  const forged = (aud: string, exp: number) =>
    new SignJWT({ type: 'access', sid: 1 })
      .setProtectedHeader({ alg: 'HS256' })
      .setAudience(aud)
      .setExpirationTime(exp)
      .sign(Buffer.from('somebody else’s secret, long enough'));

  test.each([
    ['', 4001],
    ['nonsense', 4001],
    ['a.b.c', 4001],
  ])('with the token "%s" ends with %d', async (token, code) => {
    expect((await listen(server, token).closed).code).toBe(code);
  });

  test.each([
    ['pythia', 2_000_000_000, 1008],
    ['pythia', 1_000_000_000, 1008],
    ['nerutalk', 2_000_000_000, 4001],
  ])('with a token that only says %s, good until %d, ends with %d', async (aud, exp, code) => {
    expect((await listen(server, await forged(aud, exp)).closed).code).toBe(code);
  });

  it('with a token of another product is told so', async () => {
    const urges = await signUp(server, 'Urge');
    expect(await listen(server, urges.accessToken).closed).toMatchObject({ code: 4001 });
  });
});

describe('a frame', () => {
  let ears: Ears;
  beforeAll(async () => {
    ears = await alice.connect();
  });
  afterAll(() => ears.close());

  const nobody = '00000000-0000-4000-8000-000000000000';

  test.each([
    ['not json', 'invalid_json'],
    ['', 'invalid_json'],
    ['null', 'internal_error'],
    ['[1]', 'internal_error'],
    ['"text"', 'internal_error'],
    ['{}', 'unknown_message_type'],
    [{ type: 3 }, 'unknown_message_type'],
    [{ type: '__proto__' }, 'unknown_message_type'],
    [{ type: 'constructor' }, 'unknown_message_type'],
    [{ type: 'join_chat', data: { chat_id: 1 } }, 'unknown_message_type'],
    [{ type: 'join_channel' }, 'join_channel_error'],
    [{ type: 'join_channel', channel_id: 7 }, 'join_channel_error'],
    [{ type: 'join_channel', channel_id: { toString: 1 } }, 'join_channel_error'],
    [{ type: 'join_channel', channel_id: nobody }, 'access_denied'],
    [{ type: 'join_channel', channel_id: '\0' }, 'access_denied'],
    [{ type: 'leave_channel' }, 'leave_channel_error'],
    [{ type: 'typing_indicator', is_typing: true }, 'typing_indicator_error'],
    [{ type: 'typing_indicator', channel_id: nobody }, 'typing_indicator_error'],
    [{ type: 'typing_indicator', channel_id: nobody, is_typing: 'yes' }, 'typing_indicator_error'],
    [{ type: 'typing_indicator', channel_id: nobody, is_typing: true }, 'access_denied'],
    [{ type: 'get_online_users' }, 'missing_channel_id'],
    [{ type: 'get_online_users', channel_id: nobody }, 'access_denied'],
  ])('%j is answered %s, and the connection stays', async (said, code) => {
    ears.say(said);
    const { type: _, ...error } = await ears.next('error');
    expect(error).toEqual({ error_code: code, message: expect.any(String), details: null });
    await ears.settled();
  });

  it('of an outsider reaches nobody', async () => {
    const outside = await mallory.connect();
    for (const type of ['join_channel', 'typing_indicator', 'get_online_users']) {
      outside.say({ type, channel_id: channel, is_typing: true });
      expect(await outside.next('error')).toMatchObject({ error_code: 'access_denied' });
    }
    await say(alice, channel, 'for members');
    await ears.next('new_message');
    await ears.settled();
    await outside.settled();
    expect([outside.heard, ears.heard]).toEqual([[], []]);
    await outside.close();
  });
});

describe('what is said in order', () => {
  it('reaches every connection of everybody once, with mentions and plain messages sent at once', async () => {
    const all = [await alice.connect(), await alice.connect(), await bob.connect()];
    const count = 60;
    await Promise.all(
      Array.from({ length: count }, (_, n) =>
        say(n % 2 ? alice : bob, channel, n % 3 === 0 ? `${n} @bob @alice` : `${n}`),
      ),
    );
    const orders = await Promise.all(
      all.map(async (ears) => {
        const ids: string[] = [];
        for (let n = 0; n < count; n += 1) ids.push((await ears.next('new_message')).data.id);
        for (let n = 0; n < count / 3; n += 1) await ears.next('mention_notification');
        await ears.settled();
        expect(ears.heard.filter((frame) => frame.type !== 'user_status')).toEqual([]);
        return ids;
      }),
    );
    expect(new Set(orders[0]).size).toBe(count);
    expect(orders[1]).toEqual(orders[0]);
    expect(orders[2]).toEqual(orders[0]);
    const page = await ok(alice.call('GET', `/api/v1/messages/channel/${channel}?limit=${count}`));
    expect(page.map((one: { id: string }) => one.id)).toEqual(orders[0]);
    for (const ears of all) await ears.close();
  });

  it('has a dense number for every change, mentions among them, in the order of the log', async () => {
    const { rows } = await server.database.pool.query(
      `select conversation_id, array_agg(change_no order by xid, id)::int[] as numbers from changes
        where change_no is not null group by conversation_id`,
    );
    for (const { numbers } of rows as { numbers: number[] }[]) {
      expect(numbers).toEqual(Array.from({ length: numbers.length }, (_, index) => index + 1));
    }
  });
});
