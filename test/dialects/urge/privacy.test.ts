// Privacy switches and blocks, with their effect everywhere (contract: sections 4.9, 12 and 15; DECISIONS 17, 30).

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, type Ears, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { cast, emit, listed, messageIn, ok, openDirect, openGroup, quiet, say, textsOf, type Body } from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;

/** Somebody who is there all the time, and hears whom everybody hears. */
let witness: Ears;

beforeAll(async () => {
  server = await startTestServer();
  const { wendy } = await cast(server, 'wendy');
  witness = await wendy.connect();
});
afterAll(async () => {
  witness.close();
  await server.close();
});
beforeEach(async () => {
  ({ alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory'));
});

const at = '/api/settings/privacy';
const block = (who: Person, whom: Person) => who.call('POST', `${at}/block/${whom.id}`);
const unblock = (who: Person, whom: Person) => who.call('DELETE', `${at}/unblock/${whom.id}`);
const change = (who: Person, query: string) => ok(who.call('PUT', `${at}?${query}`));
const seen = (who: Person, whom: Person) => ok(who.call('GET', `/api/users/${whom.id}`));
const off = { show_online_status: false, show_last_seen: false, show_profile_photo: false, show_read_receipts: false };
const on = { show_online_status: true, show_last_seen: true, show_profile_photo: true, show_read_receipts: true };

/** The next such event about this person: those who left other tests may still be going. */
async function hear(ears: Ears, event: string, about: Person): Promise<Body> {
  for (;;) {
    const payload = await ears.next(event);
    if (payload.userId === about.id) return payload;
  }
}

/** Sockets of these people, opened one after the other, with their own coming heard and taken. */
async function settle(...people: Person[]): Promise<Ears[]> {
  const all: Ears[] = [];
  for (const person of people) {
    const ears = await person.connect();
    for (const other of [witness, ...all]) await hear(other, 'user:online', person);
    all.push(ears);
  }
  return all;
}

/** Fails if anything was heard, of these four people, that was not taken. */
async function nothing(...all: Ears[]): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 150));
  const ours = new Set([alice, bob, carol, mallory].map((one) => one.id));
  const isOther = ({ payload }: Ears['heard'][number]) => {
    const { userId } = (payload ?? {}) as { userId?: string };
    return userId !== undefined && !ours.has(userId);
  };
  for (const ears of all)
    expect(ears.heard.filter((one) => one.event !== 'authenticated' && !isOther(one))).toEqual([]);
}

describe('switches', () => {
  it('are all on at first, and set by query, by body, or both, each alone', async () => {
    expect(await ok(alice.call('GET', at))).toEqual({ ...on, blocked_users_count: 0 });
    const query = Object.entries(off)
      .map(([name, value]) => `${name}=${value}`)
      .join('&');
    expect(await change(alice, query)).toEqual({ success: true, message: expect.any(String), settings: off });
    expect(await ok(alice.call('PUT', at, on))).toMatchObject({ settings: on });
    const one = { ...on, show_last_seen: false };
    expect(await ok(alice.call('PUT', at, { show_last_seen: false }))).toMatchObject({ settings: one });
    expect(await ok(alice.call('PUT', at))).toMatchObject({ settings: one });
    const empty = await call(server, 'PUT', `${at}?show_last_seen=true`, {
      token: alice.accessToken,
      headers: { 'content-type': 'application/json' },
    });
    expect(empty.body).toMatchObject({ settings: on });
    expect(await ok(alice.call('GET', at))).toEqual({ ...on, blocked_users_count: 0 });
    for (const bad of ['show_last_seen=perhaps', 'show_online_status=2']) {
      expect((await alice.call('PUT', `${at}?${bad}`)).status, bad).toBe(422);
    }
    expect((await alice.call('PUT', at, { show_last_seen: 'no' })).status).toBe(422);
    expect((await call(server, 'GET', at)).status).toBe(401);
  });

  it('of presence: who hides it goes offline for others at once, and comes back', async () => {
    const [aliceEars, bobEars] = await settle(alice, bob);
    await change(alice, 'show_online_status=false&show_last_seen=false');
    expect(await hear(bobEars!, 'user:offline', alice)).toEqual({ userId: alice.id, lastSeen: null });
    expect(await seen(bob, alice)).toMatchObject({ is_online: false, last_seen: null });
    expect(await ok(bob.call('GET', `/api/users/${alice.id}/status`))).toMatchObject({
      is_online: false,
      last_seen: null,
    });
    expect(await seen(alice, alice)).toMatchObject({ is_online: true });
    await change(alice, 'show_online_status=false');
    await nothing(aliceEars!, bobEars!);
    await change(alice, 'show_online_status=true');
    expect(await hear(bobEars!, 'user:online', alice)).toEqual({ userId: alice.id });
    expect(await seen(bob, alice)).toMatchObject({ is_online: true, last_seen: null });
    await nothing(aliceEars!, bobEars!);
    aliceEars!.close();
    bobEars!.close();
  });

  it('of presence tell nobody of somebody who is not there', async () => {
    const [bobEars] = await settle(bob);
    await change(alice, 'show_online_status=false');
    await change(alice, 'show_online_status=true');
    await nothing(bobEars!);
    bobEars!.close();
  });

  it('of the photo and of receipts hold from then on', async () => {
    await ok(alice.call('PUT', '/api/auth/profile', { avatar_url: 'https://example.org/a.png' }));
    const chat = await openDirect(bob, alice);
    expect(await seen(bob, alice)).toMatchObject({ avatar_url: 'https://example.org/a.png' });
    await change(alice, 'show_profile_photo=false&show_read_receipts=false');
    expect(await seen(bob, alice)).toMatchObject({ avatar_url: null });
    expect((await listed(bob, chat)).avatar).toBeNull();
    const [bobEars] = await settle(bob);
    const sent = await say(bob, chat, 'seen?');
    await bobEars!.next('message:received');
    await ok(alice.call('PUT', `/api/conversations/${chat}/read`, {}));
    expect(await messageIn(bob, chat, sent.id)).toMatchObject({ status: 'SENT', read_at: null });
    await nothing(bobEars!);
    bobEars!.close();
  });
});

describe('blocking', () => {
  it('answers whom one blocks, as ids and as people', async () => {
    expect(await ok(alice.call('GET', `${at}/blocked`))).toEqual({ blocked_users: [] });
    expect(await ok(block(alice, bob))).toEqual({
      success: true,
      message: expect.any(String),
      blocked_users: [bob.id],
    });
    expect((await ok(block(alice, carol))).blocked_users).toEqual([carol.id, bob.id]);
    const { blocked_users } = await ok(alice.call('GET', `${at}/blocked`));
    expect(blocked_users).toEqual([
      { id: carol.id, display_name: 'Carol', phone_number: '', avatar_url: null },
      { id: bob.id, display_name: 'Bob', phone_number: '', avatar_url: null },
    ]);
    expect(await ok(alice.call('GET', at))).toMatchObject({ blocked_users_count: 2 });
    expect(await ok(bob.call('GET', `${at}/blocked`))).toEqual({ blocked_users: [] });
    expect((await ok(unblock(alice, carol))).blocked_users).toEqual([bob.id]);
  });

  it('is refused twice, to oneself and for nobody; a retry with its key is answered again', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = await ok(alice.call('POST', `${at}/block/${bob.id}`, undefined, key));
    expect(await ok(alice.call('POST', `${at}/block/${bob.id}`, undefined, key))).toEqual(first);
    expect((await block(alice, bob)).status).toBe(400);
    expect((await block(alice, alice)).status).toBe(400);
    for (const id of ['nonsense', crypto.randomUUID(), server.ids.toUuid('account', 9_999_999)]) {
      for (const [method, path] of [
        ['POST', 'block'],
        ['DELETE', 'unblock'],
        ['GET', 'blocked/check'],
      ] as const) {
        expect((await alice.call(method, `${at}/${path}/${id}`)).status, `${path} ${id}`).toBe(404);
      }
    }
    expect((await unblock(alice, carol)).status).toBe(404);
    expect((await unblock(bob, alice)).status).toBe(404);
    for (const path of [`${at}/blocked`, `${at}/blocked/check/${bob.id}`]) {
      expect((await call(server, 'GET', path)).status).toBe(401);
    }
  });

  it('of several at once counts once', async () => {
    const answers = await Promise.all([block(alice, bob), block(alice, bob), block(bob, alice)]);
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 200, 400]);
  });

  it('is checked from both sides', async () => {
    const check = (who: Person, whom: Person) => ok(who.call('GET', `${at}/blocked/check/${whom.id}`));
    expect(await check(alice, bob)).toEqual({ i_blocked_them: false, they_blocked_me: false, is_blocked: false });
    await ok(block(alice, bob));
    expect(await check(alice, bob)).toEqual({ i_blocked_them: true, they_blocked_me: false, is_blocked: true });
    expect(await check(bob, alice)).toEqual({ i_blocked_them: false, they_blocked_me: true, is_blocked: true });
  });

  it('ends direct messages both ways, with a text for each side, and taking it back lets them through', async () => {
    const chat = await openDirect(alice, bob);
    await ok(block(alice, bob));
    const send = (who: Person) => who.call('POST', '/api/messages', { conversation_id: chat, content: 'hello?' });
    const [mine, theirs] = [await send(alice), await send(bob)];
    expect([mine.status, theirs.status]).toEqual([403, 403]);
    expect(mine.body.message).not.toBe(theirs.body.message);
    await ok(block(bob, alice));
    await ok(unblock(alice, bob));
    expect((await send(alice)).status).toBe(403);
    await ok(unblock(bob, alice));
    await ok(send(alice));
    await ok(send(bob));
  });

  it('holds for a conversation that is opened after it, and for one opened at the same time', async () => {
    await ok(block(alice, bob));
    for (const who of [alice, bob]) {
      const chat = await openDirect(who, who === alice ? bob : alice);
      expect((await who.call('POST', '/api/messages', { conversation_id: chat, content: 'x' })).status).toBe(403);
    }
    const [made] = await Promise.all([openDirect(carol, mallory), ok(block(mallory, carol))]);
    expect((await carol.call('POST', '/api/messages', { conversation_id: made, content: 'x' })).status).toBe(403);
  });

  it('hides presence both ways, live too; the others notice nothing, and nobody hears more than that', async () => {
    const chat = await openDirect(alice, bob);
    const all = await settle(alice, bob, mallory);
    const [aliceEars, bobEars, malloryEars] = all as [Ears, Ears, Ears];
    await ok(block(alice, bob));
    expect(await hear(bobEars, 'user:offline', alice)).toEqual({ userId: alice.id, lastSeen: null });
    expect(await hear(aliceEars, 'user:offline', bob)).toEqual({ userId: bob.id, lastSeen: null });
    for (const [who, whom] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      expect(await seen(who, whom)).toMatchObject({ is_online: false, last_seen: null, avatar_url: null });
      const participant = (await listed(who, chat)).participants.find((one: Body) => one.id === whom.id);
      expect(participant).toMatchObject({ is_online: false, last_seen: null, avatar_url: null });
      expect(
        (await ok(who.call('GET', `/api/users/search?q=${whom.name}`))).users.map((one: Body) => one.id),
      ).not.toContain(whom.id);
    }
    expect(await seen(mallory, alice)).toMatchObject({ is_online: true });
    await emit(bobEars, 'typing:start', { conversationId: chat });
    await nothing(...all);

    aliceEars.close();
    expect(await hear(malloryEars, 'user:offline', alice)).toMatchObject({ userId: alice.id });
    const back = await alice.connect();
    expect(await hear(malloryEars, 'user:online', alice)).toEqual({ userId: alice.id });
    await nothing(bobEars, malloryEars);

    await ok(block(bob, alice));
    await ok(unblock(alice, bob));
    await nothing(bobEars, malloryEars);
    await ok(unblock(bob, alice));
    expect(await hear(bobEars, 'user:online', alice)).toEqual({ userId: alice.id });
    expect(await hear(back, 'user:online', bob)).toEqual({ userId: bob.id });
    expect(await seen(bob, alice)).toMatchObject({ is_online: true });
    await nothing(bobEars, malloryEars);
    for (const ears of [back, bobEars, malloryEars]) ears.close();
  });

  it('tells nothing of somebody who was not seen before', async () => {
    const all = await settle(alice, bob);
    await change(alice, 'show_online_status=false');
    await hear(all[1]!, 'user:offline', alice);
    await ok(block(bob, alice));
    expect(await hear(all[0]!, 'user:offline', bob)).toMatchObject({ userId: bob.id });
    await ok(unblock(bob, alice));
    expect(await hear(all[0]!, 'user:online', bob)).toEqual({ userId: bob.id });
    await nothing(...all);
    all.forEach((ears) => ears.close());
  });

  it('leaves shared groups as they are', async () => {
    const group = await openGroup(carol, alice, bob);
    await ok(block(alice, bob));
    const ears = await alice.connect();
    await say(bob, group, 'to all');
    expect(await ears.next('message:received')).toMatchObject({ content: 'to all' });
    expect(await textsOf(alice, group)).toEqual(['to all']);
    expect((await ok(alice.call('GET', `/api/groups/${group}`))).member_count).toBe(3);
    await quiet(ears);
    ears.close();
  });
});
