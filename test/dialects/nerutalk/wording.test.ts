// What a push says, in five languages: whole sentences, and nothing but text beside them (contract, 8.2).

import { describe, expect, it } from 'vitest';
import type { AccountId, AnnouncementId, CallId, ConversationId, MessageId } from '../../../src/core/ids.ts';
import type { Notice } from '../../../src/core/notifications/notice.ts';
import type { Surroundings } from '../../../src/dialects/dialect.ts';
import { createWording } from '../../../src/dialects/nerutalk/wording.ts';
import { createPublicIds } from '../../../src/dialects/public-ids.ts';
import { wordNotice } from '../../../src/dialects/urge/notifications.ts';
import { languages } from '../../../src/texts/index.ts';

const ids = createPublicIds(new Uint8Array(32).fill(3));
const word = createWording({ ids, languages: { fallback: 'id', detects: true } } as Surroundings);

const by = { id: 7 as AccountId, name: 'Ann', avatarUrl: 'https://example.org/ann.jpg' };
const chat = { conversationId: 12 as ConversationId, conversationName: 'Choir', isGroup: true, by, language: null };
const message = {
  kind: 'new_message',
  ...chat,
  messageId: 5 as MessageId,
  messageKind: 'text',
  text: 'Hello',
} as const;
const ofCall = { callId: 9 as CallId, callKind: 'audio', channelName: 'line', isGroup: false, ringsUntil: 0 } as const;
const call = { kind: 'incoming_call', by, language: null, ...ofCall } as const;
const announcement = {
  kind: 'announcement',
  announcementId: 3 as AnnouncementId,
  by: null,
  title: 'News',
  body: 'We are moving',
  type: 'system',
  data: { count: 3, nothing: null, deep: { a: 1 }, type: 'call' },
  imageUrl: null,
  clickAction: 'OPEN',
  urgency: 'low',
  language: null,
} as const;

const notices: readonly Notice[] = [
  message,
  { ...message, text: null },
  { ...message, text: '', messageKind: 'voice' },
  { ...message, isGroup: false },
  { kind: 'group_invite', ...chat },
  call,
  { ...call, kind: 'missed_call' },
  { kind: 'share_started', by, shareId: 4, language: null },
  { kind: 'share_ended', by, shareId: 4, language: null },
  { kind: 'fence_crossed', fenceId: 6, fenceName: 'home', crossing: 'entry', language: null },
  { kind: 'fence_crossed', fenceId: 6, fenceName: 'home', crossing: 'exit', language: null },
  announcement,
];

describe.each(languages)('in %s', (language) => {
  it.each(notices.map((notice) => [notice.kind, notice] as const))('a notice of %s is whole', (_kind, notice) => {
    const { title, body, data, badge, clickAction } = word({ ...notice, language })!;
    expect(title.trim()).not.toBe('');
    expect(body.trim()).not.toBe('');
    expect(`${title} ${body}`).not.toMatch(/\{\{|push_|standin_/);
    expect(Object.values(data).every((value) => typeof value === 'string')).toBe(true);
    expect(['message', 'call', 'system']).toContain(data.type);
    expect(data.notification_type).toBe(data.type);
    expect(badge).toBe(1);
    expect(clickAction).toBeTruthy();
  });

  it('each happening is told in words of its own', () => {
    const told = notices.map((notice) => word({ ...notice, language })!).map(({ title, body }) => `${title} ${body}`);
    expect(new Set(told).size).toBe(told.length);
  });
});

it('a language that is none of ours is the server’s own', () => {
  for (const language of [null, 'tlh']) expect(word({ ...call, language })!.title).toBe('Panggilan masuk');
});

it('hands over ids as the client knows them', () => {
  const person = ids.toUuid('account', by.id);
  expect(word(message)!.data).toMatchObject({ chat_id: '12', message_id: '5', sender_id: person, chat_name: 'Choir' });
  expect(word(call)!.data).toMatchObject({ call_id: '9', caller_id: person, caller_avatar: by.avatarUrl });
});

it('hands an announcement’s own fields over as text, and says itself what it is', () => {
  const { data, clickAction } = word(announcement)!;
  expect(data).toEqual({ count: '3', nothing: '', deep: '{"a":1}', type: 'system', notification_type: 'system' });
  expect(clickAction).toBe('OPEN');
  expect(word({ ...announcement, by })!.data).toMatchObject({ sender_id: ids.toUuid('account', by.id) });
});

it('URGE words in the recipient’s language, or the server’s where they chose none', () => {
  const bodies = (language: string | null) =>
    notices.slice(1, 5).map((notice) => wordNotice(ids, { ...notice, language }, 'en')?.body);
  expect(bodies(null)).toEqual(['Ann: New message', 'Ann: Voice message', 'Hello', 'Ann added you to the group.']);
  expect(bodies('ko')).toEqual(['Ann: 새 메시지', 'Ann: 음성 메시지', 'Hello', 'Ann님이 그룹에 초대했습니다.']);
});

it('a product without calls and fences has no word for them', () => {
  const said = notices.filter((notice) => wordNotice(ids, notice, 'en') !== null).map((notice) => notice.kind);
  expect(new Set(said)).toEqual(new Set(['new_message', 'group_invite', 'announcement']));
});
