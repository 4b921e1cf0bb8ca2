// Koreans of all four products beside somebody who asks for no language: notices, stand-ins and refusals, live and read.

import type { FastifyRequest } from 'fastify';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manners } from '../src/dialects/urge/manners.ts';
import { settled } from './support/client.ts';
import { call, connect, type Answer, type Ears, type Person } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';
import { listen, type WebSocketEars } from './support/websocket-ears.ts';
import * as ai from './dialects/ai-messaging/people.ts';
import * as neru from './dialects/nerutalk/people.ts';
import * as pythia from './dialects/pythia/people.ts';
import { cast, emit, ok, openDirect, quiet, say } from './dialects/urge/stage.ts';

const korean = { 'x-language': 'ko' };

let server: TestServer;
/** Asks for no language. */
let alice: Person;
/** Koreans, each with a product of their own; Mallory is one too. */
let bora: Person;
let minji: neru.Neru;
let jun: pythia.Pythian;
let sora: ai.Person;
let mallory: Person;
let alices: Ears;
let boras: Ears;
let minjis: neru.Ears;
let juns: WebSocketEars<pythia.Frame>;
let mallorys: Ears;
let group: string;
let chat: number;

/** What somebody is answered in Korean. */
const inKorean = (who: { call: Person['call'] }, path: string, method = 'GET', body?: unknown): Promise<Answer> =>
  who.call(method, path, body, korean);

/** What one missed since a cursor, in Korean; without one, the cursor of now. */
async function missed(token: string, cursor = 'latest'): Promise<Answer['body']> {
  await settled(server);
  return ok(call(server, 'GET', `/sync?cursor=${encodeURIComponent(cursor)}`, { token, headers: korean }));
}

beforeAll(async () => {
  server = await startTestServer();
  ({ alice, bora, mallory } = await cast(server, 'alice', 'bora', 'mallory'));
  minji = await neru.register(server, 'minji');
  // The first one is in the standard channels, which do not belong here.
  await pythia.register(server, 'first');
  jun = await pythia.register(server, 'jun');
  sora = await ai.register(server, 'sora');
  const member_ids = [bora.id, minji.id, jun.id];
  group = (await ok(alice.call('POST', '/api/groups', { name: 'Choir', member_ids }))).id;
  chat = server.ids.fromUuid('conversation', group)!;
  const there = { url: `${server.url}?lang=ko` };
  alices = await alice.connect();
  boras = await connect(there, bora.accessToken);
  mallorys = await connect(there, mallory.accessToken);
  minjis = await minji.connect('&lang=ko');
  await neru.follow(minjis, chat);
  juns = listen<pythia.Frame>(server, jun.token, '&lang=ko');
  await juns.next('connection_established');
});
afterAll(() => server.close());

describe('what the server says in a group', () => {
  const english = 'Alice renamed the group to “합창단”';
  const translated = 'Alice님이 그룹 이름을 ‘합창단’(으)로 바꾸었습니다';

  it('is heard by each in their language, and missed so', async () => {
    const people = [bora.accessToken, minji.token, jun.token];
    const cursors = await Promise.all(people.map(async (token) => (await missed(token)).cursor as string));
    await ok(alice.call('PUT', `/api/groups/${group}`, { name: '합창단' }));
    expect(await alices.next('message:received')).toMatchObject({ type: 'SYSTEM', content: english });
    expect(await boras.next('message:received')).toMatchObject({ type: 'SYSTEM', content: translated });
    const { data, language } = await minjis.next('new_message');
    expect([language, data.message_type, data.content, data.metadata]).toEqual(['ko', 'system', translated, null]);
    expect((await juns.next('new_message')).data).toMatchObject({ content: translated });
    for (const [index, token] of people.entries()) {
      const told = JSON.stringify((await missed(token, cursors[index])).events);
      expect(told).toContain(translated);
      expect(told).not.toContain(english);
    }
  });

  it('is read by each in their language', async () => {
    const contents = (messages: { content: string }[]) => messages.map(({ content }) => content);
    const messages = `/api/conversations/${group}/messages`;
    expect(contents((await alice.call('GET', messages)).body.messages)).toContain(english);
    expect(contents((await inKorean(bora, messages)).body.messages)).toContain(translated);
    expect(contents((await inKorean(minji, `/chats/${chat}/messages`)).body.messages)).toContain(translated);
    expect(contents((await inKorean(jun, `/api/v1/messages/channel/${group}`)).body)).toContain(translated);
    const { conversations } = (await inKorean(bora, '/api/conversations')).body;
    expect(conversations[0].lastMessage.content).toBe(translated);
    const { chats } = (await inKorean(minji, '/chats')).body;
    expect(chats[0].last_message.content).toBe(translated);
  });

  it('is found by its English words, and shown in the reader’s', async () => {
    const found = (await inKorean(bora, '/api/messages/search?q=renamed')).body;
    expect(found.messages).toMatchObject([{ content: translated }]);
    expect((await inKorean(mallory, '/api/messages/search?q=renamed')).body.messages).toEqual([]);
  });

  it('is quoted in their language; what people wrote is left alone', async () => {
    const [notice] = (await ok(alice.call('GET', '/api/messages/search?q=renamed'))).messages;
    await say(alice, group, 'At last', { reply_to_id: notice.id });
    const quoted = (content: string) => ({ content: 'At last', replyTo: { content } });
    expect(await alices.next('message:received')).toMatchObject(quoted(english));
    expect(await boras.next('message:received')).toMatchObject(quoted(translated));
    expect((await minjis.next('new_message')).data).toMatchObject({ content: 'At last', reply_to_content: translated });
    expect((await juns.next('new_message')).data.content).toBe('At last');
  });

  it('is told of people by name, and of a group that is no more', async () => {
    const short = (await ok(alice.call('POST', '/api/groups', { name: 'Short', member_ids: [bora.id] }))).id;
    await ok(alice.call('POST', `/api/groups/${short}/members`, { user_ids: [minji.id, jun.id] }));
    expect((await alices.next('message:received')).content).toMatch(/^Alice added \S+ and \S+$/);
    expect((await boras.next('message:received')).content).toMatch(/^Alice님이 추가한 사람: \S+ 및 \S+$/);
    await juns.next('new_message');
    await ok(alice.call('DELETE', `/api/groups/${short}`));
    expect((await alices.next('group:deleted')).message).toBe('This group was deleted.');
    expect((await boras.next('group:deleted')).message).toBe('이 그룹은 삭제되었습니다.');
  });

  it('is shown as it stands where only that was kept', async () => {
    await sql`update messages set metadata = null where conversation_id = ${chat} and kind = 'system'`.execute(
      server.database.db,
    );
    const { messages } = (await inKorean(bora, `/api/conversations/${group}/messages`)).body;
    expect(messages[0]).toMatchObject({ type: 'SYSTEM', content: english });
  });

  it('is not heard by strangers', () => quiet(mallorys));
});

describe('what stands for a message', () => {
  const picture = { message_type: 'IMAGE', media_url: 'http://pictures.example/cat.png' };

  it('is in Pythia in the reader’s language', async () => {
    await say(alice, group, 'my cat', picture);
    expect((await juns.next('new_message')).data.content).toBe('[사진] my cat');
    const path = `/api/v1/messages/channel/${group}?limit=1`;
    expect((await inKorean(jun, path)).body[0].content).toBe('[사진] my cat');
    expect((await jun.call('GET', path)).body[0].content).toBe('[Photo] my cat');
  });

  it('is in AI Messaging in the reader’s language, and so told of what was missed', async () => {
    const { cursor } = await missed(sora.token);
    const soraId = server.ids.toUuid('account', sora.id);
    await say(alice, await openDirect(alice, { ...alice, id: soraId }), '', { ...picture, message_type: 'DOCUMENT' });
    expect((await inKorean(sora, '/messages/received')).body).toMatchObject([{ content: '[문서]' }]);
    expect((await sora.call('GET', '/messages/received')).body).toMatchObject([{ content: '[Document]' }]);
    expect((await inKorean(sora, '/auth/conversations')).body).toMatchObject([{ last_message: '[문서]' }]);
    expect(JSON.stringify((await missed(sora.token, cursor)).events)).toContain('[문서]');
  });

  it('is in URGE’s quotes in the reader’s language', async () => {
    const { id } = await say(alice, group, '', picture);
    await say(alice, group, 'Look', { reply_to_id: id });
    const reply = async (ears: Ears) => {
      for (;;) {
        const heard = await ears.next('message:received');
        if (heard.content === 'Look') return heard.replyTo.content as string;
      }
    };
    expect([await reply(alices), await reply(boras)]).toEqual(['Photo', '사진']);
  });
});

describe('a refusal', () => {
  it('is in URGE what it always was to who asks for no language, and else in theirs', async () => {
    const path = `/api/conversations/${group}/messages`;
    const { status, body } = await mallory.call('GET', path);
    const refused = await inKorean(mallory, path);
    expect([refused.status, body.message]).toEqual([status, 'You are not a participant in this conversation.']);
    const text = '이 채팅의 참가자가 아닙니다';
    expect(refused.body).toEqual({ success: false, message: text, detail: text });
  });

  it('names the field that is wrong', async () => {
    const { body } = await inKorean(alice, '/api/messages', 'POST', { content: 'x' });
    expect(body).toMatchObject({
      message: 'conversation_id: 꼭 필요한 항목입니다',
      detail: [{ msg: 'Field required' }],
    });
    const wrong = await inKorean(alice, '/api/messages', 'POST', { conversation_id: group, content: 5 });
    expect(wrong.body.message).toBe('content: 올바르지 않은 값입니다');
    expect((await alice.call('POST', '/api/messages', {})).body.message).toMatch(/: Field required$/);
  });

  it('is so too where the server itself says no', async () => {
    expect((await call(server, 'GET', '/api/auth/me', { headers: korean })).body.message).toBe('로그인해 주세요');
    const unknown = await call(server, 'GET', '/api/nothing', { headers: korean });
    expect(unknown.body).toEqual({ detail: 'Not Found', message: '찾을 수 없습니다', language: 'ko' });
    const answer = (status: number, language: string) =>
      manners.shape({ status, text: 'Payload Too Large' }, { language } as FastifyRequest);
    expect(answer(413, 'en')).toMatchObject({ message: 'Payload Too Large' });
    expect(answer(413, 'ko')).toMatchObject({ message: '파일이 너무 큽니다' });
    expect(answer(500, 'ko')).toEqual({ success: false, message: '서버에 문제가 생겼습니다', detail: null });
  });

  it('is on URGE’s socket in the language of the connection', async () => {
    const message = { conversationId: group, content: 'let me in' };
    expect(await emit(mallorys, 'message:sent', message)).toEqual({
      success: false,
      error: '이 채팅의 참가자가 아닙니다',
    });
    expect(await emit(mallorys, 'message:sent', { ...message, conversationId: 'x' })).toEqual({
      success: false,
      error: '채팅을 찾을 수 없습니다',
    });
    expect(await emit(mallorys, 'message:sent', 5)).toMatchObject({ error: '올바르지 않은 항목이 있습니다' });
    expect(await emit(alices, 'message:sent', 5)).toMatchObject({ error: 'Not a message.' });
  });

  it('is in NeruTalk in the reader’s language, whatever its contract has no text for', async () => {
    const { status, body } = await inKorean(minji, '/settings/privacy/block', 'POST', {
      user_id: minji.id,
    });
    expect([status, body.message, body.language]).toEqual([400, '자신을 차단할 수 없습니다', 'ko']);
  });

  it('is in Pythia and AI Messaging English, whose clients match words', async () => {
    expect((await inKorean(jun, '/api/v1/channels/none')).body.detail).toMatch(/^[\x20-\x7e]+$/);
    expect((await inKorean(sora, '/messages/999999')).body.detail).toMatch(/^[\x20-\x7e]+$/);
  });
});
