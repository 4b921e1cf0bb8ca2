// The Socket.IO connection (contract: section 14).

import { io } from 'socket.io-client';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signToken } from '../../../src/core/accounts/tokens.ts';
import type { CoreSettings } from '../../../src/core/context.ts';
import type { AccountId, SessionId } from '../../../src/core/ids.ts';
import { connect, type Ears, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import {
  allHear,
  block,
  cast,
  emit,
  messageIn,
  ok,
  openDirect,
  openGroup,
  quiet,
  say,
  textsOf,
  turn,
  unread,
  type Body,
} from './stage.ts';

const secret = 'a secret that only this test and its server know, 0123456789';
let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;
let conversation: string;
let open: Ears[];

beforeAll(async () => {
  server = await startTestServer({ JWT_SECRET_KEY: secret, SOCKET_TOKEN_GRACE_HOURS: '24' });
});
afterAll(() => server.close());

beforeEach(async () => {
  ({ alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory'));
  conversation = await openDirect(alice, bob);
  open = [];
  return () => open.forEach((one) => one.close());
});

async function ears(...people: Person[]): Promise<Ears[]> {
  const all = await Promise.all(people.map((person) => person.connect()));
  open.push(...all);
  return all;
}

/** A token of this session as it would have been signed some time ago, or by somebody else. */
function token(person: Person, secondsAgo = 0, key = secret): Promise<string> {
  const payload = JSON.parse(Buffer.from(person.accessToken.split('.')[1]!, 'base64url').toString()) as {
    sid: SessionId;
  };
  const settings = {
    secret: Buffer.from(key),
    accessTokenSeconds: 1800,
    subject: () => person.id,
  } as unknown as CoreSettings;
  const account = server.ids.fromUuid('account', person.id) as AccountId;
  const claims = { type: 'access' as const, session: payload.sid, account, dialect: 'urge' as const, username: 'x' };
  return signToken(settings, claims, Date.now() - secondsAgo * 1000);
}

describe('the handshake', () => {
  it('greets with the user’s id, over websocket and polling', async () => {
    for (const transports of [['websocket'], ['polling'], ['websocket', 'polling']]) {
      const mine = await alice.connect({ transports });
      open.push(mine);
      expect(await mine.next('authenticated')).toEqual({ userId: alice.id });
    }
  });

  it.each<[string, () => unknown]>([
    ['no token', () => undefined],
    ['an empty one', () => ''],
    ['garbage', () => 'garbage'],
    ['a number', () => 7],
    ['an object', () => ({ toString: 'x' })],
    ['a refresh token', () => alice.refreshToken],
    ['a forged one', () => token(alice, 0, 'another secret, which is long enough')],
    ['one expired beyond grace', () => token(alice, 1800 + 24 * 3600 + 60)],
  ])('refuses %s', async (_what, make) => {
    await expect(connect(server, (await make()) as string)).rejects.toThrow('unauthorized');
  });

  it('refuses an ended session, also with an expired token', async () => {
    const expired = await token(bob, 3600);
    await ok(bob.call('POST', '/api/auth/logout'));
    await expect(bob.connect()).rejects.toThrow('unauthorized');
    await expect(connect(server, expired)).rejects.toThrow('unauthorized');
  });

  it('takes a token that expired within grace, while HTTP does not', async () => {
    for (const secondsAgo of [1801, 1800 + 24 * 3600 - 60]) {
      const mine = await connect(server, await token(alice, secondsAgo));
      open.push(mine);
      const sent = await say(bob, conversation, 'still there?');
      expect(await mine.next('message:received')).toEqual(sent);
    }
  });

  it('is offered to any origin', async () => {
    const response = await fetch(`${server.url}/socket.io/?EIO=4&transport=polling`, {
      headers: { origin: 'https://elsewhere.example' },
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toMatch(/^(\*|https:\/\/elsewhere\.example)$/);
    await response.text();
  });

  it('refuses other namespaces', async () => {
    const socket = io(`${server.url}/admin`, {
      auth: { token: mallory.accessToken },
      forceNew: true,
      reconnection: false,
    });
    await new Promise((resolve) => socket.once('connect_error', resolve));
    socket.close();
  });
});

describe('rooms', () => {
  it('are joined on connect, by every device, and by conversations made later', async () => {
    const [phone, laptop, bobs, mallorys] = (await ears(alice, alice, bob, mallory)) as [Ears, Ears, Ears, Ears];
    const sent = await say(bob, conversation, 'hi');
    expect(await allHear('message:received', phone, laptop, bobs)).toEqual(sent);
    const later = await openGroup(bob, alice);
    const second = await say(bob, later, 'a new one');
    expect(await allHear('message:received', phone, laptop, bobs)).toEqual(second);
    await quiet(phone, laptop, bobs, mallorys);
  });

  it.each<[string, (id: string) => unknown]>([
    ['bare', (id) => id],
    ['conversationId', (id) => ({ conversationId: id })],
    ['conversation_id', (id) => ({ conversation_id: id })],
  ])('are left by one socket alone until it joins again, however often (%s)', async (_form, payload) => {
    const [phone, laptop] = (await ears(alice, alice)) as [Ears, Ears];
    for (let time = 0; time < 3; time += 1)
      expect(await emit(phone, 'join:conversation', payload(conversation))).toMatchObject({ success: true });
    await say(bob, conversation, 'once');
    await allHear('message:received', phone, laptop);
    for (let time = 0; time < 2; time += 1) await emit(phone, 'leave:conversation', payload(conversation));
    const unheard = await say(bob, conversation, 'unheard');
    await laptop.next('message:received');
    await quiet(phone, laptop);
    await emit(phone, 'join:conversation', payload(conversation));
    await say(bob, conversation, 'again');
    expect((await allHear('message:received', phone, laptop)).content).toBe('again');
    expect(unheard.content).toBe('unheard');
  });

  it('are back after a reconnect', async () => {
    const [phone] = (await ears(alice)) as [Ears];
    await emit(phone, 'leave:conversation', conversation);
    phone.close();
    const [again] = (await ears(alice)) as [Ears];
    await say(bob, conversation, 'welcome back');
    await again.next('message:received');
  });

  it('let nobody in who is not a participant', async () => {
    const [mallorys, alices] = (await ears(mallory, alice)) as [Ears, Ears];
    await emit(mallorys, 'join:conversation', conversation);
    await emit(mallorys, 'join:conversation', { conversationId: conversation });
    await say(bob, conversation, 'secret');
    await alices.next('message:received');
    await quiet(mallorys);
  });

  it('are closed to who has left the group, on sockets already open', async () => {
    const group = await openGroup(alice, bob, carol);
    const [bobs, carols] = (await ears(bob, carol)) as [Ears, Ears];
    await say(alice, group, 'all here');
    await allHear('message:received', bobs, carols);
    await ok(bob.call('DELETE', `/api/conversations/${group}`));
    expect(await carols.next('message:received')).toMatchObject({ type: 'SYSTEM' });
    await emit(bobs, 'join:conversation', group);
    await say(alice, group, 'bob is gone');
    await carols.next('message:received');
    await emit(bobs, 'typing:start', { conversationId: group });
    await quiet(bobs, carols);
  });
});

describe('message:sent', () => {
  const message = (more: object = {}) => ({
    conversationId: conversation,
    senderId: mallory.id,
    senderName: 'Somebody',
    content: 'over the socket',
    type: 'TEXT',
    ...more,
  });

  it('is stored as POST would, told to all but the emitting socket, and acknowledged', async () => {
    const [emitting, other, bobs, mallorys] = (await ears(alice, alice, bob, mallory)) as [Ears, Ears, Ears, Ears];
    const answer = await emit(emitting, 'message:sent', message({ id: 'temp-1' }));
    expect(answer).toMatchObject({
      success: true,
      message: { content: 'over the socket', senderId: alice.id, senderName: 'Alice' },
    });
    expect(await allHear('message:received', other, bobs)).toEqual(answer.message);
    expect(await messageIn(bob, conversation, answer.message.id)).toEqual(answer.message);
    await quiet(emitting, other, bobs, mallorys);
  });

  it('reads both spellings and every field', async () => {
    const [mine, bobs] = (await ears(alice, bob)) as [Ears, Ears];
    const first = await say(bob, conversation, 'quote me');
    await allHear('message:received', mine, bobs);
    const fields = {
      mediaUrl: 'https://m/1',
      thumbnailUrl: 'https://t/1',
      audioDuration: 9,
      replyToId: first.id,
      isEncrypted: true,
    };
    for (const payload of [
      { conversationId: conversation, content: '', messageType: 'voice', ...fields },
      {
        conversation_id: conversation,
        content: '',
        message_type: 'VOICE',
        media_url: 'https://m/1',
        thumbnail_url: 'https://t/1',
        audio_duration: 9,
        reply_to_id: first.id,
        is_encrypted: true,
      },
    ]) {
      const { message: stored } = await emit(mine, 'message:sent', payload);
      expect(stored).toMatchObject({ content: '', type: 'VOICE', ...fields });
      expect(await bobs.next('message:received')).toEqual(stored);
    }
    expect((await emit(mine, 'message:sent', message({ type: 'SYSTEM' }))).message.type).toBe('TEXT');
    await bobs.next('message:received');
  });

  it('of a message already sent by HTTP does nothing more', async () => {
    const [mine, bobs] = (await ears(alice, bob)) as [Ears, Ears];
    const sent = await say(alice, conversation, 'by HTTP');
    await allHear('message:received', mine, bobs);
    expect(await emit(mine, 'message:sent', sent)).toMatchObject({ success: true });
    await quiet(mine, bobs);
    expect(await textsOf(bob, conversation)).toEqual(['by HTTP']);
  });

  it('under another’s message id is a message of one’s own', async () => {
    const [mine, alices] = (await ears(bob, alice)) as [Ears, Ears];
    const sent = await say(alice, conversation, 'alice’s');
    await allHear('message:received', mine, alices);
    const answer = await emit(mine, 'message:sent', message({ id: sent.id, content: 'bob’s' }));
    expect(answer.message).toMatchObject({ content: 'bob’s', senderId: bob.id });
    expect(answer.message.id).not.toBe(sent.id);
    expect((await alices.next('message:received')).content).toBe('bob’s');
  });

  it('of the same temporary id is stored once, however often it is tried, also at once and from another socket', async () => {
    const [mine, other, bobs] = (await ears(alice, alice, bob)) as [Ears, Ears, Ears];
    const payload = message({ id: 'temp-7' });
    const answers = await Promise.all(
      [mine, mine, other, mine, other].map((one) => emit(one, 'message:sent', payload)),
    );
    const [first] = answers;
    for (const answer of answers) expect(answer).toEqual(first);
    await bobs.next('message:received');
    await emit(mine, 'message:sent', payload);
    await quiet(bobs);
    expect(await textsOf(bob, conversation)).toEqual(['over the socket']);
    expect(await emit(mine, 'message:sent', message({ id: 'temp-7', content: 'something else' }))).toMatchObject({
      success: false,
    });
    const theirs = await emit(bobs, 'message:sent', payload);
    expect(theirs.message.id).not.toBe(first.message.id);
  });

  it('is refused, and heard by nobody, where POST would refuse it', async () => {
    const [mine, bobs, mallorys] = (await ears(alice, bob, mallory)) as [Ears, Ears, Ears];
    const sent = await say(alice, conversation, 'known');
    await allHear('message:received', mine, bobs);
    const elsewhere = await say(alice, await openDirect(alice, carol), 'elsewhere');
    await mine.next('message:received');
    expect(await emit(mallorys, 'message:sent', message())).toMatchObject({ success: false });
    expect(await emit(mallorys, 'message:sent', { ...sent })).toMatchObject({ success: false });
    for (const payload of [
      message({ content: '' }),
      message({ content: 5 }),
      message({ conversationId: crypto.randomUUID() }),
      message({ conversationId: null }),
      message({ content: 'NUL \0' }),
      message({ replyToId: elsewhere.id }),
      message({ replyToId: crypto.randomUUID() }),
      message({ replyToId: 'nonsense' }),
      null,
      'text',
      [],
      7,
    ]) {
      expect(await emit(mine, 'message:sent', payload), JSON.stringify(payload)).toMatchObject({ success: false });
    }
    await block(server, bob, alice);
    expect(await emit(mine, 'message:sent', message())).toMatchObject({ success: false });
    await quiet(mine, bobs, mallorys);
    expect(await textsOf(bob, conversation)).toEqual(['known']);
  });
});

describe('message:delivered', () => {
  it.each<[string, (id: string) => unknown]>([
    ['bare', (id) => id],
    ['messageId', (id) => ({ messageId: id })],
    ['message_id', (id) => ({ message_id: id })],
  ])('is told to the sender’s sockets, once (%s)', async (_form, payload) => {
    const [phone, laptop, bobs, mallorys] = (await ears(alice, alice, bob, mallory)) as [Ears, Ears, Ears, Ears];
    const sent = await say(alice, conversation, 'hi');
    await allHear('message:received', phone, laptop, bobs);
    await emit(phone, 'message:delivered', payload(sent.id));
    await emit(mallorys, 'message:delivered', payload(sent.id));
    await quiet(phone, laptop, bobs);
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('SENT');

    await emit(bobs, 'message:delivered', payload(sent.id));
    await emit(bobs, 'message:delivered', payload(sent.id));
    expect(await allHear('message:delivered', phone, laptop)).toEqual({
      messageId: sent.id,
      userId: bob.id,
      conversationId: conversation,
    });
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('DELIVERED');
    await quiet(phone, laptop, bobs, mallorys);
  });

  it('never takes READ back', async () => {
    const [alices, bobs] = (await ears(alice, bob)) as [Ears, Ears];
    const sent = await say(alice, conversation, 'hi');
    await allHear('message:received', alices, bobs);
    await emit(bobs, 'message:read', { messageId: sent.id, conversationId: conversation });
    await alices.next('message:read');
    await emit(bobs, 'message:delivered', sent.id);
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('READ');
    await quiet(alices, bobs);
  });
});

describe('message:read', () => {
  it.each<[string, (id: string) => unknown]>([
    ['camelCase', (id) => ({ messageId: id, conversationId: conversation })],
    ['snake_case', (id) => ({ message_id: id, conversation_id: conversation })],
    ['bare', (id) => id],
  ])('tells all but the reader’s socket, each newly read message once (%s)', async (_form, payload) => {
    const [alices, phone, laptop, mallorys] = (await ears(alice, bob, bob, mallory)) as [Ears, Ears, Ears, Ears];
    const sent = [await say(alice, conversation, 'one'), await say(alice, conversation, 'two')];
    for (const _ of sent) await allHear('message:received', alices, phone, laptop);
    await emit(alices, 'message:read', payload(sent[1].id));
    await emit(mallorys, 'message:read', payload(sent[1].id));
    await quiet(alices, phone, laptop);
    expect(await unread(bob, conversation)).toBe(2);

    for (let time = 0; time < 2; time += 1) await emit(phone, 'message:read', payload(sent[1].id));
    expect(await allHear('message:read', alices, laptop)).toEqual({
      messageId: sent[1].id,
      conversationId: conversation,
      userId: bob.id,
    });
    expect(await unread(bob, conversation)).toBe(1);
    expect(await messageIn(alice, conversation, sent[1].id)).toMatchObject({
      status: 'READ',
      readAt: expect.any(String),
    });
    expect(await messageIn(alice, conversation, sent[0].id)).toMatchObject({ status: 'SENT' });
    await quiet(alices, phone, laptop, mallorys);
  });

  it('with receipts off lowers the count and stays between the reader’s own devices', async () => {
    const [alices, phone, laptop] = (await ears(alice, bob, bob)) as [Ears, Ears, Ears];
    const sent = await say(alice, conversation, 'one');
    await allHear('message:received', alices, phone, laptop);
    await turn(server, bob, 'show_read_receipts', false);
    await emit(phone, 'message:read', { messageId: sent.id, conversationId: conversation });
    expect(await unread(bob, conversation)).toBe(0);
    expect((await messageIn(alice, conversation, sent.id)).status).toBe('SENT');
    await quiet(alices, phone, laptop);
  });
});

describe('typing', () => {
  it.each(['conversationId', 'conversation_id'])(
    'is told to the others, and stops when the typist’s socket drops (%s)',
    async (key) => {
      const [alices, phone, laptop, mallorys] = (await ears(alice, bob, bob, mallory)) as [Ears, Ears, Ears, Ears];
      const where = { [key]: conversation };
      await emit(phone, 'typing:start', where);
      expect(await allHear('typing:start', alices, laptop)).toEqual({
        conversationId: conversation,
        userId: bob.id,
        userName: 'Bob',
      });
      await emit(phone, 'typing:stop', where);
      expect(await allHear('typing:stop', alices, laptop)).toEqual({ conversationId: conversation, userId: bob.id });
      await emit(phone, 'typing:start', conversation);
      await allHear('typing:start', alices, laptop);
      await quiet(phone);
      phone.close();
      expect(await allHear('typing:stop', alices, laptop)).toEqual({ conversationId: conversation, userId: bob.id });
      await emit(mallorys, 'typing:start', where);
      await quiet(alices, laptop, mallorys);
    },
  );

  it('that ended is not ended again by hanging up; the blocked are not told', async () => {
    const [alices, bobs] = (await ears(alice, bob)) as [Ears, Ears];
    await emit(bobs, 'typing:start', { conversationId: conversation });
    await emit(bobs, 'typing:stop', { conversationId: conversation });
    await alices.next('typing:start');
    await alices.next('typing:stop');
    await block(server, alice, bob);
    await emit(bobs, 'typing:start', { conversationId: conversation });
    bobs.close();
    await quiet(alices);
  });
});

describe('presence', () => {
  it('is told of the first and the last socket only, to everyone else', async () => {
    const [watching] = (await ears(alice)) as [Ears];
    const about = (event: string) =>
      watching.heard.filter((one) => one.event === event && (one.payload as Body).userId === bob.id);
    const [phone] = (await ears(bob)) as [Ears];
    expect(await theirs(watching, 'user:online', bob)).toEqual({ userId: bob.id });
    const [laptop] = (await ears(bob)) as [Ears];
    expect(phone.heard.filter((one) => (one.payload as Body).userId === bob.id && one.event === 'user:online')).toEqual(
      [],
    );
    phone.close();
    await say(bob, conversation, 'one of two is closed');
    await watching.next('message:received');
    expect([...about('user:online'), ...about('user:offline')]).toEqual([]);
    expect((await ok(alice.call('GET', `/api/users/${bob.id}/status`))).is_online).toBe(true);
    laptop.close();
    const left = await theirs(watching, 'user:offline', bob);
    expect(left).toEqual({ userId: bob.id, lastSeen: expect.any(String) });
    expect(await ok(alice.call('GET', `/api/users/${bob.id}/status`))).toMatchObject({
      is_online: false,
      last_seen: left.lastSeen,
    });
  });

  it('is kept from everyone when switched off, and from the blocked', async () => {
    const [watching] = (await ears(alice)) as [Ears];
    await turn(server, bob, 'show_online_status', false);
    await block(server, carol, alice);
    const [bobs, carols] = (await ears(bob, carol)) as [Ears, Ears];
    bobs.close();
    carols.close();
    const [marker] = (await ears(mallory)) as [Ears];
    await theirs(watching, 'user:online', mallory);
    marker.close();
    await theirs(watching, 'user:offline', mallory);
    const about = watching.heard.filter((one) => [bob.id, carol.id].includes((one.payload as Body)?.userId));
    expect(about).toEqual([]);
  });

  /** The next event of this name about this person. */
  async function theirs(listening: Ears, event: string, person: Person): Promise<Body> {
    for (;;) {
      const payload = await listening.next(event);
      if (payload.userId === person.id) return payload;
    }
  }
});

describe('anything else', () => {
  it('is ignored, and the connection goes on', async () => {
    const [mine, bobs] = (await ears(mallory, bob)) as [Ears, Ears];
    for (const event of [
      'nonsense',
      'constructor',
      '__proto__',
      'toString',
      'message:received',
      'user:online',
      'authenticated',
    ]) {
      expect(await emit(mine, event, { conversationId: conversation }), event).toMatchObject({ success: false });
    }
    mine.socket.emit('join:conversation');
    mine.socket.emit('message:read', null, 1, 2, 3);
    mine.socket.emit('typing:start', Buffer.from('binary'));
    expect(await emit(mine, 'join:conversation', conversation)).toMatchObject({ success: true });
    await quiet(mine, bobs);
    expect(mine.socket.connected).toBe(true);
  });
});
