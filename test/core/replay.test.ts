// What the log gives back is what was said live; and a hub that loses events is made whole by it.

import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Member } from '../../src/core/context.ts';
import { audienceOf } from '../../src/core/conversations/audience.ts';
import { removeMember } from '../../src/core/conversations/members.ts';
import { DomainError } from '../../src/core/errors.ts';
import type { Event } from '../../src/core/events.ts';
import type { ConversationId, MessageId } from '../../src/core/ids.ts';
import { deleteMessage, editMessage } from '../../src/core/messages/change.ts';
import { markDelivered, markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { loadMessages } from '../../src/core/messages/shape.ts';
import { replayChanges } from '../../src/core/replay.ts';
import { createHub } from '../../src/realtime/hub.ts';
import { Ear, silentLog } from '../realtime/support.ts';
import { databaseKinds } from '../support/database.ts';
import { type Core, openCore, text, until } from './support.ts';

/** One step of a history: who does what, and to which of the messages so far. */
const step = fc.record({
  act: fc.constantFrom('send', 'send', 'send', 'edit', 'delete', 'read', 'read one', 'deliver', 'leave'),
  who: fc.nat({ max: 4 }),
  which: fc.nat({ max: 30 }),
  atOnce: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe.each(databaseKinds)('replay, %s', (kind) => {
  let core: Core;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());

  async function groupOfFive(): Promise<{ room: ConversationId; people: Member[] }> {
    const people: Member[] = [];
    for (const name of ['alice', 'bob', 'carol', 'dave', 'erin']) people.push(await core.person(name));
    // Erin tells nobody what she reads.
    await core.database.db
      .updateTable('accounts')
      .set({ show_read_receipts: false })
      .where('id', '=', people[4]!.accountId)
      .execute();
    const [founder, ...others] = people;
    return { room: await core.group(founder!, ...others), people };
  }

  /** Lives through the steps; refusals are part of life. Answers what was emitted. */
  async function live(steps: readonly Step[], room: ConversationId, people: readonly Member[]): Promise<Event[]> {
    core.published.length = 0;
    const { messenger } = core;
    const sent: MessageId[] = [];
    const perform = async ({ act, who, which }: Step): Promise<unknown> => {
      const actor = people[who]!;
      const messageId = sent[which % Math.max(1, sent.length)];
      if (act === 'send') {
        return messenger.execute(actor, sendMessage, text(room, `message ${which}`)).then(({ id }) => sent.push(id));
      }
      if (act === 'read') return messenger.execute(actor, markRead, { conversationId: room, messages: 'all' });
      if (act === 'leave') {
        // Only one of them may leave, or soon nobody is left to talk.
        const leaving = { conversationId: room, accountId: people[3]!.accountId };
        return messenger.execute(people[3]!, removeMember, leaving);
      }
      if (messageId === undefined) return undefined;
      const receipt = { conversationId: room, messages: [messageId] };
      if (act === 'read one') return messenger.execute(actor, markRead, receipt);
      if (act === 'deliver') return messenger.execute(actor, markDelivered, receipt);
      if (act === 'edit') return messenger.execute(actor, editMessage, { messageId, content: `edited ${which}` });
      return messenger.execute(actor, deleteMessage, { messageId });
    };
    const waiting: Promise<unknown>[] = [];
    for (const one of steps) {
      const performed = perform(one).catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error;
      });
      waiting.push(performed);
      if (!one.atOnce) await Promise.all(waiting.splice(0));
    }
    await Promise.all(waiting);
    return core.published
      .flat()
      .filter((event) => event.change?.conversationId === room)
      .toSorted((a, b) => a.change!.no - b.change!.no);
  }

  /** Live events with the messages, and the membership, as they are now; what is deleted is not shown. */
  async function asTheyLookNow(events: readonly Event[], room: ConversationId): Promise<Event[]> {
    const { db } = core.database;
    const ids = events.flatMap((event) => ('message' in event ? [event.message.id] : []));
    const messages = new Map((await loadMessages(db, ids, null)).map((message) => [message.id, message]));
    const { membershipVersion } = await audienceOf(db, room);
    return events.flatMap((event): Event[] => {
      const { origin: _origin, logged: _logged, ...rest } = event;
      const audience = event.audience.kind === 'members' ? { ...event.audience, membershipVersion } : event.audience;
      const shown = { ...rest, audience } as Event;
      if (!('message' in shown)) return [shown];
      const message = messages.get(shown.message.id)!;
      return message.deletedAt === null ? [{ ...shown, message }] : [];
    });
  }

  it('of a random history equals what was said live, in the order of the changes', { timeout: 120_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
        const { room, people } = await groupOfFive();
        const events = await live(steps, room, people);
        expect(events.map((event) => event.change!.no)).toEqual(events.map((_, index) => index + 2));
        const replayed = await replayChanges(core.database.db, room, 1, Number.MAX_SAFE_INTEGER);
        expect(replayed).toEqual(await asTheyLookNow(events, room));
        const half = Math.floor(events.length / 2);
        const pieces = [
          ...(await replayChanges(core.database.db, room, 1, 1 + half)),
          ...(await replayChanges(core.database.db, room, 1 + half, 1 + events.length)),
        ];
        expect(pieces).toEqual(replayed);
      }),
      { numRuns: 25 },
    );
  });

  it('covers as wide a hole as the hub asks for', async () => {
    const { room, people } = await groupOfFive();
    await Promise.all(
      Array.from({ length: 1_000 }, (_, n) => core.messenger.execute(people[0]!, sendMessage, text(room, `${n}`))),
    );
    expect(await replayChanges(core.database.db, room, 1, 1_001)).toHaveLength(1_000);
  });

  it('a hub that loses one event in ten still says everything, in order', { timeout: 60_000 }, async () => {
    const { room, people } = await groupOfFive();
    const { db } = core.database;
    let listener: (events: readonly Event[]) => void = () => {};
    let lost = 0;
    const hub = createHub({
      cluster: { listen: (heard) => (listener = heard), follow: async () => {}, unfollow() {} },
      dialects: {
        pythia: {
          'message.sent': { frames: ({ message, change }) => [`${change!.no} ${message.content}`] },
          'messages.read': { frames: ({ change }) => [`${change!.no} read`] },
          'members.left': { frames: ({ change }) => [`${change!.no} left`] },
        },
      },
      readAudience: (id) => audienceOf(db, id),
      readChanges: (id, after, upto) => replayChanges(db, id, after, upto),
      log: silentLog(),
      gapWait: 10,
    });
    core.cluster.listen((events) => {
      for (const event of events) {
        // The first anchors the line; then one in ten goes missing.
        if (event.change && event.change.no > 3 && Math.random() < 0.1) lost += 1;
        else listener([event]);
      }
    });
    const ears = people.map((person, index) => {
      const ear = new Ear('alice');
      return Object.assign(ear, { member: person, connectionId: `ear ${index}` });
    });
    for (const ear of ears) {
      hub.register(ear);
      hub.attach(ear, [{ id: room, lastChangeNo: 1, membershipVersion: 1, logXid: 0 }]);
    }
    const mallory = Object.assign(new Ear('mallory'), { member: await core.person('mallory') });
    hub.register(mallory);
    hub.attach(mallory, []);

    const send = (n: number) => core.messenger.execute(people[n % 3]!, sendMessage, text(room, `message ${n}`));
    for (let round = 0; round < 30; round += 1) {
      await Promise.all(Array.from({ length: 10 }, (_, n) => send(round * 10 + n)));
      if (round % 5 === 0)
        await core.messenger.execute(people[1]!, markRead, { conversationId: room, messages: 'all' });
    }
    const leaving = { conversationId: room, accountId: people[3]!.accountId };
    await core.messenger.execute(people[3]!, removeMember, leaving);
    // What is lost at the very end is noticed at the next change: so until the very last is heard.
    for (let last = 0, end = ''; !end || !ears[0]!.heard.at(-1)?.endsWith(end); last += 1) {
      end = `the end ${last}`;
      await core.messenger.execute(people[0]!, sendMessage, text(room, end));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }

    const expected = (await replayChanges(db, room, 1, 10_000)).map((event) => {
      if (event.type === 'message.sent') return `${event.change!.no} ${event.message.content}`;
      return `${event.change!.no} ${event.type === 'messages.read' ? 'read' : 'left'}`;
    });
    await until('all is heard', () => ears[0]!.heard.length === expected.length);
    expect(lost).toBeGreaterThan(5);
    for (const ear of [0, 1, 2, 4].map((index) => ears[index]!)) expect(ear.heard).toEqual(expected);
    // Who has left is not told afterwards what was still missing then; only that they left, and nothing after.
    const gone = ears[3]!.heard;
    expect(gone).toEqual(expected.filter((one) => gone.includes(one)));
    expect(gone.at(-1)).toMatch(/left$/);
    expect(mallory.heard).toEqual([]);
    hub.close();
  });
});
