// Groups without a dialect: what is emitted and logged, and what happens when two do something at once.

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { block, unblock } from '../../../src/core/accounts/blocks.ts';
import { changePrivacy } from '../../../src/core/accounts/privacy.ts';
import type { Member } from '../../../src/core/context.ts';
import { createGroup, openDirect } from '../../../src/core/conversations/create.ts';
import { answerEvent, cancelEvent, planEvent } from '../../../src/core/conversations/events.ts';
import { group as groupOf } from '../../../src/core/conversations/group-view.ts';
import {
  addMembers,
  changeGroup,
  deleteGroup,
  setRole,
  transferGroup,
} from '../../../src/core/conversations/groups.ts';
import { joinByCode, regenerateInvite } from '../../../src/core/conversations/invites.ts';
import { removeMember } from '../../../src/core/conversations/members.ts';
import type { Event } from '../../../src/core/events.ts';
import type { ConversationId } from '../../../src/core/ids.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import { replayChanges } from '../../../src/core/replay.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, text, type Core } from '../support.ts';

describe.each(databaseKinds)('groups, %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let mallory: Member;
  let conversationId: ConversationId;

  beforeAll(async () => {
    core = await openCore(kind);
    [alice, bob, carol, mallory] = (await Promise.all(
      ['Alice', 'Bob', 'Carol', 'Mallory'].map((name) => core.person(name)),
    )) as [Member, Member, Member, Member];
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    conversationId = await core.group(alice, bob);
    core.published.length = 0;
  });

  const executeAs = () => core.messenger.execute.bind(core.messenger);
  const codeOf = async () => (await core.messenger.ask(alice, groupOf, { id: conversationId })).inviteCode!;
  const told = () => core.published.flat().map(brief);

  /** What happened, by whom, and to whom it is told. */
  function brief(event: Event): unknown[] {
    const { type, audience } = event;
    const to = audience.kind === 'members' ? ['members', ...(audience.also ?? [])] : audience;
    return type === 'message.sent' ? [type, event.message.content, to] : [type, to];
  }

  const refusal = (reason: string) => expect.objectContaining({ reason });

  describe('events', () => {
    it('of every change go to the members, and to who was in it until then', async () => {
      const execute = executeAs();
      const cases: [() => Promise<unknown>, unknown[][]][] = [
        [
          () => execute(alice, addMembers, { conversationId, accounts: [carol.accountId] }),
          [
            ['members.joined', ['members', carol.accountId]],
            ['message.sent', 'Alice added Carol', ['members']],
          ],
        ],
        [
          () => execute(alice, setRole, { conversationId, accountId: carol.accountId, role: 'SUPPORT' }),
          [['members.role', ['members']]],
        ],
        [
          () => execute(carol, removeMember, { conversationId, accountId: carol.accountId }),
          [
            ['members.left', ['members', carol.accountId]],
            ['message.sent', 'Carol left the group', ['members']],
          ],
        ],
        [
          () => execute(alice, changeGroup, { conversationId, info: { name: 'Band' } }),
          [
            ['conversation.updated', ['members']],
            ['message.sent', 'Alice renamed the group to “Band”', ['members']],
          ],
        ],
        [() => execute(alice, changeGroup, { conversationId, info: { name: 'Band' } }), []],
        [
          () => execute(alice, changeGroup, { conversationId, settings: { themeColor: '#0af' } }),
          [['conversation.updated', ['members']]],
        ],
        [() => execute(alice, regenerateInvite, { conversationId }), [['conversation.updated', ['members']]]],
        [
          async () => execute(carol, joinByCode, { code: await codeOf() }),
          [
            ['members.joined', ['members', carol.accountId]],
            ['message.sent', 'Carol joined the group', ['members']],
          ],
        ],
        [
          () => execute(alice, removeMember, { conversationId, accountId: carol.accountId }),
          [
            ['members.left', ['members', carol.accountId]],
            ['message.sent', 'Alice removed Carol', ['members']],
          ],
        ],
        [
          () => execute(alice, transferGroup, { conversationId, to: bob.accountId }),
          [
            ['members.role', ['members']],
            ['members.role', ['members']],
            ['message.sent', 'Alice made Bob the founder of the group', ['members']],
          ],
        ],
        [
          () => execute(bob, deleteGroup, { conversationId }),
          [['conversation.deleted', ['members', alice.accountId, bob.accountId]]],
        ],
      ];
      for (const [act, expected] of cases) {
        core.published.length = 0;
        await act();
        expect(told()).toEqual(expected);
      }
    });

    it('of a refusal are none', async () => {
      const execute = executeAs();
      const code = await codeOf();
      const refusals: [() => Promise<unknown>, string][] = [
        [() => execute(bob, changeGroup, { conversationId, info: { name: 'x' } }), 'role_too_low'],
        [() => execute(bob, changeGroup, { conversationId, settings: { isPublic: true } }), 'role_too_low'],
        [() => execute(bob, setRole, { conversationId, accountId: bob.accountId, role: 'SUPPORT' }), 'role_too_low'],
        [() => execute(bob, transferGroup, { conversationId, to: bob.accountId }), 'role_too_low'],
        [() => execute(bob, deleteGroup, { conversationId }), 'role_too_low'],
        [() => execute(bob, regenerateInvite, { conversationId }), 'role_too_low'],
        [() => execute(bob, removeMember, { conversationId, accountId: alice.accountId }), 'role_too_low'],
        [() => execute(alice, removeMember, { conversationId, accountId: alice.accountId }), 'founder_stays'],
        [() => execute(alice, removeMember, { conversationId, accountId: mallory.accountId }), 'no_such_member'],
        [() => execute(alice, setRole, { conversationId, accountId: bob.accountId, role: 'FOUNDER' }), 'no_such_role'],
        [() => execute(alice, transferGroup, { conversationId, to: mallory.accountId }), 'no_such_member'],
        [() => execute(bob, joinByCode, { code }), 'already_member'],
        [() => execute(mallory, joinByCode, { code: `${code}x` }), 'no_such_invite'],
        [() => execute(mallory, addMembers, { conversationId, accounts: [mallory.accountId] }), 'not_a_member'],
        [() => execute(mallory, removeMember, { conversationId, accountId: bob.accountId }), 'not_a_member'],
      ];
      for (const [attempt, reason] of refusals) await expect(attempt()).rejects.toEqual(refusal(reason));
      expect(told()).toEqual([]);
    });

    it('are in the log, in order and without a hole, and can be told again from it', async () => {
      const execute = executeAs();
      await execute(alice, addMembers, { conversationId, accounts: [carol.accountId] });
      await execute(alice, setRole, { conversationId, accountId: carol.accountId, role: 'MODERATOR' });
      await execute(alice, changeGroup, { conversationId, info: { name: 'Band' } });
      await execute(bob, removeMember, { conversationId, accountId: bob.accountId });
      await execute(alice, deleteGroup, { conversationId });
      const live = core.published.flat();
      expect(live.map((event) => event.change!.no)).toEqual(live.map((_, index) => index + 2));
      const again = await replayChanges(core.database.db, conversationId, 1, 100);
      expect(again.map((event) => event.type)).toEqual(live.map((event) => event.type));
      const withoutWhen = ({ logged: _logged, audience, origin: _origin, ...rest }: Event) => ({
        ...rest,
        also: audience.kind === 'members' ? audience.also : null,
      });
      expect(again.map(withoutWhen)).toEqual(live.map(withoutWhen));
      const own = await sql<{ kind: string }>`select kind from changes where account_id = ${bob.accountId}
        and conversation_id = ${conversationId} order by id`.execute(core.database.db);
      expect(own.rows.map((row) => row.kind)).toEqual(['conversation.created', 'members.left']);
    });

    it('of plans and answers go to the members', async () => {
      const execute = executeAs();
      const plan = {
        title: 'Concert',
        description: null,
        location: null,
        startAt: Date.now(),
        endAt: null,
        isOnline: false,
        meetingLink: null,
        maxAttendees: null,
      };
      const { id: eventId } = await execute(alice, planEvent, { conversationId, plan });
      await execute(bob, answerEvent, { conversationId, eventId, status: 'going' });
      await execute(bob, answerEvent, { conversationId, eventId, status: 'going' });
      await execute(alice, cancelEvent, { conversationId, eventId });
      expect(told()).toEqual([
        ['event.planned', ['members']],
        ['message.sent', 'Alice planned “Concert”', ['members']],
        ['event.answered', ['members']],
        ['event.cancelled', ['members']],
      ]);
      await expect(execute(mallory, answerEvent, { conversationId, eventId, status: 'going' })).rejects.toEqual(
        refusal('not_a_member'),
      );
      expect(told()).toHaveLength(4);
    });

    it('a wish to join is told to the members, once, though it is refused', async () => {
      const execute = executeAs();
      await execute(alice, changeGroup, { conversationId, settings: { needsApproval: true } });
      core.published.length = 0;
      const code = await codeOf();
      for (let time = 0; time < 2; time += 1) {
        await expect(execute(carol, joinByCode, { code })).rejects.toEqual(refusal('approval_needed'));
      }
      expect(told()).toEqual([['message.sent', 'Carol asks to join the group', ['members']]]);
    });
  });

  describe('at once', () => {
    const rolesNow = async () => {
      const { members } = await core.messenger.ask(alice, groupOf, { id: conversationId });
      return Object.fromEntries(members.map((member) => [member.person.displayName, member.role]));
    };
    const settled = async (...attempts: Promise<unknown>[]) =>
      (await Promise.allSettled(attempts)).map((one) => (one.status === 'fulfilled' ? 'done' : one.reason.reason));

    it('several join by code, each once', async () => {
      const [here, there] = [core, await core.another()];
      const code = await codeOf();
      const joins = [carol, mallory, carol, mallory].map((who, index) =>
        (index % 2 ? here : there).messenger.execute(who, joinByCode, { code }),
      );
      const outcome = await settled(...joins);
      expect(outcome.filter((one) => one === 'done')).toHaveLength(2);
      expect(outcome.filter((one) => one === 'already_member')).toHaveLength(2);
      expect(await rolesNow()).toEqual({ Alice: 'FOUNDER', Bob: 'MEMBER', Carol: 'MEMBER', Mallory: 'MEMBER' });
    });

    it('a code that is replaced lets in before it or not at all', async () => {
      const there = await core.another();
      const code = await codeOf();
      const [joined, replaced] = await settled(
        there.messenger.execute(carol, joinByCode, { code }),
        core.messenger.execute(alice, regenerateInvite, { conversationId }),
      );
      expect(['done', 'no_such_invite']).toContain(joined);
      expect(replaced).toBe('done');
      await expect(core.messenger.execute(mallory, joinByCode, { code })).rejects.toEqual(refusal('no_such_invite'));
    });

    it('a role and a leaving leave no role behind', async () => {
      const there = await core.another();
      for (let round = 0; round < 5; round += 1) {
        const outcome = await settled(
          core.messenger.execute(alice, setRole, { conversationId, accountId: bob.accountId, role: 'MODERATOR' }),
          there.messenger.execute(bob, removeMember, { conversationId, accountId: bob.accountId }),
        );
        expect(outcome[1]).toBe('done');
        expect(['done', 'no_such_member']).toContain(outcome[0]);
        await core.messenger.execute(alice, addMembers, { conversationId, accounts: [bob.accountId] });
        expect(await rolesNow()).toEqual({ Alice: 'FOUNDER', Bob: 'MEMBER' });
      }
    });

    it('a group never is without its founder, nor with two', async () => {
      const there = await core.another();
      for (let round = 0; round < 5; round += 1) {
        const id = await core.group(alice, bob, carol);
        const outcome = await settled(
          core.messenger.execute(alice, transferGroup, { conversationId: id, to: bob.accountId }),
          there.messenger.execute(bob, removeMember, { conversationId: id, accountId: bob.accountId }),
          core.messenger.execute(alice, transferGroup, { conversationId: id, to: carol.accountId }),
          there.messenger.execute(alice, removeMember, { conversationId: id, accountId: alice.accountId }),
        );
        const { rows } = await sql<{ account_id: number }>`select account_id from memberships
          where conversation_id = ${id} and role = 'FOUNDER' and left_at is null`.execute(core.database.db);
        expect(rows, outcome.join(' ')).toHaveLength(1);
      }
    });

    it('a group and its deletion: nothing is said in it after', async () => {
      const there = await core.another();
      const sends = Array.from({ length: 20 }, (_, index) =>
        there.messenger.execute(bob, sendMessage, text(conversationId, `${index}`)),
      );
      const [deleted, ...said] = await settled(
        core.messenger.execute(alice, deleteGroup, { conversationId }),
        ...sends,
      );
      expect(deleted).toBe('done');
      expect(said.filter((one) => one !== 'done' && one !== 'no_such_conversation')).toEqual([]);
      const { rows } = await sql<{ kind: string }>`select kind from changes where conversation_id = ${conversationId}
        and change_no is not null order by change_no desc limit 1`.execute(core.database.db);
      expect(rows[0]!.kind).toBe('conversation.deleted');
    });

    it('a block and the opening of a conversation see each other', async () => {
      const there = await core.another();
      for (let round = 0; round < 5; round += 1) {
        const [one, other] = [await core.person('one'), await core.person('other')];
        const [opened] = await Promise.all([
          core.messenger.execute(one, openDirect, { with: other.accountId }),
          there.messenger.execute(other, block, { id: one.accountId }),
        ]);
        const attempt = core.messenger.execute(one, sendMessage, text(opened.conversationId, 'x'));
        await expect(attempt).rejects.toEqual(refusal('blocked_you'));
        await there.messenger.execute(other, unblock, { id: one.accountId });
        await core.messenger.execute(one, sendMessage, text(opened.conversationId, 'x'));
      }
    });
  });

  describe('blocks and switches', () => {
    /** What others may hear: one's own devices learn of the switch itself. */
    const toOthers = () =>
      core.published.flat().filter(({ type }) => type !== 'block.changed' && type !== 'account.changed');

    it('tell the two of each other going, and nobody else, only where they were seen', async () => {
      const execute = executeAs();
      const [one, other] = [await core.person('one'), await core.person('other')];
      await execute(one, block, { id: other.accountId });
      await execute(one, unblock, { id: other.accountId });
      expect(toOthers()).toEqual([]);
      await core.cluster.arrive(one.accountId, 'a connection');
      await execute(other, block, { id: one.accountId });
      await execute(one, block, { id: other.accountId });
      await execute(other, unblock, { id: one.accountId });
      await execute(one, unblock, { id: other.accountId });
      const news = (isOnline: boolean) => ({
        type: 'presence',
        accountId: one.accountId,
        isOnline,
        lastSeenAt: null,
        audience: { kind: 'accounts', accounts: [other.accountId] },
      });
      expect(toOthers()).toEqual([news(false), news(true)]);
    });

    it('tell of presence that is hidden or shown to all but those one is estranged from', async () => {
      const execute = executeAs();
      const [one, other] = [await core.person('one'), await core.person('other')];
      await core.cluster.arrive(one.accountId, 'a connection');
      await execute(other, block, { id: one.accountId });
      core.published.length = 0;
      await execute(one, changePrivacy, { readReceipts: false, profilePhoto: false });
      expect(toOthers()).toEqual([]);
      await execute(one, changePrivacy, { onlineStatus: false, lastSeen: false });
      expect(toOthers()).toMatchObject([
        {
          type: 'presence',
          isOnline: false,
          lastSeenAt: null,
          audience: { kind: 'everyone', besides: [one.accountId, other.accountId] },
        },
      ]);
    });
  });

  it('a group knows its members by role, and strangers nothing of it', async () => {
    const made = await core.messenger.execute(alice, createGroup, { name: 'x', members: [bob.accountId] });
    await expect(core.messenger.ask(mallory, groupOf, { id: made.conversationId })).rejects.toEqual(
      refusal('not_a_member'),
    );
    const direct = await core.direct(alice, bob);
    await expect(core.messenger.ask(alice, groupOf, { id: direct })).rejects.toEqual(refusal('no_such_group'));
  });
});
