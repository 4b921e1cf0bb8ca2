// Search finds exactly what a plain look through all texts would find, in any language, indexed or not yet.

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import { dropConversation } from '../../../src/core/conversations/members.ts';
import { clearHistory } from '../../../src/core/conversations/preferences.ts';
import type { ConversationId, MessageId } from '../../../src/core/ids.ts';
import { deleteMessage, editMessage, hideMessage } from '../../../src/core/messages/change.ts';
import { indexMessages, searchMessages } from '../../../src/core/messages/search.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import type { Message } from '../../../src/core/messages/shape.ts';
import { openCore, until, type Core } from '../support.ts';
import { kind } from './watching.ts';

let core: Core;
let alice: Member;
let bob: Member;
let mallory: Member;

beforeAll(async () => {
  core = await openCore(kind);
  [alice, bob, mallory] = [await core.person('alice'), await core.person('bob'), await core.person('mallory')];
});
afterAll(() => core.close());

const words = {
  en: [
    'Good morning',
    'the train is LATE',
    "don't",
    '100% sure',
    'snake_case',
    'C:\\temp',
    '"quoted"',
    'see you',
    'late again',
  ],
  id: ['selamat pagi', 'kereta terlambat', 'sampai jumpa', 'terima kasih banyak', 'apa kabar'],
  ja: ['おはようございます', '電車が遅れています', 'また明日', 'ＡＢＣ', 'ｶﾞｷﾞ', '東京都', '京都'],
  ko: ['좋은 아침', '기차가 늦어요', '내일 봐요', '감사합니다'],
  zh: ['早上好', '火车晚点了', '明天见', '谢谢你', '的'],
  odd: ['🎉', '👩‍👩‍👧', 'e\u0301tude', 'ﬁle', '  wide   space ', "'; drop table", '&|!():*<->', '#1', 'İstanbul', '𠮷野家'],
};
const all = Object.values(words).flat();

const queries = [
  ...all,
  'late',
  'LATE',
  'a',
  'A',
  ' ',
  '%',
  '_',
  '\\',
  "'",
  '"',
  '🎉',
  '\u200D',
  '京',
  '京都',
  '的',
  '늦',
  '아침',
  '晚点',
  'ＬＡＴＥ',
  'abc',
  'が',
  'ガ',
  'fi',
  'é',
  'wide space',
  'pagi kereta',
  'nowhere to be found',
  '#',
  '#1',
  '&',
  '|',
  ':*',
  "''",
  '\\\\',
  '𠮷',
  '野',
  'Train Is',
];

/** As people compare: width, case and white space aside. Written apart from the code on purpose. */
const plain = (text: string) => text.normalize('NFKC').toLowerCase().split(/\s+/u).join(' ').trim();

function expected(messages: readonly Message[], query: string): MessageId[] {
  const wanted = plain(query);
  if (wanted === '') return [];
  return messages
    .filter((one) => plain(one.content).includes(wanted))
    .map((one) => one.id)
    .toSorted((a, b) => b - a);
}

async function found(who: Member, text: string, conversationId?: ConversationId): Promise<MessageId[]> {
  const { messages, total } = await core.messenger.ask(who, searchMessages, {
    text,
    limit: 500,
    ...(conversationId !== undefined && { conversationId }),
  });
  expect(total).toBe(messages.length);
  return messages.map((one) => one.id);
}

function say(
  who: Member,
  conversationId: ConversationId,
  content: string,
  more: { isEncrypted?: boolean } = {},
): Promise<Message> {
  return core.messenger.execute(who, sendMessage, { conversationId, kind: 'text', content, ...more });
}

/** Until nothing is left: on a shared server another database's transactions hold the log's readers back. */
async function index(): Promise<void> {
  await until('the index has caught up', async () => {
    while ((await core.messenger.execute({ kind: 'system' }, indexMessages, {})) > 0);
    return (await unindexed()) === 0;
  });
}

async function unindexed(): Promise<number> {
  const { rows } = await sql<{ n: number }>`select count(*) as n from changes l join followers f
    on (l.epoch, l.xid, l.id) > (f.epoch, f.xid, f.id) where f.name = 'search'`.execute(core.database.db);
  return rows[0]!.n;
}

// Hundreds of searches: on a busy machine they take their time.
describe('recall and order', { timeout: 60_000 }, () => {
  let conversation: ConversationId;
  let messages: Message[];

  beforeAll(async () => {
    conversation = await core.group(alice, bob);
    const texts = Array.from({ length: 240 }, (_, at) => {
      const one = all[(at * 7) % all.length]!;
      return at % 3 === 0 ? one : `${one} ${all[(at * 13 + 5) % all.length]} ${at}`;
    });
    messages = await Promise.all(texts.map((text, at) => say(at % 2 ? alice : bob, conversation, text)));
  });

  it.each(['before the index has seen them', 'half indexed', 'indexed'])(
    'are those of a plain filter: %s',
    async (when) => {
      if (when === 'half indexed') await core.messenger.execute({ kind: 'system' }, indexMessages, {});
      if (when === 'indexed') await index();
      const asked = when === 'half indexed' ? queries.filter((_, place) => place % 4 === 0) : queries;
      for (const query of asked) {
        const wanted = expected(messages, query);
        expect(await found(alice, query, conversation), query).toEqual(wanted);
      }
      for (const query of ['late', '京', '%']) {
        expect(await found(bob, query), query).toEqual(expected(messages, query));
        expect(await found(mallory, query), query).toEqual([]);
      }
    },
  );

  it('hold for any part of any text', async () => {
    const part = fc
      .tuple(fc.constantFrom(...messages.map((one) => one.content)), fc.nat(60), fc.integer({ min: 1, max: 8 }))
      .map(([text, from, length]) =>
        Array.from(text)
          .slice(from % text.length, (from % text.length) + length)
          .join(''),
      );
    await fc.assert(
      fc.asyncProperty(part, async (query) => {
        expect(await found(alice, query, conversation)).toEqual(expected(messages, query));
      }),
      { numRuns: 30 },
    );
  });

  it('come in limits, newest first, with the whole total', async () => {
    const wanted = expected(messages, 'a');
    const page = await core.messenger.ask(alice, searchMessages, { text: 'a', limit: 5 });
    expect(page.messages.map((one) => one.id)).toEqual(wanted.slice(0, 5));
    expect(page.total).toBe(wanted.length);
    expect((await core.messenger.ask(alice, searchMessages, { text: 'a', limit: 0 })).messages).toEqual([]);
  });

  it('leave the dialect’s gate to say who may not ask', async () => {
    const asking = core.messenger.ask(mallory, searchMessages, { text: 'a', limit: 5, conversationId: conversation });
    await expect(asking).rejects.toMatchObject({ code: 'forbidden', reason: 'not_a_member' });
  });
});

describe('what is not to be found', () => {
  const whens = ['before the index', 'after the index'];
  /** Everything is said; it is indexed, or not yet; then `change` happens, which the index has not seen. */
  async function after(when: string, change: (conversation: ConversationId, message: Message) => Promise<unknown>) {
    const conversation = await core.group(alice, bob);
    const message = await say(alice, conversation, 'quixotic zebra');
    if (when === 'after the index') await index();
    await change(conversation, message);
    const now = async () => [
      (await found(alice, 'ZEBRA', conversation)).length,
      (await found(bob, 'zebra', conversation).catch(() => [])).length,
    ];
    const first = await now();
    await index();
    expect(await now(), 'once the index has caught up').toEqual(first);
    return first;
  }

  it.each(whens)('the deleted (%s)', async (when) => {
    const run = (_: ConversationId, { id }: Message) => core.messenger.execute(alice, deleteMessage, { messageId: id });
    expect(await after(when, run)).toEqual([0, 0]);
    const { rows } = await sql`select 1 from search_entries where text like '%zebra%'`.execute(core.database.db);
    expect(rows).toEqual([]);
  });

  it.each(whens)('the hidden (%s)', async (when) => {
    expect(await after(when, (_, { id }) => core.messenger.execute(bob, hideMessage, { messageId: id }))).toEqual([
      1, 0,
    ]);
  });

  it.each(whens)('the cleared (%s)', async (when) => {
    expect(
      await after(when, (conversationId) => core.messenger.execute(bob, clearHistory, { conversationId })),
    ).toEqual([1, 0]);
  });

  it.each(whens)('what was left (%s)', async (when) => {
    expect(
      await after(when, (conversationId) => core.messenger.execute(bob, dropConversation, { conversationId })),
    ).toEqual([1, 0]);
    expect(await found(bob, 'zebra')).toEqual([]);
  });

  it.each(whens)('the old text of an edited one (%s)', async (when) => {
    const conversation = await core.group(alice, bob);
    const { id } = await say(alice, conversation, 'quixotic yak');
    if (when === 'after the index') await index();
    await core.messenger.execute(alice, editMessage, { messageId: id, content: 'plain ibex' });
    for (let time = 0; time < 2; time += 1) {
      expect([await found(bob, 'yak', conversation), await found(bob, 'ibex', conversation)]).toEqual([[], [id]]);
      await index();
    }
  });

  it('the encrypted', async () => {
    const conversation = await core.group(alice, bob);
    await say(alice, conversation, 'unreadable okapi', { isEncrypted: true });
    expect(await found(alice, 'okapi')).toEqual([]);
    await index();
    expect(await found(alice, 'okapi')).toEqual([]);
  });

  it('what was said with somebody blocked, until they are not', async () => {
    const conversationId = await core.direct(alice, bob);
    const { id } = await say(bob, conversationId, 'blocked numbat');
    const { db } = core.database;
    await sql`update conversations set is_blocked = true where id = ${conversationId}`.execute(db);
    expect([await found(alice, 'numbat'), await found(bob, 'numbat')]).toEqual([[], []]);
    await index();
    expect(await found(alice, 'numbat')).toEqual([]);
    await sql`update conversations set is_blocked = false where id = ${conversationId}`.execute(db);
    expect(await found(alice, 'numbat')).toEqual([id]);
  });
});

describe('the index', () => {
  it('goes on past texts of any length and kind', async () => {
    const conversation = await core.group(alice, bob);
    const long = [
      `${'a'.repeat(19_999)}😀 the end`,
      '😀'.repeat(30_000),
      'ﷺ'.repeat(20_000),
      Array.from({ length: 40_000 }, (_, at) => String.fromCodePoint(0x4e00 + (at % 20_000))).join(''),
    ];
    for (const text of long) await say(alice, conversation, text);
    await say(alice, conversation, 'after the long ones');
    await index();
    expect(await found(bob, 'after the long')).toHaveLength(1);
    expect(await found(bob, 'aaaa', conversation)).toHaveLength(1);
  });

  it('made again from nothing finds the same', async () => {
    const before = await found(alice, 'a');
    await sql`delete from search_entries`.execute(core.database.db);
    await sql`update followers set epoch = 0, xid = 0, id = 0`.execute(core.database.db);
    expect(await found(alice, 'a')).toEqual(before);
    await index();
    expect(await found(alice, 'a')).toEqual(before);
  });

  it('may be asked to follow by many at once', async () => {
    const conversation = await core.group(alice, bob);
    const sent = await Promise.all(
      Array.from({ length: 50 }, (_, at) => say(alice, conversation, `many wombats ${at}`)),
    );
    await Promise.all(Array.from({ length: 4 }, () => core.messenger.execute({ kind: 'system' }, indexMessages, {})));
    await index();
    expect(await found(bob, 'wombat')).toHaveLength(sent.length);
  });
});
