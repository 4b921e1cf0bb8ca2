// Group commit: what goes together, what each caller gets, and what happens when a statement fails.

import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { BatchedCommand, BatchItem, Member } from '../../src/core/context.ts';
import type { Event } from '../../src/core/events.ts';
import type { Messenger } from '../../src/core/execute.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import type { Message } from '../../src/core/messages/shape.ts';
import { markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { databaseKinds } from '../support/database.ts';
import { type Core, openCore, text, until } from './support.ts';

type Outcome = 'done' | Error;

/** A batched command that stores nothing: `statement` gets the inputs of each batch and answers them. */
function toy<I>(statement: (inputs: I[], items: readonly BatchItem<Member, I>[]) => Promise<Outcome[]>) {
  const command: BatchedCommand<Member, I, Outcome> = {
    name: 'toy',
    lane: () => 0,
    run: (_db, items) =>
      statement(
        items.map((item) => item.input),
        items,
      ),
  };
  return command;
}

const done = (inputs: readonly unknown[]): Outcome[] => inputs.map(() => 'done');

describe.each(databaseKinds)('lanes, %s', (kind) => {
  let core: Core;
  let messenger: Messenger;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let room: ConversationId;
  beforeAll(async () => {
    core = await openCore(kind);
    messenger = core.messenger;
    [alice, bob, carol] = [await core.person('alice'), await core.person('bob'), await core.person('carol')];
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    room = await core.group(alice, bob, carol);
    core.published.length = 0;
    core.batches.length = 0;
  });

  const send = (who: Member, content: string, key?: string) =>
    messenger.execute(who, sendMessage, text(room, content, key));
  const stored = async () => {
    const { db } = core.database;
    const rows = await db
      .selectFrom('messages')
      .selectAll()
      .where('conversation_id', '=', room)
      .orderBy('message_no')
      .execute();
    expect(rows.map((row) => row.message_no)).toEqual(rows.map((_, index) => index + 1));
    return rows.map((row) => row.content);
  };

  describe('what goes together', () => {
    it('all that arrives at once, and all that arrives while that is in flight', async () => {
      const batches: number[][] = [];
      let release = () => {};
      const released = new Promise<void>((resolve) => (release = resolve));
      const slow = toy<number>(async (inputs) => {
        batches.push(inputs);
        await released;
        return done(inputs);
      });
      const first = [1, 2, 3].map((n) => messenger.execute(alice, slow, n));
      await until('the first batch is in flight', () => batches.length === 1);
      const second = [4, 5].map((n) => messenger.execute(alice, slow, n));
      release();
      await Promise.all([...first, ...second]);
      expect(batches).toEqual([
        [1, 2, 3],
        [4, 5],
      ]);
    });

    it('at most 500', async () => {
      const sizes: number[] = [];
      const count = toy<number>(async (inputs) => {
        sizes.push(inputs.length);
        return done(inputs);
      });
      await Promise.all(Array.from({ length: 1201 }, (_, n) => messenger.execute(alice, count, n)));
      expect(sizes).toEqual([500, 500, 201]);
    });

    it('64 sends to one conversation are one statement, and one call of publish in change order', async () => {
      const contents = Array.from({ length: 64 }, (_, n) => `message ${n}`);
      const messages = await Promise.all(contents.map((content, n) => send(n % 2 ? alice : bob, content)));
      expect(core.batches).toEqual([{ command: 'sendMessage', size: 64 }]);
      expect(messages.map((message) => message.content)).toEqual(contents);
      expect(await stored()).toEqual(contents);
      expect(core.published).toHaveLength(1);
      const numbers = core.published[0]!.map((event) => event.change!.no);
      expect(numbers).toEqual(contents.map((_, n) => numbers[0]! + n));
      expect(core.events('message.sent').map((event) => event.message)).toEqual(messages);
    });

    it('receipts too, in change order whoever asked first', async () => {
      await send(alice, 'read me');
      core.published.length = 0;
      const read = { conversationId: room, messages: 'all' } as const;
      expect(await Promise.all([carol, bob].map((who) => messenger.execute(who, markRead, read)))).toEqual([1, 1]);
      expect(core.published).toHaveLength(1);
      const numbers = core.published[0]!.map((event) => event.change!.no);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    });

    it('nothing overtakes another command to the same conversation', async () => {
      const elsewhere = await core.direct(alice, bob);
      core.batches.length = 0;
      await Promise.all([
        send(alice, 'one'),
        messenger.execute(bob, markRead, { conversationId: room, messages: 'all' }),
        send(alice, 'two'),
        messenger.execute(alice, sendMessage, text(elsewhere, 'in another lane, or another conversation')),
        send(alice, 'three'),
      ]);
      const kinds = core.published.flat().filter((event) => event.change?.conversationId === room);
      const inOrder = kinds.toSorted((a, b) => a.change!.no - b.change!.no).map((event) => event.type);
      expect(inOrder).toEqual(['message.sent', 'messages.read', 'message.sent', 'message.sent']);
      expect(core.events('messages.read')[0]!.messages).toHaveLength(1);
    });
  });

  describe('what each caller gets', () => {
    it('a refusal fails its own call only', async () => {
      const mallory = await core.person('mallory');
      const outcomes = await Promise.allSettled([
        send(alice, 'one'),
        send(mallory, 'let me in'),
        messenger.execute(alice, sendMessage, { ...text(room, 'to what?'), replyToId: 999_999 as never }),
        send(bob, 'two'),
        messenger.execute(alice, sendMessage, text(999_999 as never, 'where?')),
      ]);
      const said = outcomes.map((one) => (one.status === 'fulfilled' ? one.value.content : one.reason.reason));
      expect(said).toEqual(['one', 'not_a_member', 'no_such_reply', 'two', 'no_such_conversation']);
      expect(await stored()).toEqual(['one', 'two']);
      expect(core.events('message.sent')).toHaveLength(2);
    });

    it('a key known before the batch and one repeated in it', async () => {
      const before = await send(alice, 'before', 'known');
      const [again, one, twice, other] = await Promise.allSettled([
        send(alice, 'before', 'known'),
        send(alice, 'new', 'fresh'),
        send(alice, 'new', 'fresh'),
        send(alice, 'something else', 'fresh'),
      ]);
      expect(again).toEqual({ status: 'fulfilled', value: before });
      expect(twice).toEqual(one);
      expect(other).toMatchObject({ status: 'rejected', reason: { reason: 'key_reused' } });
      expect(await stored()).toEqual(['before', 'new']);
    });
  });

  describe('when a statement fails', () => {
    it('its calls are tried one by one, in their order, each with its events once', async () => {
      const batches: number[][] = [];
      const said: Event = {
        type: 'sessions.ended',
        sessions: [],
        reason: 'x',
        audience: { kind: 'accounts', accounts: [] },
      };
      const fragile = toy<number>(async (inputs, items) => {
        batches.push(inputs);
        for (const item of items) item.emit(said);
        if (inputs.includes(3)) throw Object.assign(new Error('bad row'), { code: '22021' });
        return done(inputs);
      });
      const outcomes = await Promise.allSettled([1, 2, 3, 4].map((n) => messenger.execute(alice, fragile, n)));
      expect(batches).toEqual([[1, 2, 3, 4], [1], [2], [3], [4]]);
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
      expect(core.published.flat()).toHaveLength(3);
    });

    it('by losing a race, all of it is tried again, and told once', async () => {
      let attempts = 0;
      const said: Event = {
        type: 'sessions.ended',
        sessions: [],
        reason: 'x',
        audience: { kind: 'accounts', accounts: [] },
      };
      const racing = toy<number>(async (inputs, items) => {
        attempts += 1;
        for (const item of items) item.emit(said);
        if (attempts < 3) throw Object.assign(new Error('deadlock'), { code: '40P01' });
        return done(inputs);
      });
      await Promise.all([1, 2].map((n) => messenger.execute(alice, racing, n)));
      expect(attempts).toBe(3);
      expect(core.published.map((events) => events.length)).toEqual([2]);
    });

    it.each([
      ['without a code', {}],
      ['with the connection’s', { code: 'ECONNRESET' }],
      ['with the server’s', { code: '57P01' }],
      ['with SQL’s', { code: '08006' }],
    ])('by losing its connection (%s), nothing is tried twice', async (_name, code) => {
      let attempts = 0;
      const cut = toy<number>(async () => {
        attempts += 1;
        throw Object.assign(new Error('Connection terminated'), code);
      });
      const outcomes = await Promise.allSettled([1, 2].map((n) => messenger.execute(alice, cut, n)));
      expect(outcomes.map((outcome) => outcome.status)).toEqual(['rejected', 'rejected']);
      expect(attempts).toBe(1);
      await send(alice, 'the lane goes on');
    });

    it('after it has stored its messages, only the look at an old one fails', async () => {
      const old = await send(alice, 'old', 'old-key');
      const { db } = core.database;
      let statements = 0;
      const failing = db.withPlugin({
        transformQuery({ node }) {
          statements += 1;
          if (statements === 2) throw Object.assign(new Error('the second statement fails'), { code: '53200' });
          return node;
        },
        transformResult: async ({ result }) => result,
      });
      const item = (content: string, key?: string) => ({
        actor: alice,
        input: text(room, content, key),
        now: Date.now(),
        emit: () => {},
      });
      const [again, fresh] = await sendMessage.run(failing, [item('old', 'old-key'), item('fresh')]);
      expect(again).toBeInstanceOf(Error);
      expect(fresh).toMatchObject({ content: 'fresh', no: old.no + 1 });
    });
  });

  describe.runIf(kind === 'postgresql')('while another process holds the conversation’s row', () => {
    let other: pg.Client;
    beforeEach(async () => {
      other = new pg.Client({ connectionString: core.url });
      await other.connect();
      await other.query('begin');
      await other.query('select 1 from conversations where id = $1 for update', [room]);
    });
    afterEach(() => other.end());

    const waiting = () =>
      until('a statement waits for the row', async () => {
        const { rows } = await other.query<{ n: string }>(
          `select count(*) as n from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
        );
        return Number(rows[0]!.n) > 0;
      });

    /** What a send of another process does. */
    async function storeElsewhere(content: string, key: string): Promise<void> {
      await other.query(
        `with c as (update conversations set last_message_no = last_message_no + 1, last_change_no = last_change_no + 1,
            log_xid = greatest(log_xid, pg_current_xact_id()::text::bigint)
            where id = $1 returning last_message_no, last_change_no, log_xid),
          m as (insert into messages (conversation_id, message_no, sender_id, content, sent_in, idempotency_key, request_hash)
            select $1, last_message_no, $2, $3, 'urge', $4, $5 from c returning id)
          insert into changes (xid, conversation_id, change_no, kind, message_id)
            select log_xid, $1, last_change_no, 'message.sent', m.id from c, m`,
        [room, alice.accountId, content, key, `hash of ${content}`],
      );
      await other.query('commit');
    }

    it.each([
      ['a batch', ['one', 'planted', 'two']],
      ['a lone send', ['planted']],
    ])('%s whose key that process stores: known, once; its neighbours stored', async (_name, contents) => {
      const sends = contents.map((content) => send(alice, content, `${room} ${content}`));
      await waiting();
      await storeElsewhere('planted', `${room} planted`);
      const messages: Message[] = await Promise.all(sends);
      expect(messages.map((message) => message.content)).toEqual(contents);
      expect(await stored()).toEqual(['planted', ...contents.filter((content) => content !== 'planted')]);
      expect(core.events('message.sent')).toHaveLength(contents.length - 1);
      const { rows } = await other.query<{ change_no: string }>(
        'select change_no from changes where conversation_id = $1 and change_no is not null order by xid, id',
        [room],
      );
      expect(rows.map((row) => Number(row.change_no))).toEqual(rows.map((_, index) => index + 1));
    });

    it('a connection that is cut: every caller is told, nothing is stored twice', async () => {
      const sends = Promise.allSettled(['one', 'two', 'three'].map((content) => send(alice, content)));
      await waiting();
      await other.query(
        `select pg_terminate_backend(pid) from pg_stat_activity
          where wait_event_type = 'Lock' and datname = current_database()`,
      );
      await other.query('commit');
      expect((await sends).map((outcome) => outcome.status)).toEqual(['rejected', 'rejected', 'rejected']);
      // The pool may hand the dead connection out once more before it hears of its end.
      await until('the pool has noticed', async () =>
        stored().then(
          () => true,
          () => false,
        ),
      );
      expect(await stored()).toEqual([]);
      await send(alice, 'after');
      expect(await stored()).toEqual(['after']);
    });
  });
});
