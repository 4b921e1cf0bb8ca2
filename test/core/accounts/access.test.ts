// Disabling, deleting, and direct messages deleted by either: what is said of it, and to whom.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setDisabled, setSuperuser } from '../../../src/core/accounts/administer.ts';
import { deleteAccount } from '../../../src/core/accounts/delete.ts';
import type { Member } from '../../../src/core/context.ts';
import { conversation } from '../../../src/core/conversations/list.ts';
import { deleteMessage } from '../../../src/core/messages/change.ts';
import { directMessages } from '../../../src/core/messages/direct.ts';
import { markRead } from '../../../src/core/messages/receipts.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, text, type Core } from '../support.ts';

const system = { kind: 'system' } as const;

describe.each(databaseKinds)('access on %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let mallory: Member;
  beforeAll(async () => {
    core = await openCore(kind);
    [alice, bob, mallory] = (await Promise.all(['alice', 'bob', 'mallory'].map((name) => core.person(name)))) as [
      Member,
      Member,
      Member,
    ];
  }, 120_000);
  afterAll(() => core.close());

  const since = (count: number) => core.published.slice(count).flat();

  test('a disabled account is told to its sessions; nothing is told twice or to others', async () => {
    const start = core.published.length;
    const disable = (on: boolean) => core.messenger.execute(system, setDisabled, { id: bob.accountId, on });
    await disable(true);
    await disable(true);
    await disable(false);
    const common = { type: 'access.changed', sessions: [bob.sessionId] };
    const audience = { kind: 'accounts', accounts: [bob.accountId] };
    expect(since(start)).toEqual([
      { ...common, allowed: false, audience },
      { ...common, allowed: true, audience },
    ]);
    for (const command of [setDisabled, setSuperuser, deleteAccount]) {
      const attempt = core.messenger.execute(mallory, command, { id: bob.accountId, on: true });
      await expect(attempt).rejects.toMatchObject({ code: 'forbidden', reason: 'not_a_superuser' });
    }
    expect(since(start)).toHaveLength(2);
  });

  test('either of two deletes for both; in a group only the sender', async () => {
    const direct = await core.direct(alice, bob);
    const group = await core.group(alice, bob);
    const [one, two] = [
      await core.messenger.execute(alice, sendMessage, text(direct, 'one')),
      await core.messenger.execute(alice, sendMessage, text(group, 'two')),
    ];
    const start = core.published.length;
    const remove = (person: Member, messageId: typeof one.id) =>
      core.messenger.execute(person, deleteMessage, { messageId, rule: 'either-of-two' });
    await expect(remove(bob, two.id)).rejects.toMatchObject({ reason: 'not_the_sender' });
    await expect(core.messenger.execute(bob, deleteMessage, { messageId: one.id })).rejects.toMatchObject({
      reason: 'not_the_sender',
    });
    await expect(remove(mallory, one.id)).rejects.toMatchObject({ reason: 'not_a_member' });
    expect(since(start)).toEqual([]);
    await remove(bob, one.id);
    expect(since(start)).toEqual([
      expect.objectContaining({ type: 'message.deleted', messageId: one.id, by: bob.accountId }),
    ]);
  });

  test('who talks to themselves reads what they say, message by message', async () => {
    const own = await core.direct(mallory, mallory);
    const said = [];
    for (const content of ['1', '2', '3']) {
      said.push(await core.messenger.execute(mallory, sendMessage, text(own, content)));
    }
    const marks = async () => {
      const page = { direction: 'received', unreadOnly: false, limit: 10, offset: 0 } as const;
      return (await core.messenger.ask(mallory, directMessages, page)).map((one) => one.isRead);
    };
    expect(await marks()).toEqual([false, false, false]);
    expect(await core.messenger.execute(mallory, markRead, { conversationId: own, messages: [said[1]!.id] })).toBe(1);
    expect(await marks()).toEqual([false, true, false]);
    expect(await core.messenger.execute(mallory, markRead, { conversationId: own, messages: 'all' })).toBe(2);
    expect(await marks()).toEqual([true, true, true]);
  });

  test('a deleted founder leaves the group to who has been there longest', async () => {
    const [dora, erin] = [await core.person('dora'), await core.person('erin')];
    const group = await core.group(dora, erin, alice);
    const start = core.published.length;
    await core.messenger.execute(system, deleteAccount, { id: dora.accountId });
    const told = since(start);
    expect(told.map((event) => event.type).toSorted()).toEqual([
      'account.changed',
      'members.left',
      'members.role',
      'sessions.ended',
    ]);
    expect(told.find((event) => event.type === 'members.role')).toMatchObject({
      accountId: erin.accountId,
      role: 'FOUNDER',
    });
    expect(told.find((event) => event.type === 'members.left')).toMatchObject({
      accounts: [dora.accountId],
      usernames: ['deleted'],
      audience: { kind: 'members', conversationId: group },
    });
    const { participants } = await core.messenger.ask(erin, conversation, { id: group });
    expect(participants.map((one) => [one.id, one.role])).toEqual([
      [erin.accountId, 'FOUNDER'],
      [alice.accountId, 'MEMBER'],
    ]);
    await expect(core.messenger.execute(system, deleteAccount, { id: dora.accountId })).rejects.toMatchObject({
      reason: 'no_such_person',
    });
  });
});
