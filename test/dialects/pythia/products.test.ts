// URGE's alice and Pythia's bob in one conversation: both directions, both sockets, and what neither can say.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp, type Ears as UrgeEars, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { history, no, ok, register, say, type Ears, type Pythian } from './people.ts';

let server: TestServer;
let alice: Person;
let bob: Pythian;
let mallory: Pythian;
let aliceEars: UrgeEars;
let bobEars: Ears;
let malloryEars: Ears;
/** How Pythia calls alice, who never chose a name there. */
let alicesName: string;

beforeAll(async () => {
  server = await startTestServer();
  alice = await signUp(server, 'Alice');
  // The first one is in the standard channels, which do not belong here.
  mallory = await register(server, 'mallory');
  bob = await register(server, 'bob');
  alicesName = (await ok(bob.call('GET', `/api/v1/users/${alice.id}`))).username;
  aliceEars = await alice.connect();
  bobEars = await bob.connect();
  malloryEars = await mallory.connect();
});
afterAll(() => server.close());

async function sendByUrge(conversation: string, more: object): Promise<Record<string, unknown>> {
  const message = { conversation_id: conversation, content: '', ...more };
  return (await ok(alice.call('POST', '/api/messages', message))) as Record<string, unknown>;
}

describe('a direct conversation', () => {
  let conversation: string;

  it('is to Pythia a private channel, named after the other', async () => {
    conversation = (await ok(alice.call('POST', '/api/conversations', { participant_ids: [bob.id] }))).id;
    const { data } = await bobEars.next('channel_created');
    expect(alicesName).toMatch(/^user_[a-z2-7]{12}$/);
    expect(data).toMatchObject({ id: conversation, name: `@${alicesName}`, is_public: false, member_count: 2 });
    expect(await ok(bob.call('GET', '/api/v1/channels/my'))).toMatchObject([
      { ...data, members: [{ id: alice.id, email: `${alicesName}@users.invalid` }, { id: bob.id }] },
    ]);
  });

  it('carries words both ways', async () => {
    const fromUrge = await sendByUrge(conversation, { content: 'Hello from URGE' });
    expect((await bobEars.next('new_message')).data).toMatchObject({
      id: fromUrge['id'],
      content: 'Hello from URGE',
      user: { id: alice.id, username: alicesName },
    });
    await aliceEars.next('message:received');

    const fromPythia = await say(bob, conversation, `Hello from Pythia, @${alicesName}`);
    expect(fromPythia.mentions).toEqual([alicesName]);
    expect(await aliceEars.next('message:received')).toMatchObject({
      id: fromPythia.id,
      content: fromPythia.content,
      senderName: 'bob',
    });
    await bobEars.next('new_message');
    const read = await ok(alice.call('GET', `/api/conversations/${conversation}/messages`));
    expect(read.messages.map((one: { id: string }) => one.id)).toEqual([fromUrge['id'], fromPythia.id]);
  });

  it('carries typing both ways', async () => {
    aliceEars.socket.emit('typing:start', { conversationId: conversation });
    expect(await bobEars.next('typing_indicator')).toMatchObject({ username: alicesName, is_typing: true });
    bobEars.say({ type: 'typing_indicator', channel_id: conversation, is_typing: true });
    expect(await aliceEars.next('typing:start')).toMatchObject({ conversationId: conversation, userName: 'bob' });
  });

  it('is closed: nobody leaves, nobody is added', async () => {
    expect(await no(bob.call('DELETE', `/api/v1/channels/${conversation}/leave`))).toEqual([403, expect.any(String)]);
    const add = bob.call('POST', `/api/v1/channels/${conversation}/add-user`, { user_id: mallory.id });
    expect((await no(add))[0]).toBe(403);
    await aliceEars.next('typing:stop');
  });

  it('an edit and a deletion arrive too', async () => {
    const sent = await sendByUrge(conversation, { content: 'first' });
    await bobEars.next('new_message');
    await ok(alice.call('PUT', `/api/messages/${sent['id'] as string}`, { content: 'second' }));
    expect((await bobEars.next('message_edited')).data).toMatchObject({ content: 'second', is_edited: true });
    await ok(alice.call('DELETE', `/api/messages/${sent['id'] as string}`));
    expect(await bobEars.next('message_deleted')).toMatchObject({ message_id: sent['id'], deleted_by: alicesName });
  });
});

describe('a group', () => {
  let group: string;

  it('is to Pythia a private channel under its name', async () => {
    const made = { type: 'GROUP', name: 'Choir', participant_ids: [bob.id] };
    group = (await ok(alice.call('POST', '/api/conversations', made))).id;
    expect((await bobEars.next('channel_created')).data).toMatchObject({ id: group, name: 'Choir', is_public: false });
    expect(await no(mallory.call('POST', '/api/v1/channels/join', { channel_id: group }))).toEqual([
      403,
      'This channel is private',
    ]);
  });

  it('shows a text in place of what Pythia cannot show', async () => {
    const url = 'http://x/y';
    await sendByUrge(group, { message_type: 'IMAGE', media_url: url });
    await sendByUrge(group, { message_type: 'VOICE', media_url: url, content: 'listen' });
    await sendByUrge(group, { message_type: 'LOCATION', content: '', media_url: url });
    await sendByUrge(group, { content: 'c2VjcmV0', is_encrypted: true });
    const heard: string[] = [];
    while (heard.length < 4) {
      const { data } = await bobEars.next('new_message');
      if (data.user_id === alice.id && data.channel_id === group) heard.push(data.content);
    }
    expect(heard).toEqual(['[Photo]', '[Voice message] listen', '[Location]', '[Encrypted message]']);
    const texts = (await history(bob, group)).map((one: { content: string }) => one.content);
    expect(texts.slice(-4)).toEqual(heard);
  });

  it('can be reacted to, and left', async () => {
    const [last] = await history(bob, group, '?limit=1');
    await ok(bob.call('POST', '/api/v1/messages/reactions', { message_id: last.id, emoji: '🎶' }));
    expect(await bobEars.next('message_reaction')).toMatchObject({ message_id: last.id, data: { action: 'add' } });
    await ok(bob.call('DELETE', `/api/v1/channels/${group}/leave`));
    expect((await no(bob.call('POST', '/api/v1/messages/', { content: 'x', channel_id: group })))[0]).toBe(403);
    await sendByUrge(group, { content: 'without bob' });
    await bobEars.settled();
    expect(bobEars.heard.filter((one) => one.type === 'new_message')).toEqual([]);
  });

  it('mallory has heard nothing of all this', async () => {
    await malloryEars.settled();
    expect(malloryEars.heard).toEqual([]);
  });
});
