// Messages sealed on devices, and the public keys to seal them with: kept word for word, never looked into.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { cast, emit, messageIn, ok, openDirect, openGroup, quiet, say, type Body } from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let mallory: Person;
let chat: string;

beforeAll(async () => {
  server = await startTestServer();
  ({ alice, bob, mallory } = await cast(server, 'alice', 'bob', 'mallory'));
  chat = await openDirect(alice, bob);
});
afterAll(() => server.close());

const sealed = {
  algorithm: 'AES-256-GCM',
  iv: 'AAECAwQFBgcICQoL',
  tag: '/+7dzLuqmYh3ZlVEMyIRAA==',
  ciphertext: 'c2VjcmV0IHdvcmRz',
  key_id: 'key 1',
  sender_device_id: 'phone',
  sender_key: 'BPub-lic_key=',
  keys: [
    { user_id: 'anybody', device_id: 'phone', wrapped_key: 'd3JhcHBlZA==', iv: 'AAAA', tag: 'BBBB' },
    { user_id: 'anybody', device_id: 'tablet', wrapped_key: 'd3JhcHBlZDI=' },
  ],
};

describe('an envelope', () => {
  it('goes round word for word: answer, socket, history, list, forward', async () => {
    const ears = await bob.connect();
    const sent = await say(alice, chat, '', { encryption: sealed });
    expect(sent).toMatchObject({ content: '', is_encrypted: true, isEncrypted: true, type: 'TEXT' });
    expect(sent.encryption).toEqual(sealed);
    expect(await ears.next('message:received')).toEqual(sent);
    expect(await messageIn(bob, chat, sent.id)).toEqual(sent);
    expect((await ok(bob.call('GET', `/api/conversations/${chat}`))).lastMessage.encryption).toEqual(sealed);

    const group = await openGroup(bob, alice);
    await ok(bob.call('POST', '/api/messages/forward', { message_ids: [sent.id], conversation_id: group }));
    expect(await ears.next('message:received')).toMatchObject({
      is_forwarded: true,
      is_encrypted: true,
      encryption: sealed,
    });
    await quiet(ears);
    ears.close();
  });

  it('may leave the ciphertext in the content, and say little', async () => {
    const small = { algorithm: 'AES-256-GCM', iv: 'AAAA', tag: 'BBBB' };
    const sent = await say(alice, chat, 'Y2lwaGVydGV4dA==', { encryption: small });
    expect([sent.content, sent.encryption]).toEqual(['Y2lwaGVydGV4dA==', small]);
    expect(
      (await alice.call('POST', '/api/messages', { conversation_id: chat, content: '', encryption: small })).status,
    ).toBe(422);
  });

  it('is not there where none was sent', async () => {
    for (const more of [{}, { is_encrypted: true }, { encryption: null }]) {
      expect(await say(alice, chat, 'x', more)).not.toHaveProperty('encryption');
    }
  });

  it('comes by socket too', async () => {
    const [aliceEars, bobEars] = await Promise.all([alice.connect(), bob.connect()]);
    const payload = { conversationId: chat, content: '', encryption: { ...sealed, unknown: 1 } };
    const answer = await emit(aliceEars, 'message:sent', payload);
    expect(answer).toMatchObject({ success: true, message: { encryption: sealed, isEncrypted: true } });
    expect(await bobEars.next('message:received')).toMatchObject({ encryption: sealed });
    for (const odd of [
      1,
      'x',
      [],
      {},
      { ...sealed, iv: 1 },
      { ...sealed, algorithm: 'ROT13' },
      { ...sealed, keys: 'x' },
    ]) {
      expect(await emit(aliceEars, 'message:sent', { ...payload, encryption: odd })).toMatchObject({ success: false });
    }
    await quiet(bobEars);
    aliceEars.close();
    bobEars.close();
  });

  it('is replaced by an edit, and is gone with the message', async () => {
    const sent = await say(alice, chat, 'b25l', { encryption: sealed });
    const other = { ...sealed, iv: 'bmV3', keys: [] };
    const edited = await ok(alice.call('PUT', `/api/messages/${sent.id}`, { content: 'dHdv', encryption: other }));
    expect(edited).toMatchObject({ content: 'dHdv', is_encrypted: true, is_edited: true });
    expect(edited.encryption).toEqual(other);
    const plain = await ok(alice.call('PUT', `/api/messages/${sent.id}`, { content: 'dGhyZWU=' }));
    expect(plain).toMatchObject({ is_encrypted: true });
    expect(plain).not.toHaveProperty('encryption');
    await ok(alice.call('DELETE', `/api/messages/${sent.id}`));
    expect(await messageIn(bob, chat, sent.id)).toBeUndefined();
  });

  it('that is none is refused with 422', async () => {
    for (const odd of [
      1,
      'x',
      [],
      {},
      { ...sealed, algorithm: 'AES-128-CBC' },
      { ...sealed, iv: undefined },
      { ...sealed, iv: 'not base64!' },
      { ...sealed, tag: '' },
      { ...sealed, tag: 'x'.repeat(65) },
      { ...sealed, keys: {} },
      { ...sealed, keys: [{}] },
      { ...sealed, keys: Array.from({ length: 1001 }, () => sealed.keys[1]) },
    ]) {
      const answer = await alice.call('POST', '/api/messages', {
        conversation_id: chat,
        content: 'x',
        encryption: odd,
      });
      expect(answer.status, JSON.stringify(odd)?.slice(0, 80)).toBe(422);
    }
  });

  it('is opaque: no search finds what it says', async () => {
    await say(alice, chat, 'zebra in the open');
    await say(alice, chat, 'zebra under seal', { encryption: sealed });
    await say(alice, chat, 'zebra under a flag', { is_encrypted: true });
    const { messages } = await ok(bob.call('GET', '/api/messages/search?q=zebra'));
    expect(messages.map((one: Body) => one.content)).toEqual(['zebra in the open']);
  });

  it('is not for who is not in it', async () => {
    const answer = await mallory.call('POST', '/api/messages', {
      conversation_id: chat,
      content: 'x',
      encryption: sealed,
    });
    expect(answer.status).toBe(403);
  });
});

describe('public keys', () => {
  const key = { algorithm: 'X25519', public_key: 'MCowBQYDK2VuAyEA' };
  const publish = (who: Person, device: string, body: object = key) => who.call('PUT', `/api/keys/${device}`, body);
  const keysOf = async (who: Person, whom: Person) => ok(who.call('GET', `/api/users/${whom.id}/keys`));

  it('are published, replaced, fetched by anybody, and taken back', async () => {
    expect(await keysOf(mallory, alice)).toEqual({ user_id: alice.id, keys: [] });
    expect(await ok(publish(alice, 'phone'))).toMatchObject({ success: true });
    await ok(publish(alice, 'tablet:2', { ...key, algorithm: 'P-256' }));
    const { keys } = await keysOf(bob, alice);
    expect(keys).toMatchObject([
      { device_id: 'phone', ...key },
      { device_id: 'tablet:2', algorithm: 'P-256' },
    ]);
    expect(await ok(alice.call('GET', '/api/keys'))).toEqual({ user_id: alice.id, keys });
    await ok(publish(alice, 'phone', { ...key, public_key: 'bmV3' }));
    expect((await keysOf(bob, alice)).keys[0]).toMatchObject({ public_key: 'bmV3', created_at: keys[0].created_at });
    await ok(alice.call('DELETE', '/api/keys/phone'));
    expect((await alice.call('DELETE', '/api/keys/phone')).status).toBe(404);
    expect((await bob.call('DELETE', '/api/keys/tablet:2')).status).toBe(404);
    expect((await keysOf(bob, alice)).keys).toHaveLength(1);
  });

  it('are of people who exist, in words that fit, on so many devices', async () => {
    for (const id of ['nonsense', crypto.randomUUID(), chat]) {
      expect((await bob.call('GET', `/api/users/${id}/keys`)).status).toBe(404);
    }
    for (const body of [
      {},
      { ...key, public_key: '' },
      { ...key, public_key: 'x'.repeat(4097) },
      { ...key, algorithm: 1 },
    ]) {
      expect((await publish(bob, 'phone', body)).status).toBe(422);
    }
    for (const device of ['a b', 'x'.repeat(65), '%3Cscript%3E']) expect((await publish(bob, device)).status).toBe(422);
    for (let device = 1; device <= 20; device += 1) await ok(publish(bob, `device-${device}`));
    expect((await publish(bob, 'device-21')).status).toBe(400);
    await ok(publish(bob, 'device-20'));
    expect((await keysOf(alice, bob)).keys).toHaveLength(20);
    for (const path of ['/api/keys', `/api/users/${bob.id}/keys`])
      expect((await call(server, 'GET', path)).status).toBe(401);
  });
});
