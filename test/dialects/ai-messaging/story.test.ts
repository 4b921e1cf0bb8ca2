// One story: URGE's alice and AI Messaging's bob are two people on one server, and mallory is neither.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AccountId } from '../../../src/core/ids.ts';
import { signUp } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, signIn } from './people.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('two people, two products', () => {
  it('from the first word to the last', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const bob = await register(server, 'bob');
    const mallory = await register(server, 'mallory');
    const aliceId = server.ids.fromUuid('account', alice.id)!;
    const bobUuid = server.ids.toUuid('account', bob.id);
    const ears = await alice.connect();

    const first = await bob.call('POST', '/messages', {
      recipient_id: aliceId,
      content: 'Hello, Alice',
      conversation_id: 'greetings',
    });
    expect(first.status).toBe(201);
    const heard = await ears.next('message:received');
    expect(heard).toMatchObject({
      content: 'Hello, Alice',
      sender_id: bobUuid,
      id: server.ids.toUuid('message', first.body.id),
    });

    const opened = await alice.call('POST', '/api/conversations', { participant_ids: [bobUuid] });
    expect(opened.body).toMatchObject({ id: heard.conversation_id, type: 'DIRECT', unread_count: 1 });
    const answer = await alice.call('POST', '/api/messages', {
      conversation_id: opened.body.id,
      content: 'Hello, Bob',
      reply_to_id: heard.id,
    });
    const received = (await bob.call('GET', '/messages/received')).body;
    expect(received).toEqual([
      expect.objectContaining({
        sender_id: aliceId,
        recipient_id: bob.id,
        content: 'Hello, Bob',
        is_read: false,
        parent_id: first.body.id,
        conversation_id: `conv_${Math.min(aliceId, bob.id)}_${Math.max(aliceId, bob.id)}`,
      }),
    ]);
    expect(server.ids.toUuid('message', received[0].id)).toBe(answer.body.id);

    // An answer reads nothing here: only its recipient says that a message was read.
    expect((await bob.call('GET', `/messages/${first.body.id}`)).body.is_read).toBe(false);
    await alice.call('PUT', `/api/conversations/${opened.body.id}/read`, {});
    expect((await bob.call('GET', `/messages/${first.body.id}`)).body.is_read).toBe(true);
    expect(await ears.next('message:read')).toMatchObject({ messageId: heard.id, userId: alice.id });
    expect((await bob.call('PUT', `/messages/${received[0].id}/read`)).status).toBe(200);
    expect(await ears.next('message:read')).toMatchObject({ messageId: answer.body.id, userId: bobUuid });

    const edited = await bob.call('PUT', `/messages/${first.body.id}`, { content: 'Hello, dear Alice' });
    expect(edited.body.content).toBe('Hello, dear Alice');
    const page = await alice.call('GET', `/api/conversations/${opened.body.id}/messages`);
    expect(page.body.messages.map((message: { content: string }) => message.content)).toEqual([
      'Hello, dear Alice',
      'Hello, Bob',
    ]);

    const picture = await alice.call('POST', '/api/messages', {
      conversation_id: opened.body.id,
      content: 'my cat',
      message_type: 'IMAGE',
      media_url: 'https://pictures.example/cat.png',
    });
    expect(picture.status, JSON.stringify(picture.body)).toBe(200);
    const [, shown] = (await bob.call('GET', '/messages/received')).body;
    expect(shown.content).toBe('[Photo] my cat');

    // A group is none of this API's business, not even to its members.
    const group = await alice.call('POST', '/api/groups', { name: 'Us', member_ids: [bobUuid] });
    expect(group.status, JSON.stringify(group.body)).toBe(200);
    const groupId = group.body.conversation_id ?? group.body.group?.id ?? group.body.id;
    const inGroup = await alice.call('POST', '/api/messages', { conversation_id: groupId, content: 'to all of us' });
    const groupMessage = server.ids.fromUuid('message', inGroup.body.id);
    expect((await bob.call('GET', `/messages/${groupMessage}`)).status).toBe(404);
    expect(JSON.stringify((await bob.call('GET', '/messages')).body)).not.toContain('to all of us');

    for (const [method, path, body] of [
      ['GET', `/messages/${first.body.id}`],
      ['PUT', `/messages/${first.body.id}`, { content: 'x' }],
      ['PUT', `/messages/${received[0].id}/read`],
      ['DELETE', `/messages/${first.body.id}`],
    ] as const) {
      expect((await mallory.call(method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    expect((await mallory.call('GET', '/messages')).body).toEqual([]);
    expect((await mallory.call('GET', '/auth/conversations')).body).toEqual([]);
    expect((await mallory.call('GET', '/auth/conversations/greetings/messages')).body).toEqual([]);

    // The recipient may delete for both; the sender's own client sees it gone.
    expect((await bob.call('DELETE', `/messages/${received[0].id}`)).status).toBe(200);
    const left = await alice.call('GET', `/api/conversations/${opened.body.id}/messages`);
    expect(left.body.messages.map((message: { content: string }) => message.content)).toEqual([
      'Hello, dear Alice',
      'my cat',
    ]);

    // What alice blocks does not reach her, from whichever product.
    await server.database.db
      .insertInto('blocks')
      .values({ blocker_id: aliceId as AccountId, blocked_id: bob.id as AccountId })
      .execute();
    await server.database.db
      .updateTable('conversations')
      .set({ is_blocked: true })
      .where('direct_key', '=', `${Math.min(aliceId, bob.id)}:${Math.max(aliceId, bob.id)}`)
      .execute();
    expect((await bob.call('POST', '/messages', { recipient_id: aliceId, content: 'please' })).status).toBe(403);
    ears.close();
  });

  it('each product’s token is good in the other, and dies in both', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const bob = await register(server, 'bob');
    const root = await makeSuperuser(server);
    const ears = await alice.connect();
    expect((await alice.call('GET', '/auth/sessions')).body.length).toBeGreaterThan(0);
    expect((await alice.call('GET', '/messages')).status).toBe(200);
    expect((await bob.call('GET', '/api/auth/me')).status).toBe(200);

    const gone = new Promise<void>((done) => ears.socket.once('disconnect', () => done()));
    const aliceId = server.ids.fromUuid('account', alice.id);
    await root.call('PUT', `/auth/users/${aliceId}/disable`);
    await gone;
    expect((await alice.call('GET', '/api/conversations')).status).toBe(403);
    await root.call('PUT', `/auth/users/${aliceId}/enable`);
    expect((await alice.call('GET', '/api/conversations')).status).toBe(200);
    const back = await alice.connect();

    const ended = new Promise<void>((done) => back.socket.once('disconnect', () => done()));
    expect((await alice.call('POST', '/auth/logout-all')).status).toBe(200);
    await ended;
    expect((await alice.call('GET', '/api/auth/me')).status).toBe(401);

    const elsewhere = await signIn(server, bob);
    await bob.call('POST', '/auth/logout-all');
    expect((await elsewhere.call('GET', '/api/auth/me')).status).toBe(401);
    const again = await signIn(server, bob);
    expect((await say(again, again, 'alone')).recipient_id).toBe(bob.id);
  });
});
