// Who hears what, and how often it is written.

import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import type { Encoders } from '../../src/dialects/dialect.ts';
import type { AccountId, SessionId } from '../../src/core/ids.ts';
import type { MemberList } from '../../src/realtime/hub.ts';
import {
  alice,
  bob,
  carol,
  change,
  Ear,
  hubOf,
  mallory,
  numberEncoders,
  presence,
  standing,
  typing,
} from './support.ts';

describe('an audience', () => {
  test('of members: every device of each of them, and not mallory', async () => {
    const { publish, join } = hubOf({ members: [alice, bob] });
    const phone = join(new Ear('alice'));
    const laptop = join(new Ear('alice'));
    const bobs = join(new Ear('bob'));
    const mallorys = join(new Ear('mallory'));
    publish(change(1));
    await vi.waitFor(() => expect(bobs.heard).toEqual(['1']));
    expect([phone.heard, laptop.heard, mallorys.heard]).toEqual([['1'], ['1'], []]);
  });

  test('is the same whichever side is the smaller', async () => {
    const many = Array.from({ length: 5_000 }, (_, index) => (index + 10) as AccountId);
    const { publish, join } = hubOf({ members: [...many, alice] });
    const ear = join(new Ear('alice'));
    const mallorys = join(new Ear('mallory'));
    publish(change(1, { also: [bob, alice, bob] }));
    const bobs = join(new Ear('bob'));
    await vi.waitFor(() => expect(bobs.heard).toEqual(['1']));
    expect(ear.heard).toEqual(['1']);
    expect(mallorys.heard).toEqual([]);
  });

  test('of members is read again for a newer membership, once for all who wait, in order', async () => {
    let list: MemberList = { membershipVersion: 1, members: [alice, mallory] };
    const { publish, join, readAudience } = hubOf({
      readAudience: async () => {
        await sleep(5);
        return list;
      },
    });
    const alices = join(new Ear('alice'), [standing(0)]);
    const bobs = join(new Ear('bob'), [standing(0)]);
    const mallorys = join(new Ear('mallory'), [standing(0)]);
    publish(change(1), typing(alice));
    await vi.waitFor(() => expect(alices.heard).toEqual(['1', 'typing']));
    list = { membershipVersion: 2, members: [alice, bob] };
    // Mallory was thrown out: told so by `also`, and nothing after.
    publish(
      change(2, { membershipVersion: 2, also: [mallory] }),
      change(3, { membershipVersion: 2 }),
      typing(alice, 2),
    );
    expect(alices.heard).toHaveLength(2);
    await vi.waitFor(() => expect(alices.heard).toEqual(['1', 'typing', '2', '3', 'typing']));
    expect(bobs.heard).toEqual(['2', '3', 'typing']);
    expect(mallorys.heard).toEqual(['1', 'typing', '2']);
    expect(readAudience).toHaveBeenCalledTimes(2);
  });

  test('that cannot be read is asked for again, and nothing is lost meanwhile', async () => {
    let failures = 8;
    const { publish, join, log } = hubOf({
      readAudience: async () => {
        if (failures-- > 0) throw new Error('database away');
        return { membershipVersion: 1, members: [alice] };
      },
    });
    const ear = join(new Ear('alice'), [standing(0)]);
    publish(change(1), change(2));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2']));
    expect(log.warn).toHaveBeenCalledTimes(8);
  });

  test('that stays older than the event serves it at last, and is not kept', async () => {
    let list: MemberList = { membershipVersion: 1, members: [alice] };
    const { publish, join } = hubOf({ readAudience: async () => list });
    const alices = join(new Ear('alice'), [standing(0)]);
    const bobs = join(new Ear('bob'), [standing(0)]);
    publish(change(1, { membershipVersion: 5 }));
    await vi.waitFor(() => expect(alices.heard).toEqual(['1']));
    list = { membershipVersion: 5, members: [alice, bob] };
    publish(change(2, { membershipVersion: 5 }));
    await vi.waitFor(() => expect(bobs.heard).toEqual(['2']));
  });

  test('of accounts and of everyone need no member list', () => {
    const { publish, join, readAudience } = hubOf();
    const ears = (['alice', 'bob', 'mallory'] as const).map((name) => join(new Ear(name)));
    publish({ ...presence(alice), audience: { kind: 'accounts', accounts: [bob, carol, bob] } });
    expect(ears.map(({ heard }) => heard)).toEqual([[], ['presence 1'], []]);
    publish(presence(alice, [mallory]));
    expect(ears.map(({ heard }) => heard.length)).toEqual([1, 2, 0]);
    expect(readAudience).not.toHaveBeenCalled();
  });

  test('a change for one account alone keeps its place in the order', async () => {
    const { publish, join } = hubOf();
    const ear = join(new Ear('alice'), [standing(0)]);
    const bobs = join(new Ear('bob'), [standing(0)]);
    publish(change(1), { ...change(2), audience: { kind: 'accounts', accounts: [alice] } }, change(3));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2', '3']));
    expect(bobs.heard).toEqual(['1', '3']);
  });

  test('that is read while somebody attaches who knows the change: it is not told again', async () => {
    let answer = (_list: MemberList) => {};
    const { publish, join } = hubOf({ readAudience: () => new Promise<MemberList>((resolve) => (answer = resolve)) });
    const early = join(new Ear('bob'), [standing(4)]);
    publish(change(5));
    // Its order is right, so it was released; but to whom it goes is not yet known.
    const late = join(new Ear('alice'), [standing(5)]);
    publish(change(6));
    answer({ membershipVersion: 1, members: [alice, bob] });
    await vi.waitFor(() => expect(late.heard).toEqual(['6']));
    expect(early.heard).toEqual(['5', '6']);
  });
});

describe('an encoding', () => {
  const encoders = (made: string[]): Encoders => ({
    presence: {
      by: 'language',
      frames: (_, { language, viewer }) => {
        made.push(`${language} ${viewer}`);
        return [`first in ${language}`, `second in ${language}`];
      },
    },
    typing: {
      by: 'viewer',
      hears: (event, listener) => listener.member.accountId !== event.by && !listener.left.has(event.conversationId),
      frames: (_, { language, viewer }) => {
        made.push(`${language} ${viewer}`);
        return [`for ${viewer} in ${language}`];
      },
    },
  });

  test('is made once a language, and its frames stay in order', () => {
    const made: string[] = [];
    const { publish, join } = hubOf({ dialects: { pythia: encoders(made) } });
    const ears = [
      new Ear('alice'),
      new Ear('alice', { language: 'ja' }),
      new Ear('bob'),
      new Ear('carol', { language: 'ja' }),
    ];
    ears.forEach((ear) => join(ear));
    publish(presence(mallory));
    expect(made).toEqual(['en null', 'ja null']);
    expect(ears[3]?.heard).toEqual(['first in ja', 'second in ja']);
    expect(ears[1]?.frames[0]).toBe(ears[3]?.frames[0]);
    expect(ears[0]?.frames[1]).toBe(ears[2]?.frames[1]);
  });

  test('is made once a language only of the events that read differently', () => {
    const made: string[] = [];
    const byPerson: Encoders['presence'] = {
      by: ({ accountId }) => (accountId === mallory ? 'all' : 'language'),
      frames: ({ accountId }, { language }) => [`${made.push(language)} of ${accountId} in ${language}`],
    };
    const { publish, join } = hubOf({ dialects: { pythia: { presence: byPerson } } });
    const ears = [new Ear('bob'), new Ear('bob', { language: 'ko' }), new Ear('carol', { language: 'ko' })];
    ears.forEach((ear) => join(ear));
    publish(presence(mallory));
    expect(made).toEqual(['en']);
    expect(new Set(ears.map(({ frames }) => frames[0])).size).toBe(1);
    publish(presence(alice));
    expect(made).toEqual(['en', 'en', 'ko']);
    expect(ears[1]?.heard[1]).toBe(`3 of ${alice} in ko`);
    expect(ears[1]?.frames[1]).toBe(ears[2]?.frames[1]);
  });

  test('is made once a viewer and language, and only for those who hear it', async () => {
    const made: string[] = [];
    const { publish, join } = hubOf({ dialects: { pythia: encoders(made) } });
    const ears = [
      new Ear('alice'),
      new Ear('bob'),
      new Ear('bob'),
      new Ear('bob', { language: 'id' }),
      new Ear('carol'),
    ];
    ears.forEach((ear) => join(ear));
    ears[4]?.left.add(100 as never);
    publish(typing(alice));
    await vi.waitFor(() => expect(made).toEqual(['en 2', 'id 2']));
    expect(ears.map(({ heard }) => heard)).toEqual([[], ['for 2 in en'], ['for 2 in en'], ['for 2 in id'], []]);
  });

  test('is made once for all by default, once a dialect, with the same bytes for everyone', async () => {
    const made: string[] = [];
    const { publish, join } = hubOf({
      dialects: {
        pythia: numberEncoders((text) => made.push(`p ${text}`)),
        nerutalk: numberEncoders((text) => made.push(`n ${text}`)),
      },
    });
    const people = [
      ['alice', 'en'],
      ['bob', 'ja'],
      ['carol', 'ko'],
    ] as const;
    const ears = people.flatMap(([name, language]) => [
      join(new Ear(name, { language })),
      join(new Ear(name, { dialect: 'nerutalk' })),
      join(new Ear(name, { dialect: 'urge' })),
    ]);
    publish(change(1));
    await vi.waitFor(() => expect(made).toEqual(['p 1', 'n 1']));
    expect(ears.map(({ heard }) => heard.length)).toEqual([1, 1, 0, 1, 1, 0, 1, 1, 0]);
    expect(ears[0]?.frames[0]?.webSocket).toBe(ears[3]?.frames[0]?.webSocket);
  });

  test('that throws silences its own dialect for that event, and is logged once', async () => {
    const broken: Encoders = {
      'message.hidden': {
        frames: (event) => {
          if (event.change?.no === 1) throw new Error('cannot say that');
          return ['fine'];
        },
      },
    };
    const { publish, join, log } = hubOf({ dialects: { urge: broken, pythia: numberEncoders() } });
    const mute = [join(new Ear('alice', { dialect: 'urge' })), join(new Ear('bob', { dialect: 'urge' }))];
    const ear = join(new Ear('carol'));
    publish(change(1), change(2));
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2']));
    expect(mute.map(({ heard }) => heard)).toEqual([['fine'], ['fine']]);
    expect(log.error).toHaveBeenCalledOnce();
  });
});

describe('sessions that end', () => {
  const over = (sessions: number[], reason = 'signed out') => ({
    type: 'sessions.ended' as const,
    sessions: sessions as SessionId[],
    reason,
    audience: { kind: 'accounts' as const, accounts: [alice] },
  });

  test('take their connections with them, after the news', () => {
    const { publish, join } = hubOf();
    const phone = join(new Ear('alice', { session: 11 }));
    const laptop = join(new Ear('alice', { session: 12 }));
    publish(over([11]));
    expect(phone.closed).toEqual({ code: 4001, reason: 'signed out' });
    expect(phone.heard).toEqual(['over']);
    expect(laptop.closed).toBeNull();
  });

  test('let nobody in who was on the way', () => {
    const { hub } = hubOf();
    hub.endSessions([11 as SessionId], 'banned');
    const ear = new Ear('alice', { session: 11 });
    expect(hub.register(ear)).toBe(false);
    expect(ear.closed).toEqual({ code: 4001, reason: 'banned' });
    expect(hub.register(new Ear('alice', { session: 12 }))).toBe(true);
  });
});
