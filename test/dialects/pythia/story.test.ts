// One story, told through Pythia: register, make a channel, join, send, mention, react, edit, delete, leave.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { history, join, makeChannel, no, ok, register, say, type Ears, type Pythian } from './people.ts';

let server: TestServer;
let alice: Pythian;
let bob: Pythian;
let mallory: Pythian;
let ears: Record<'alice' | 'bob' | 'mallory', Ears>;

beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  mallory = await register(server, 'mallory');
  ears = { alice: await alice.connect(), bob: await bob.connect(), mallory: await mallory.connect() };
});
afterAll(() => server.close());

describe('two people and an outsider', () => {
  let channel: string;

  /** Everybody has heard all there is, and mallory nothing but what is everybody's to hear. */
  async function quiet(): Promise<void> {
    for (const one of Object.values(ears)) {
      await one.settled();
      expect(one.heard.splice(0)).toEqual([]);
    }
  }

  it('the first of all is in the standard channels, nobody else in any', async () => {
    const own = await ok(alice.call('GET', '/api/v1/channels/my'));
    expect(own.map((one: { name: string }) => one.name)).toEqual(['general', 'random', 'announcements']);
    expect(own[0]).toMatchObject({ is_public: true, member_count: 1, members: [{ id: alice.id, username: 'alice' }] });
    expect(await ok(bob.call('GET', '/api/v1/channels/my'))).toEqual([]);
    expect((await ok(bob.call('GET', '/api/v1/channels/'))).length).toBe(3);
  });

  it('a new channel is news to everybody, and its maker is in it', async () => {
    channel = await makeChannel(alice, 'choir', { description: '' });
    for (const one of Object.values(ears)) {
      const { data } = await one.next('channel_created');
      expect(data).toMatchObject({ id: channel, name: 'choir', description: '', is_public: true, member_count: 1 });
    }
    await quiet();
  });

  it('who joins is announced to the others, and hears at once', async () => {
    await join(channel, bob);
    expect(await ears.alice.next('user_joined')).toMatchObject({
      user_id: bob.id,
      username: 'bob',
      channel_id: channel,
    });
    const sent = await say(alice, channel, 'Hello, Bob');
    for (const one of [ears.alice, ears.bob]) expect((await one.next('new_message')).data).toEqual(sent);
    expect(sent).toMatchObject({
      channel_id: channel,
      user: { id: alice.id, username: 'alice', email: 'alice@example.org', status: 'ACTIVE' },
      mentions: [],
      reactions: [],
      mention_count: 0,
      is_edited: false,
    });
    await quiet();
  });

  it('joining a channel again by frame is answered, and doubles nothing', async () => {
    for (let time = 0; time < 2; time += 1) {
      ears.bob.say({ type: 'join_channel', channel_id: channel });
      expect(await ears.bob.next('channel_joined')).toMatchObject({ channel_id: channel });
    }
    await say(alice, channel, 'once');
    await ears.alice.next('new_message');
    await ears.bob.next('new_message');
    await quiet();
  });

  it('a connection that leaves a channel hears nothing of it, others of the same person do', async () => {
    const second = await bob.connect();
    ears.bob.say({ type: 'leave_channel', channel_id: channel });
    await ears.bob.next('channel_left');
    await say(alice, channel, 'to one of two');
    await ears.alice.next('new_message');
    await second.next('new_message');
    await quiet();
    ears.bob.say({ type: 'join_channel', channel_id: channel });
    await ears.bob.next('channel_joined');
    await second.close();
  });

  it('a mention comes after its message, to the mentioned alone', async () => {
    const sent = await say(alice, channel, 'ask @bob, not @Bob or @nobody');
    expect(sent).toMatchObject({ mentions: ['bob'], mention_count: 1 });
    await ears.alice.next('new_message');
    await ears.bob.next('mention_notification').then(({ data }) =>
      expect(data).toEqual({
        message_id: sent.id,
        channel_id: channel,
        content: 'ask @bob, not @Bob or @nobody',
        from_user_id: alice.id,
        from_username: 'alice',
      }),
    );
    // It had come first: the mention was taken from behind it.
    expect(ears.bob.heard[0]).toMatchObject({ type: 'new_message', data: { id: sent.id } });
    await ears.bob.next('new_message');
    expect(await ok(bob.call('GET', '/api/v1/messages/mentions/my'))).toEqual([sent]);
    await quiet();
  });

  it('outside a public channel one can be mentioned too', async () => {
    const sent = await say(alice, channel, '@mallory, come in');
    expect(sent.mentions).toEqual(['mallory']);
    expect((await ears.mallory.next('mention_notification')).data).toMatchObject({ message_id: sent.id });
    expect((await ok(mallory.call('GET', '/api/v1/messages/mentions/my')))[0]).toEqual(sent);
    await ears.alice.next('new_message');
    await ears.bob.next('new_message');
    await quiet();
  });

  it('a reaction is put on and taken off', async () => {
    const [first] = await history(alice, channel, '?limit=1');
    const reaction = { message_id: first.id, emoji: '🎉' };
    for (const action of ['add', 'remove', 'add']) {
      expect(await ok(bob.call('POST', '/api/v1/messages/reactions', reaction))).toMatchObject({ action });
      for (const one of [ears.alice, ears.bob]) {
        expect(await one.next('message_reaction')).toMatchObject({
          message_id: first.id,
          channel_id: channel,
          data: { emoji: '🎉', user_id: bob.id, username: 'bob', action },
        });
      }
    }
    const { reactions } = await ok(alice.call('GET', `/api/v1/messages/${first.id}`));
    expect(reactions).toMatchObject([
      { emoji: '🎉', user_id: bob.id, message_id: first.id, user: { username: 'bob' } },
    ]);
    await quiet();
  });

  it('an edit keeps the reactions and tells only who is newly mentioned', async () => {
    const [last] = await history(alice, channel, '?limit=1');
    const edit = { content: '@mallory and @bob, come in' };
    const edited = await ok(alice.call('PUT', `/api/v1/messages/${last.id}`, edit));
    expect(edited).toMatchObject({ is_edited: true, mention_count: 2, reactions: [{ emoji: '🎉' }] });
    expect(edited.updated_at > last.updated_at).toBe(true);
    for (const one of [ears.alice, ears.bob]) expect((await one.next('message_edited')).data).toEqual(edited);
    expect((await ears.bob.next('mention_notification')).data).toMatchObject({ message_id: last.id, is_edit: true });
    await quiet();
  });

  it('typing is heard by the others, and ends with the message', async () => {
    ears.bob.say({ type: 'typing_indicator', channel_id: channel, is_typing: true });
    const typing = { user_id: bob.id, username: 'bob', channel_id: channel };
    expect(await ears.alice.next('typing_indicator')).toMatchObject({ ...typing, is_typing: true });
    await say(bob, channel, 'written');
    expect(await ears.alice.next('typing_indicator')).toMatchObject({ ...typing, is_typing: false });
    await ears.alice.next('new_message');
    await ears.bob.next('new_message');
    await quiet();
  });

  it('typing ends with the connection', async () => {
    const second = await bob.connect();
    second.say({ type: 'typing_indicator', channel_id: channel, is_typing: true });
    await ears.alice.next('typing_indicator');
    await second.close();
    expect(await ears.alice.next('typing_indicator')).toMatchObject({ is_typing: false });
    await quiet();
  });

  it('presence is told to who shares a small channel, with time for a reload', async () => {
    const gone = bob.connect().then((second) => second.close());
    await gone;
    await quiet();
    await ears.bob.close();
    expect(await ears.alice.next('user_status')).toMatchObject({ user_id: bob.id, status: 'offline' });
    ears.alice.say({ type: 'get_online_users', channel_id: channel });
    expect(await ears.alice.next('online_users')).toMatchObject({ channel_id: channel, users: [alice.id] });
    ears.bob = await bob.connect();
    expect(await ears.alice.next('user_status')).toMatchObject({ user_id: bob.id, status: 'online' });
    await quiet();
  });

  it('a deleted message is gone, with what hung on it', async () => {
    const [last] = await history(bob, channel, '?limit=1');
    await ok(bob.call('DELETE', `/api/v1/messages/${last.id}`));
    for (const one of [ears.alice, ears.bob]) {
      const { timestamp: _, ...frame } = await one.next('message_deleted');
      expect(frame).toEqual({ type: 'message_deleted', message_id: last.id, channel_id: channel, deleted_by: 'bob' });
    }
    expect(await no(alice.call('GET', `/api/v1/messages/${last.id}`))).toEqual([404, 'Message not found']);
    expect((await history(alice, channel)).map((one: { id: string }) => one.id)).not.toContain(last.id);
    await quiet();
  });

  it('who leaves while typing is announced, and hears no more', async () => {
    ears.bob.say({ type: 'typing_indicator', channel_id: channel, is_typing: true });
    await ears.alice.next('typing_indicator');
    await ok(bob.call('DELETE', `/api/v1/channels/${channel}/leave`));
    expect(await ears.alice.next('typing_indicator')).toMatchObject({ is_typing: false });
    expect(await ears.alice.next('user_left')).toMatchObject({ user_id: bob.id, username: 'bob', channel_id: channel });
    await say(alice, channel, 'alone');
    await ears.alice.next('new_message');
    await quiet();
  });

  it('a private channel is invisible to who is not in it', async () => {
    const secret = await makeChannel(alice, 'secret', { is_public: false });
    expect((await ears.alice.next('channel_created')).data).toMatchObject({ id: secret, is_public: false });
    await quiet();
    expect((await ok(alice.call('GET', '/api/v1/channels'))).map((one: { id: string }) => one.id)).not.toContain(
      secret,
    );
    expect(await no(mallory.call('POST', '/api/v1/channels/join', { channel_id: secret }))).toEqual([
      403,
      'This channel is private',
    ]);
    const said = await say(alice, secret, '@mallory cannot know, nor @bob');
    expect(said.mentions).toEqual([]);
    await ears.alice.next('new_message');
    ears.mallory.say({ type: 'join_channel', channel_id: secret });
    expect(await ears.mallory.next('error')).toMatchObject({ error_code: 'access_denied' });
    for (const [method, path, body] of [
      ['GET', `/api/v1/channels/${secret}`],
      ['GET', `/api/v1/messages/channel/${secret}`],
      ['GET', `/api/v1/messages/${said.id}`],
      ['PUT', `/api/v1/messages/${said.id}`, { content: 'mine' }],
      ['DELETE', `/api/v1/messages/${said.id}`],
      ['POST', '/api/v1/messages', { channel_id: secret, content: 'let me in' }],
      ['POST', '/api/v1/messages/reactions', { message_id: said.id, emoji: '👀' }],
      ['POST', `/api/v1/channels/${secret}/add-user`, { user_id: mallory.id }],
    ] as const) {
      expect((await no(mallory.call(method, path, body)))[0], `${method} ${path}`).toBe(403);
    }
    await quiet();

    await ok(alice.call('POST', `/api/v1/channels/${secret}/add-user`, { user_id: bob.id }));
    for (const one of [ears.alice, ears.bob]) {
      expect(await one.next('user_joined')).toMatchObject({ user_id: bob.id, channel_id: secret });
    }
    expect((await history(bob, secret))[0]).toEqual(said);
    await quiet();
  });
});
