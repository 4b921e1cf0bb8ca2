// Reading: cheap for many at once, and counted right whatever happens in between.

import fc from 'fast-check';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import { conversation } from '../../../src/core/conversations/list.ts';
import { clearHistory } from '../../../src/core/conversations/preferences.ts';
import type { ConversationId, MessageId } from '../../../src/core/ids.ts';
import { deleteMessage, hideMessage } from '../../../src/core/messages/change.ts';
import { history } from '../../../src/core/messages/history.ts';
import { markDelivered, markRead } from '../../../src/core/messages/receipts.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import { openCore, text, type Core } from '../support.ts';
import { kind, statements } from './watching.ts';

let core: Core;
let alice: Member;
let bob: Member;
let carol: Member;
let mallory: Member;

beforeAll(async () => {
  core = await openCore(kind);
  [alice, bob, carol, mallory] = [
    await core.person('alice'),
    await core.person('bob'),
    await core.person('carol'),
    await core.person('mallory'),
  ];
});
afterAll(() => core.close());

const say = (who: Member, to: ConversationId, content = 'hello') =>
  core.messenger.execute(who, sendMessage, text(to, content));
const read = (who: Member, conversationId: ConversationId, messages: MessageId[] | 'all' = 'all') =>
  core.messenger.execute(who, markRead, { conversationId, messages });
const unread = async (who: Member, id: ConversationId) =>
  (await core.messenger.ask(who, conversation, { id })).unreadCount;

describe('many readers at once', () => {
  it('of one group of 200 cost fewer than 20 statements, and each is told of', async () => {
    const readers = await Promise.all(Array.from({ length: 200 }, (_, index) => core.person(`reader ${index}`)));
    const group = await core.group(alice, ...readers);
    const { id } = await say(alice, group);
    core.published.length = 0;
    const seen = await statements(() => Promise.all(readers.map((reader) => read(reader, group, [id]))));
    expect(seen.length).toBeLessThan(20);
    const events = core.events('messages.read');
    expect(events).toHaveLength(200);
    expect(new Set(events.map((event) => event.by))).toEqual(new Set(readers.map((reader) => reader.accountId)));
    const numbers = events.map((event) => event.change!.no);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(new Set(numbers).size).toBe(200);
    expect(await Promise.all(readers.slice(0, 20).map((reader) => unread(reader, group)))).toEqual(
      Array.from({ length: 20 }, () => 0),
    );

    core.published.length = 0;
    const again = await statements(() => Promise.all(readers.map((reader) => read(reader, group))));
    expect(again.length).toBeLessThan(20);
    expect(core.published).toEqual([]);
  });

  it('of the same person count once', async () => {
    const chat = await core.direct(alice, bob);
    const sent = await Promise.all([1, 2, 3].map(() => say(alice, chat)));
    core.published.length = 0;
    const counts = await Promise.all([
      ...sent.map(({ id }) => read(bob, chat, [id])),
      read(bob, chat),
      read(bob, chat),
    ]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(3);
    const told = core.events('messages.read').flatMap((event) => event.messages.map((one) => one.messageId));
    expect(told).toHaveLength(3);
    expect(new Set(told)).toEqual(new Set(sent.map(({ id }) => id)));
  });

  it('refuse strangers among them and nobody else', async () => {
    const group = await core.group(alice, bob);
    const { id } = await say(alice, group);
    const answers = await Promise.allSettled([
      read(mallory, group, [id]),
      read(bob, group, [id]),
      read(mallory, group),
      read(alice, 999_999_999 as ConversationId),
    ]);
    expect(
      answers.map((answer) =>
        answer.status === 'fulfilled' ? answer.value : (answer.reason as { reason: string }).reason,
      ),
    ).toEqual(['not_a_member', 1, 'not_a_member', 'no_such_conversation']);
  });

  it('above 256 members are kept and told to themselves alone', async () => {
    const group = await core.group(alice, bob);
    const { rows } = await sql<{ id: number }>`insert into accounts (username, social_links, created_in)
      select 'crowd_' || n, '{}', 'urge' from generate_series(1, 260) n returning id`.execute(core.database.db);
    await sql`insert into memberships (conversation_id, account_id) select ${group}, unnest(${rows.map((row) => row.id)}::bigint[])`.execute(
      core.database.db,
    );
    const { id } = await say(alice, group);
    core.published.length = 0;
    expect(await read(bob, group, [id])).toBe(1);
    expect(core.events('messages.read')).toMatchObject([{ audience: { kind: 'accounts', accounts: [bob.accountId] } }]);
    expect(await unread(bob, group)).toBe(0);
  });
});

describe('delivery', () => {
  it('is told once, whoever’s device was first, and not of one’s own', async () => {
    const group = await core.group(alice, bob, carol);
    const { id } = await say(alice, group);
    core.published.length = 0;
    const deliver = (who: Member) =>
      core.messenger.execute(who, markDelivered, { conversationId: group, messages: [id] });
    expect(await deliver(alice)).toBe(0);
    const counts = await Promise.all([deliver(bob), deliver(carol), deliver(bob)]);
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(1);
    expect(core.events('messages.delivered')).toHaveLength(1);
    expect(await deliver(carol)).toBe(0);
    await expect(deliver(mallory)).rejects.toMatchObject({ reason: 'not_a_member' });
  });
});

describe('single reads', () => {
  it('fold into the mark once nothing unread is below', async () => {
    const chat = await core.direct(alice, carol);
    const sent = [];
    for (let index = 0; index < 5; index += 1) sent.push(await say(alice, chat));
    const rows = async () =>
      (await sql`select 1 from message_reads where conversation_id = ${chat}`.execute(core.database.db)).rows.length;
    const left = [];
    for (const index of [3, 1, 4, 0, 2]) {
      await read(carol, chat, [sent[index]!.id]);
      left.push([await unread(carol, chat), await rows()]);
    }
    expect(left).toEqual([
      [4, 1],
      [3, 2],
      [2, 3],
      [1, 2],
      [0, 0],
    ]);
  });
});

// A hundred conversations: on a busy machine they take their time.
describe('any sequence', { timeout: 60_000 }, () => {
  type Step =
    | { do: 'say'; who: number }
    | { do: 'read-all'; who: number }
    | { do: 'read'; who: number; which: number; also: number }
    | { do: 'delete' | 'hide'; who: number; which: number }
    | { do: 'clear'; who: number };
  const who = fc.nat(2);
  const which = fc.nat(11);
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('say' as const), who }) },
    { weight: 3, arbitrary: fc.record({ do: fc.constant('read' as const), who, which, also: which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('read-all' as const), who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constantFrom('delete' as const, 'hide' as const), who, which }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('clear' as const), who }) },
  );

  interface Said {
    id: MessageId;
    sender: number;
    deleted: boolean;
    seenBy: Set<number>;
    goneFor: Set<number>;
  }

  /** What a person would say is unread: not mine, not gone, not read, and nothing from before I last spoke. */
  function counted(said: Said[], reader: number): number {
    const spoke = said.findLastIndex((one) => one.sender === reader);
    return said.filter(
      (one, at) =>
        at > spoke && one.sender !== reader && !one.deleted && !one.goneFor.has(reader) && !one.seenBy.has(reader),
    ).length;
  }

  it('of sends, reads, deletions, hidings and clearings counts as a plain list of messages would', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
        const people = [alice, bob, carol];
        const group = await core.group(alice, bob, carol);
        const said: Said[] = [];
        for (const one of steps) {
          const me = people[one.who]!;
          const target = 'which' in one ? said[one.which % Math.max(1, said.length)] : undefined;
          if (one.do === 'say') {
            const { id } = await say(me, group);
            said.push({ id, sender: one.who, deleted: false, seenBy: new Set(), goneFor: new Set() });
          } else if (one.do === 'read-all') {
            const news = said.filter((each) => fresh(each, one.who));
            expect(await read(me, group)).toBe(news.length);
            for (const each of said) if (!each.goneFor.has(one.who + 10)) each.seenBy.add(one.who);
          } else if (one.do === 'clear') {
            await core.messenger.execute(me, clearHistory, { conversationId: group });
            // The second mark says that it was cleared, not only hidden: what is cleared cannot be read any more.
            for (const each of said) each.goneFor.add(one.who).add(one.who + 10);
          } else if (target && one.do === 'read') {
            const chosen = [...new Set([target, said[one.also % said.length]!])];
            const news = chosen.filter((each) => fresh(each, one.who));
            expect(
              await read(
                me,
                group,
                chosen.map((each) => each.id),
              ),
            ).toBe(news.length);
            for (const each of chosen) if (!each.goneFor.has(one.who + 10)) each.seenBy.add(one.who);
          } else if (target && one.do === 'hide' && !target.deleted && !target.goneFor.has(one.who)) {
            await core.messenger.execute(me, hideMessage, { messageId: target.id });
            target.goneFor.add(one.who);
          } else if (
            target &&
            one.do === 'delete' &&
            !target.deleted &&
            target.sender === one.who &&
            !target.goneFor.has(one.who)
          ) {
            await core.messenger.execute(me, deleteMessage, { messageId: target.id });
            target.deleted = true;
          }
        }
        for (const [index, person] of people.entries()) {
          expect(await unread(person, group), `person ${index}`).toBe(counted(said, index));
          const page = await core.messenger.ask(person, history, { conversationId: group, limit: 100 });
          const visible = said.filter((each) => !each.deleted && !each.goneFor.has(index));
          expect(page.messages.map((each) => each.id)).toEqual(visible.map((each) => each.id));
          expect(page.total).toBe(visible.length);
          for (const shown of page.messages) {
            const each = said.find((other) => other.id === shown.id)!;
            const seenByOthers = [...each.seenBy].some((reader) => reader !== each.sender);
            expect(shown.readAt !== null, 'READ as soon as anybody else has read it').toBe(seenByOthers);
          }
        }
      }),
      { numRuns: 50 },
    );

    /** Reading it now is news: to its reader it is neither their own, nor gone for all, nor cleared, nor read. */
    function fresh(one: Said, reader: number): boolean {
      return one.sender !== reader && !one.deleted && !one.goneFor.has(reader + 10) && !one.seenBy.has(reader);
    }
  });
});
