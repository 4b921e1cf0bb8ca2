// How much a screen costs: one statement, and no look through all messages.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import { listConversations } from '../../../src/core/conversations/list.ts';
import type { ConversationId, MessageId } from '../../../src/core/ids.ts';
import { history } from '../../../src/core/messages/history.ts';
import { markRead } from '../../../src/core/messages/receipts.ts';
import { searchMessages } from '../../../src/core/messages/search.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import { starMessage, starredMessages } from '../../../src/core/messages/stars.ts';
import { openCore, text, type Core } from '../support.ts';
import { kind, statements } from './watching.ts';

const conversations = 500;
const each = 100;

let core: Core;
let alice: Member;
let first: ConversationId;
/** One that the tests write to. */
let busy: ConversationId;
let lastMessages: MessageId[];

beforeAll(async () => {
  core = await openCore(kind);
  alice = await core.person('alice');
  const { db } = core.database;
  await sql`insert into accounts (username, display_name, social_links, created_in)
    select 'other_' || n, 'Other ' || n, '{}', 'urge' from generate_series(1, ${conversations}::int) n`.execute(db);
  const made = await sql<{ id: ConversationId }>`
    insert into conversations (kind, direct_key, created_by, created_in, last_message_no, last_change_no, last_message_at)
    select 'direct', ${alice.accountId}::bigint || ':' || a.id, ${alice.accountId}::bigint, 'urge', ${each}::int, ${each}::int,
      now() - a.id * interval '1 minute'
    from accounts a where a.username like 'other_%' order by a.id returning id`.execute(db);
  first = made.rows[0]!.id;
  busy = made.rows[1]!.id;
  await sql`insert into memberships (conversation_id, account_id)
    select c.id, m::bigint from conversations c, unnest(string_to_array(c.direct_key, ':')) m`.execute(db);
  await sql`insert into messages (conversation_id, message_no, sender_id, content, sent_in, reply_to_id, read_at)
    select c.id, n, case when n % 3 = 0 then ${alice.accountId}::bigint else split_part(c.direct_key, ':', 2)::bigint end,
      'message ' || n, 'urge', null, case when n < 50 then now() end
    from conversations c, generate_series(1, ${each}::int) n`.execute(db);
  await sql`update messages m set reply_to_id = m.id - 1 where m.message_no > 1`.execute(db);
  await sql`insert into stars (account_id, message_id, conversation_id)
    select ${alice.accountId}::bigint, id, conversation_id from messages
    where message_no % 10 = 0 and (conversation_id = ${first} or conversation_id % 25 = 0)`.execute(db);
  await sql`insert into search_entries (message_id, conversation_id, text, words)
    select id, conversation_id, content, array_to_tsvector(array['#' || conversation_id, 'me', 'es', 'ss', 'sa', 'ag', 'ge', 'm', 'e'])
    from messages`.execute(db);
  await sql`analyze`.execute(db);
  const newest = await sql<{ id: MessageId }>`
    select id from messages where conversation_id = ${busy} order by message_no desc limit 3`.execute(db);
  lastMessages = newest.rows.map((row) => row.id);
});
afterAll(() => core.close());

const asks: Record<string, () => Promise<unknown>> = {
  'a list of 500 conversations': async () => {
    const page = await core.messenger.ask(alice, listConversations, { archived: false, limit: 500, offset: 0 });
    expect(page).toMatchObject({ total: conversations });
    expect(page.conversations).toHaveLength(conversations);
    expect(page.conversations.at(-1)).toMatchObject({ participantCount: 2, lastMessage: { no: each }, unreadCount: 1 });
  },
  'a list of 20': () => core.messenger.ask(alice, listConversations, { archived: false, limit: 20, offset: 40 }),
  'a page of history with replies, stars and receipts': async () => {
    const page = await core.messenger.ask(alice, history, { conversationId: first, limit: 50 });
    expect(page).toMatchObject({ total: each, hasMore: true });
    expect(page.messages).toHaveLength(50);
    expect(page.messages.every((one) => one.replyTo !== null)).toBe(true);
    expect(page.messages.filter((one) => one.isStarred)).toHaveLength(5);
  },
  'an older page': () =>
    core.messenger.ask(alice, history, { conversationId: busy, limit: 50, before: { message: lastMessages[2]! } }),
  'a page before a time': () =>
    core.messenger.ask(alice, history, { conversationId: first, limit: 50, before: { moment: Date.now() } }),
  'a page of stars': () => core.messenger.ask(alice, starredMessages, { limit: 50, offset: 0 }),
  'a send': () => core.messenger.execute(alice, sendMessage, text(busy, 'one more')),
  'a send with a key and a reply': () =>
    core.messenger.execute(alice, sendMessage, { ...text(busy, 'one more', 'key'), replyToId: lastMessages[0]! }),
  'a read': () => core.messenger.execute(alice, markRead, { conversationId: busy, messages: [lastMessages[0]!] }),
  'a read of everything': () => core.messenger.execute(alice, markRead, { conversationId: busy, messages: 'all' }),
};

describe('one statement is enough for', () => {
  it.each(Object.keys(asks))('%s', async (name) => {
    expect((await statements(asks[name]!)).map((one) => one.text)).toHaveLength(1);
  });

  it('a search, and one for what is not indexed yet', async () => {
    const search = () => core.messenger.ask(alice, searchMessages, { text: 'message', limit: 50 });
    expect(await statements(search)).toHaveLength(2);
  });
});

interface Plan {
  'Node Type': string;
  'Relation Name'?: string;
  Plans?: Plan[];
}

/** Tables that are read from end to end. */
function readWhole(plan: Plan): string[] {
  const here = plan['Node Type'] === 'Seq Scan' ? [plan['Relation Name'] ?? ''] : [];
  return [...here, ...(plan.Plans ?? []).flatMap(readWhole)];
}

describe('with 50,000 messages no statement looks through all of them:', () => {
  const more: typeof asks = {
    ...asks,
    'a search in one conversation': () =>
      core.messenger.ask(alice, searchMessages, { text: 'message', limit: 50, conversationId: first }),
    'a star': () => core.messenger.execute(alice, starMessage, { messageId: lastMessages[1]! }),
  };

  it.each(Object.keys(more))('%s', async (name) => {
    const seen = await statements(more[name]!);
    for (const { text: statement, values } of seen.filter((one) =>
      /^\s*(\/\*.*\*\/\s*)?(select|with|insert|update|delete)\b/i.test(one.text),
    )) {
      // Rolled back: the plan of a write is asked for, the write is not.
      const { rows } = await core.database.pool.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
        `explain (format json) ${statement.replace('/* prepare */', '')}`,
        values,
      );
      const whole = readWhole(rows[0]!['QUERY PLAN'][0]!.Plan);
      expect(whole.filter((table) => table === 'messages' || table === 'search_entries')).toEqual([]);
    }
  });
});
