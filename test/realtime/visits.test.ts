// Who is here by requests alone: for how long, how it ends, and who sees it.

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test, vi } from 'vitest';
import type { SessionId } from '../../src/core/ids.ts';
import { createVisits, type Visits } from '../../src/realtime/visits.ts';
import { call, type Ears, type Person, signUp } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';
import { member } from './support.ts';

describe('a visit', () => {
  const told: string[] = [];
  let visits: Visits;
  const alice = member('alice');
  const onPhone = { ...alice, sessionId: 77 as SessionId };

  beforeEach(() => {
    vi.useFakeTimers();
    told.length = 0;
    visits = createVisits(
      {
        visited: ({ sessionId }) => told.push(`visited ${sessionId}`),
        left: ({ sessionId }) => told.push(`left ${sessionId}`),
      },
      60_000,
    );
  });
  afterEach(() => {
    visits.close();
    vi.useRealTimers();
  });

  test('lasts a minute from the last request, and is told once', () => {
    for (let seconds = 0; seconds < 90; seconds += 1) {
      visits.note(alice);
      visits.note(alice);
      vi.advanceTimersByTime(1_000);
    }
    vi.advanceTimersByTime(57_000);
    expect(told).toEqual([`visited ${alice.sessionId}`]);
    vi.advanceTimersByTime(3_000);
    expect(told).toEqual([`visited ${alice.sessionId}`, `left ${alice.sessionId}`]);
  });

  test('ends with its session, and the others of that person go on', () => {
    visits.note(alice);
    visits.note(onPhone);
    visits.end([alice.sessionId, 4711 as SessionId]);
    expect(told).toEqual([`visited ${alice.sessionId}`, 'visited 77', `left ${alice.sessionId}`]);
    visits.close();
    expect(told.at(-1)).toBe('left 77');
  });

  test('of those who are still here, the ones who came first do not keep the others', () => {
    visits.note(alice);
    vi.advanceTimersByTime(30_000);
    visits.note(onPhone);
    vi.advanceTimersByTime(20_000);
    visits.note(alice);
    vi.advanceTimersByTime(41_000);
    expect(told).toEqual([`visited ${alice.sessionId}`, 'visited 77', 'left 77']);
  });
});

describe('people who only make requests', () => {
  let server: TestServer;
  let bob: Person;
  let mallory: Person;
  let his: Ears;
  let hers: Ears;
  const password = 'Correct-horse-1';

  beforeAll(async () => {
    server = await startTestServer();
    bob = await signUp(server, 'Bob');
    mallory = await signUp(server, 'Mallory');
  });
  beforeEach(async () => {
    his = await bob.connect();
    hers = await mallory.connect();
  });
  afterEach(() => {
    his.close();
    hers.close();
  });
  afterAll(() => server.close());

  const seenBy = async (viewer: Person, id: string) =>
    (await viewer.call('GET', `/api/users/${id}`)).body.is_online as boolean;
  const newsOf = (ears: Ears, event: string, id: string) =>
    ears.heard.filter((one) => one.event === event && (one.payload as { userId: string }).userId === id);

  const products = [
    {
      name: 'AI Messaging',
      register: (username: string) =>
        call(server, 'POST', '/auth/register', { body: { username, password, email: `${username}@example.org` } }),
      login: (username: string) => call(server, 'POST', '/auth/login', { body: { username, password } }),
      logout: (token: string) => call(server, 'POST', '/auth/logout', { token }),
    },
    {
      name: 'NeruTalk',
      register: (username: string) =>
        call(server, 'POST', '/api/v1/register', { body: { username, password, email: `${username}@example.org` } }),
      login: (username: string) =>
        call(server, 'POST', '/api/v1/login', { body: { email: `${username}@example.org`, password } }),
      logout: (token: string) => call(server, 'POST', '/api/v1/logout', { token }),
    },
  ];

  it.each(products)('$name: are here from their signing in until they sign out', async (product) => {
    const username = product.name === 'NeruTalk' ? 'nora' : 'alan';
    const first = (await product.register(username)).body;
    const id = await idOf(first.access_token);
    await vi.waitFor(() => expect(newsOf(his, 'user:online', id)).toHaveLength(1));
    expect(await seenBy(bob, id)).toBe(true);

    const second = (await product.login(username)).body;
    expect((await product.logout(first.access_token)).status).toBe(200);
    expect(await seenBy(bob, id)).toBe(true);
    expect(newsOf(his, 'user:offline', id)).toEqual([]);
    expect((await product.logout(second.access_token)).status).toBe(200);
    await vi.waitFor(() => expect(newsOf(his, 'user:offline', id)).toHaveLength(1));
    expect(await seenBy(bob, id)).toBe(false);
    expect(newsOf(his, 'user:online', id)).toHaveLength(1);
  });

  it('whoever they block sees and hears nothing of it', async () => {
    const { access_token: token } = (await products[1]!.register('nina')).body;
    const id = await idOf(token);
    await vi.waitFor(() => expect(newsOf(hers, 'user:online', id)).toHaveLength(1));
    expect((await call(server, 'POST', `/api/settings/privacy/block/${mallory.id}`, { token })).status).toBe(200);
    expect(await seenBy(mallory, id)).toBe(false);
    await vi.waitFor(() => expect(newsOf(hers, 'user:offline', id)).toHaveLength(1));
    await products[1]!.logout(token);
    await vi.waitFor(() => expect(newsOf(his, 'user:offline', id)).toHaveLength(1));
    expect(newsOf(hers, 'user:offline', id)).toHaveLength(1);
  });

  it('requests with a token of the other two say nothing', async () => {
    const carol = await signUp(server, 'Carol');
    await carol.call('GET', '/api/auth/me');
    expect(await seenBy(bob, carol.id)).toBe(false);
    await his.silence('user:online');
  });

  async function idOf(token: string): Promise<string> {
    return server.ids.toUuid('account', (await server.messenger.authenticate(token)).accountId);
  }
});
