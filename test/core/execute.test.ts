// One actor, one command, one transaction: what leaves it, when, and what may happen inside.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { signOut } from '../../src/core/accounts/sessions.ts';
import {
  type Actor,
  type BatchedCommand,
  type Context,
  type Guest,
  type Member,
  prepared,
} from '../../src/core/context.ts';
import { DomainError } from '../../src/core/errors.ts';
import type { Event } from '../../src/core/events.ts';
import type { Messenger } from '../../src/core/execute.ts';
import { forgetKeys } from '../../src/core/idempotency.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { databaseKinds } from '../support/database.ts';
import { barrier, type Core, guest, openCore, text, until } from './support.ts';

const system = { kind: 'system' } as const;

/** A value that a command writes, so that one can see whether it did. */
async function write(ctx: Context<Actor>, name: string, value = 'written'): Promise<void> {
  await ctx.tx.insertInto('server_values').values({ name, value }).execute();
}

describe.each(databaseKinds)('execute, %s', (kind) => {
  let core: Core;
  let messenger: Messenger;
  let alice: Member;
  let bob: Member;
  beforeAll(async () => {
    core = await openCore(kind);
    messenger = core.messenger;
    alice = await core.person('alice');
    bob = await core.person('bob');
  });
  afterAll(() => core.close());
  beforeEach(() => {
    core.published.length = 0;
    core.cluster.listen(() => {});
  });

  const said = (): Event => ({
    type: 'presence',
    accountId: alice.accountId,
    isOnline: true,
    lastSeenAt: null,
    audience: { kind: 'accounts', accounts: [bob.accountId] },
  });

  async function stored(name: string): Promise<string | undefined> {
    const { db } = core.database;
    return (await db.selectFrom('server_values').select('value').where('name', '=', name).executeTakeFirst())?.value;
  }

  describe('events', () => {
    it('leave after the commit', async () => {
      const seen: Promise<string | undefined>[] = [];
      core.cluster.listen(() => void seen.push(stored('committed')));
      await messenger.execute(
        system,
        async function commit(ctx: Context<Actor>) {
          ctx.emit(said());
          await write(ctx, 'committed');
          ctx.emit(said());
          await sql`select 1`.execute(ctx.tx);
          expect(core.published).toEqual([]);
        },
        {},
      );
      expect(core.published).toEqual([[said(), said()]]);
      expect(await Promise.all(seen)).toEqual(['written']);
    });

    it.each([
      ['a fault', new Error('broken')],
      ['a refusal', new DomainError('conflict', 'no', 'No.')],
    ])('do not leave on rollback by %s, and nothing is stored', async (name, error) => {
      const failing = messenger.execute(
        system,
        async function fail(ctx: Context<Actor>) {
          await write(ctx, name);
          ctx.emit(said());
          throw error;
        },
        {},
      );
      await expect(failing).rejects.toBe(error);
      expect(core.published).toEqual([]);
      expect(await stored(name)).toBeUndefined();
    });

    it('leave with a refusal that keeps its changes', async () => {
      const refusal = new DomainError('invalid', 'wrong_code', 'Wrong code.', { keepsChanges: true });
      const refused = messenger.execute(
        system,
        async function count(ctx: Context<Actor>) {
          await write(ctx, 'kept');
          ctx.emit(said());
          throw refusal;
        },
        {},
      );
      await expect(refused).rejects.toBe(refusal);
      expect(await stored('kept')).toBe('written');
      expect(core.published).toEqual([[said()]]);
    });

    it('may make whoever hears them execute commands', async () => {
      const conversation = await core.direct(alice, bob);
      const answers: Promise<unknown>[] = [];
      core.cluster.listen(() => {
        core.cluster.listen(() => {});
        answers.push(
          messenger.execute(
            system,
            async function next(ctx: Context<Actor>) {
              await write(ctx, 'next');
            },
            {},
          ),
        );
        answers.push(messenger.execute(bob, sendMessage, text(conversation, 'heard you')));
      });
      await messenger.execute(
        system,
        async function first(ctx: Context<Actor>) {
          ctx.emit(said());
        },
        {},
      );
      expect(answers).toHaveLength(2);
      await Promise.all(answers);
      expect(await stored('next')).toBe('written');
    });
  });

  describe('nesting', () => {
    it('is refused at once and by name, with nothing stored', async () => {
      const conversation = await core.direct(alice, bob);
      const inner: (() => Promise<unknown>)[] = [
        () =>
          messenger.execute(
            system,
            async function innerCommand(ctx: Context<Actor>) {
              await write(ctx, 'inner');
            },
            {},
          ),
        () => messenger.execute(alice, sendMessage, text(conversation, 'from inside')),
        () => messenger.ask(alice, async function innerQuery() {}, {}),
      ];
      const names = ['execute(innerCommand)', 'execute(sendMessage)', 'ask(innerQuery)'];
      for (const [index, call] of inner.entries()) {
        const nested = messenger.execute(
          system,
          async function outerCommand(ctx: Context<Actor>) {
            await write(ctx, 'outer');
            await call();
          },
          {},
        );
        await expect(nested).rejects.toThrow(`${names[index]} inside outerCommand`);
      }
      expect(await stored('inner')).toBeUndefined();
      expect(await stored('outer')).toBeUndefined();
    });

    it('is refused in a batched command and in what another prepares', async () => {
      const innerCommand = async (ctx: Context<Actor>) => write(ctx, 'inner');
      const outerBatch: BatchedCommand<Member, object, string> = {
        name: 'outerBatch',
        lane: () => 1,
        run: async (_db, items) => {
          await messenger.execute(system, innerCommand, {});
          return items.map(() => 'done');
        },
      };
      await expect(messenger.execute(alice, outerBatch, {})).rejects.toThrow('execute(innerCommand) inside outerBatch');
      const outerPrepared = prepared(
        'outerPrepared',
        async () => messenger.execute(system, innerCommand, {}),
        async (_ctx: Context<Actor>, _input: object) => {},
      );
      await expect(messenger.execute(system, outerPrepared, {})).rejects.toThrow(
        'execute(innerCommand) inside outerPrepared',
      );
      expect(await stored('inner')).toBeUndefined();
    });
  });

  describe('retry', () => {
    it.each(['40001', '40P01'])('after %s, without the events and rows of the lost attempts', async (code) => {
      let attempts = 0;
      const result = await messenger.execute(
        system,
        async function contended(ctx: Context<Actor>) {
          attempts += 1;
          await write(ctx, `try ${code}`, String(attempts));
          ctx.emit(said());
          if (attempts < 3) throw Object.assign(new Error('lost a race'), { code });
          return attempts;
        },
        {},
      );
      expect(result).toBe(3);
      expect(await stored(`try ${code}`)).toBe('3');
      expect(core.published).toEqual([[said()]]);
    });

    it('ends after five attempts', async () => {
      let attempts = 0;
      const hopeless = messenger.execute(
        system,
        async () => {
          attempts += 1;
          throw Object.assign(new Error('lost a race'), { code: '40001' });
        },
        {},
      );
      await expect(hopeless).rejects.toThrow('lost a race');
      expect(attempts).toBe(5);
    });

    it.runIf(kind === 'postgresql')('after a real deadlock: both commands are done, each told once', async () => {
      await messenger.execute(
        system,
        async (ctx: Context<Actor>) => {
          await write(ctx, 'left', '0');
          await write(ctx, 'right', '0');
        },
        {},
      );
      const bothHoldOne = barrier(2);
      let attempts = 0;
      const add = (ctx: Context<Actor>, name: string) =>
        sql`update server_values set value = (value::int + 1)::text where name = ${name}`.execute(ctx.tx);
      const both = async (ctx: Context<Actor>, [first, second]: readonly [string, string]) => {
        attempts += 1;
        ctx.emit(said());
        await add(ctx, first);
        await bothHoldOne();
        await add(ctx, second);
      };
      await Promise.all([
        messenger.execute(system, both, ['left', 'right'] as const),
        messenger.execute(system, both, ['right', 'left'] as const),
      ]);
      expect(attempts).toBe(3);
      expect([await stored('left'), await stored('right')]).toEqual(['2', '2']);
      expect(core.published.flat()).toHaveLength(2);
    });

    it.runIf(kind === 'postgresql')('after a real serialization failure', async () => {
      await messenger.execute(system, async (ctx: Context<Actor>) => write(ctx, 'counter', '0'), {});
      const bothHaveRead = barrier(2);
      let attempts = 0;
      const increase = async (ctx: Context<Actor>) => {
        attempts += 1;
        await sql`set transaction isolation level repeatable read`.execute(ctx.tx);
        const { rows } = await sql<{ value: string }>`select value from server_values where name = 'counter'`.execute(
          ctx.tx,
        );
        await bothHaveRead();
        const value = String(Number(rows[0]!.value) + 1);
        await ctx.tx.updateTable('server_values').set({ value }).where('name', '=', 'counter').execute();
      };
      await Promise.all([messenger.execute(system, increase, {}), messenger.execute(system, increase, {})]);
      expect(await stored('counter')).toBe('2');
      expect(attempts).toBe(3);
    });
  });

  describe('prepare', () => {
    it('reads the database before the transaction, once, however often that is tried', async () => {
      let preparations = 0;
      let attempts = 0;
      const slow = prepared(
        'slow',
        async (asking, input: { name: string }) => {
          preparations += 1;
          await Promise.all([1, 2, 3].map(() => sql`select 1`.execute(asking.db)));
          return `prepared for ${input.name}`;
        },
        async (ctx: Context<Actor>, input: { name: string }, made: string) => {
          attempts += 1;
          await write(ctx, input.name, made);
          if (attempts === 1) throw Object.assign(new Error('lost a race'), { code: '40001' });
        },
      );
      await messenger.execute(system, slow, { name: 'slow' });
      expect(await stored('slow')).toBe('prepared for slow');
      expect([preparations, attempts]).toEqual([1, 2]);
    });

    it('refuses before anything is begun', async () => {
      let begun = false;
      const refusing = prepared(
        'refusing',
        async () => {
          throw new DomainError('invalid', 'bad', 'Bad.');
        },
        async (_ctx: Context<Actor>, _input: object) => {
          begun = true;
        },
      );
      await expect(messenger.execute(system, refusing, {})).rejects.toThrow('Bad.');
      expect(begun).toBe(false);
    });
  });

  describe('idempotency', () => {
    const repeatable = (key: string, body: unknown = { n: 1 }) => ({ key, route: 'POST /things', body });
    /** Somebody with a request of this key; each time it is another request. */
    const asking = (who: Member, key: string, body?: unknown): Member => ({
      ...who,
      repeatable: repeatable(key, body),
    });

    it('8 at once: one write, eight equal results', async () => {
      let writes = 0;
      const make = async (ctx: Context<Member>) => {
        writes += 1;
        await write(ctx, 'eight');
        ctx.emit(said());
        return { id: 17 };
      };
      const results = await Promise.all(
        Array.from({ length: 8 }, () => messenger.execute(asking(alice, 'eight'), make, {})),
      );
      expect(results).toEqual(Array.from({ length: 8 }, () => ({ id: 17 })));
      expect(writes).toBe(1);
      expect(core.published).toEqual([[said()]]);
      expect(await messenger.execute(asking(bob, 'eight'), async () => 'another person’s', {})).toBe(
        'another person’s',
      );
    });

    it('the same key for another request is refused', async () => {
      await messenger.execute(asking(alice, 'reused'), async () => 1, {});
      for (const other of [repeatable('reused', { n: 2 }), { ...repeatable('reused'), route: 'POST /others' }]) {
        const again = { ...alice, repeatable: other };
        await expect(messenger.execute(again, async () => 2, {})).rejects.toMatchObject({ reason: 'key_reused' });
        const another = { ...alice, repeatable: { ...other } };
        await expect(messenger.execute(another, async function quiteAnother() {}, {})).rejects.toMatchObject({
          reason: 'key_reused',
        });
      }
    });

    it.each([{}, { keepsChanges: true } as const])('a refusal is not a result (%o)', async (details) => {
      const her = () => asking(alice, `refused ${JSON.stringify(details)}`);
      const refuse = async () => {
        throw new DomainError('conflict', 'no', 'No.', details);
      };
      await expect(messenger.execute(her(), refuse, {})).rejects.toThrow('No.');
      await expect(messenger.execute(her(), refuse, {})).rejects.toThrow('No.');
      expect(await messenger.execute(her(), async () => 'yes', {})).toBe('yes');
      expect(await messenger.execute(her(), async () => 'no', {})).toBe('yes');
    });

    it('a request of several commands is done again from where it stopped', async () => {
      const done: string[] = [];
      const first = async () => void done.push('first');
      const second = async (_ctx: Context<Member>, { fails }: { fails: boolean }) => {
        if (fails) throw new DomainError('conflict', 'no', 'No.');
        done.push('second');
        return done.length;
      };
      const request = async (fails: boolean) => {
        const her = asking(alice, 'several');
        await messenger.execute(her, first, {});
        await messenger.execute(her, first, {});
        return messenger.execute(her, second, { fails });
      };
      await expect(request(true)).rejects.toThrow('No.');
      expect(done).toEqual(['first', 'first']);
      expect(await request(false)).toBe(3);
      expect(await request(true)).toBe(3);
      expect(done).toEqual(['first', 'first', 'second']);
    });

    it('what was prepared for it and is used up is not prepared again', async () => {
      let left = 1;
      const use = prepared(
        'use',
        async () => {
          if (left === 0) throw new DomainError('not_found', 'used_up', 'Used up.');
          left -= 1;
          return 'used';
        },
        async (_ctx: Context<Member>, _input: object, what: string) => what,
      );
      expect(await messenger.execute(asking(alice, 'prepared'), use, {})).toBe('used');
      expect(await messenger.execute(asking(alice, 'prepared'), use, {})).toBe('used');
      await expect(messenger.execute(asking(alice, 'another'), use, {})).rejects.toThrow('Used up.');
    });

    it('a batched command that keeps no keys itself is done once too', async () => {
      let runs = 0;
      const count: BatchedCommand<Member, object, number> = {
        name: 'count',
        lane: () => 1,
        run: async (_db, items) => items.map(() => (runs += 1)),
      };
      expect(await messenger.execute(asking(alice, 'batched'), count, {})).toBe(1);
      expect(await messenger.execute(asking(alice, 'batched'), count, {})).toBe(1);
      expect(await messenger.execute(alice, count, {})).toBe(2);
    });

    it('keys are forgotten after a week', async () => {
      const forget = () => messenger.execute(system, forgetKeys, { limit: 1_000 });
      while ((await forget()) > 0);
      await messenger.execute(asking(alice, 'old'), async () => 'old', {});
      await messenger.execute(asking(alice, 'young'), async () => 'young', {});
      await sql`update idempotency_keys set created_at = now() - interval '8 days' where key = 'old'`.execute(
        core.database.db,
      );
      expect(await forget()).toBe(1);
      expect(await messenger.execute(asking(alice, 'old'), async () => 'new', {})).toBe('new');
      expect(await messenger.execute(asking(alice, 'young'), async () => 'new', {})).toBe('young');
    });

    it('8 sends at once with one key: one message, told once, and again later', async () => {
      const conversation = await core.direct(alice, bob);
      core.published.length = 0;
      const send = () => messenger.execute(alice, sendMessage, text(conversation, 'once', 'a-key'));
      const messages = await Promise.all(Array.from({ length: 8 }, send));
      messages.push(await send());
      expect(new Set(messages.map((message) => JSON.stringify(message))).size).toBe(1);
      expect(core.events('message.sent')).toHaveLength(1);
      const other = messenger.execute(alice, sendMessage, text(conversation, 'another body', 'a-key'));
      await expect(other).rejects.toMatchObject({ reason: 'key_reused' });
    });

    it('a write from two processes at once with one key, and after both: one write, equal answers', async () => {
      const second = await core.another();
      let writes = 0;
      const make = async (ctx: Context<Member>) => {
        writes += 1;
        const { id } = await ctx.tx
          .insertInto('server_values')
          .values({ name: `written by two ${writes} ${Math.random()}`, value: 'x' })
          .returning('name as id')
          .executeTakeFirstOrThrow();
        return { id };
      };
      for (let round = 0; round < 10; round += 1) {
        const her = () => asking(alice, `two processes ${round}`);
        const [one, two] = await Promise.all([
          messenger.execute(her(), make, {}),
          second.messenger.execute(her(), make, {}),
        ]);
        expect(two).toEqual(one);
        expect(await second.messenger.execute(her(), make, {})).toEqual(one);
      }
      expect(writes).toBe(10);
    });

    it('a send from two processes at once with one key: one message, equal answers', async () => {
      const conversation = await core.direct(alice, bob);
      const second = await core.another();
      for (let round = 0; round < 30; round += 1) {
        const draft = text(conversation, `round ${round}`, `shared ${round}`);
        const [one, two] = await Promise.all([
          messenger.execute(alice, sendMessage, draft),
          second.messenger.execute(alice, sendMessage, draft),
        ]);
        expect(two).toEqual(one);
      }
      await until(
        'each told once',
        () => [...core.events('message.sent'), ...second.events('message.sent')].length === 30,
      );
    });
  });
});

describe('what does not compile', () => {
  it('a guest, or anybody who may be one, calling a member’s command', () => {
    const calls = (messenger: Messenger, anyone: Guest | Member) => [
      // @ts-expect-error: signing out needs an account.
      messenger.execute(guest, signOut, {}),
      // @ts-expect-error: so does sending.
      messenger.execute(guest, sendMessage, text(1 as never, 'let me in')),
      // @ts-expect-error: it is not known to be a member.
      messenger.execute(anyone, signOut, {}),
    ];
    expect(calls).toBeTypeOf('function');
  });
});
