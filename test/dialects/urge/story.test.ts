// One story, told through URGE: register, open, send, hear, read, leave.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call, signUp } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

describe('two people talk', () => {
  it('from the first code to a read message, while mallory hears and reads nothing', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const bob = await signUp(server, 'Bob', { verified: true });
    const mallory = await signUp(server, 'Mallory', { verified: true });
    const [aliceEars, bobEars, malloryEars] = await Promise.all([alice.connect(), bob.connect(), mallory.connect()]);
    expect(await aliceEars.next('user:online')).toBeDefined();

    const opened = await alice.call('POST', '/api/conversations', { participant_ids: [bob.id] });
    expect(opened.body.name).toBe('Bob');
    expect(opened.body.participants.map((one: { phone_number: string }) => one.phone_number)).toEqual([
      alice.phone,
      bob.phone,
    ]);
    const conversation: string = opened.body.id;

    const sent = await alice.call('POST', '/api/messages', { conversation_id: conversation, content: 'Hello, Bob' });
    expect(sent.body).toMatchObject({ content: 'Hello, Bob', status: 'SENT', senderName: 'Alice' });
    expect(await bobEars.next('message:received')).toEqual(sent.body);
    expect(await aliceEars.next('message:received')).toEqual(sent.body);

    const list = await bob.call('GET', '/api/conversations');
    expect(list.body.conversations[0]).toMatchObject({ id: conversation, unreadCount: 1, lastMessage: sent.body });

    bobEars.socket.emit('message:delivered', sent.body.id);
    expect(await aliceEars.next('message:delivered')).toEqual({
      messageId: sent.body.id,
      userId: bob.id,
      conversationId: conversation,
    });
    bobEars.socket.emit('typing:start', { conversationId: conversation });
    expect(await aliceEars.next('typing:start')).toEqual({
      conversationId: conversation,
      userId: bob.id,
      userName: 'Bob',
    });

    expect((await bob.call('PUT', `/api/conversations/${conversation}/read`, {})).status).toBe(200);
    expect(await aliceEars.next('message:read')).toEqual({
      messageId: sent.body.id,
      conversationId: conversation,
      userId: bob.id,
    });
    const page = await alice.call('GET', `/api/conversations/${conversation}/messages`);
    expect(page.body).toMatchObject({ total: 1, has_more: false });
    expect(page.body.messages[0]).toMatchObject({ id: sent.body.id, status: 'READ' });
    expect((await bob.call('GET', '/api/conversations')).body.conversations[0].unreadCount).toBe(0);

    const answer = await new Promise((resolve) => {
      bobEars.socket.emit('message:sent', { conversationId: conversation, content: 'Hi!', id: 'temp-1' }, resolve);
    });
    expect(answer).toMatchObject({ success: true, message: { content: 'Hi!' } });
    expect(await aliceEars.next('message:received')).toMatchObject({ content: 'Hi!', senderName: 'Bob' });
    await bobEars.silence('message:received');

    for (const [method, path, body] of [
      ['GET', `/api/conversations/${conversation}`],
      ['GET', `/api/conversations/${conversation}/messages`],
      ['PUT', `/api/conversations/${conversation}/read`, {}],
      ['POST', '/api/messages', { conversation_id: conversation, content: 'let me in' }],
      ['PUT', `/api/messages/${sent.body.id}`, { content: 'mine now' }],
      ['DELETE', `/api/messages/${sent.body.id}`],
    ] as const) {
      expect((await mallory.call(method, path, body)).status, `${method} ${path}`).toBe(403);
    }
    malloryEars.socket.emit('join:conversation', conversation);
    await alice.call('POST', '/api/messages', { conversation_id: conversation, content: 'just us' });
    await bobEars.next('message:received');
    await malloryEars.silence('message:received');
    expect(malloryEars.heard.filter((one) => !one.event.startsWith('user:') && one.event !== 'authenticated')).toEqual(
      [],
    );

    expect((await bob.call('POST', '/api/auth/logout', {})).status).toBe(200);
    expect((await bob.call('GET', '/api/auth/me')).status).toBe(401);
    for (const ears of [aliceEars, bobEars, malloryEars]) ears.close();
  });

  it('answers without a token with 401', async () => {
    expect((await call(server, 'GET', '/api/conversations')).status).toBe(401);
  });
});
