// Random histories: what people may do one after another, or at once, with every command that changes something.

import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Kysely } from 'kysely';
import { block, unblock } from '../../src/core/accounts/blocks.ts';
import { changeProfile } from '../../src/core/accounts/people.ts';
import { changePrivacy } from '../../src/core/accounts/privacy.ts';
import {
  addToCall,
  answerCall,
  declineCall,
  endCall,
  initiateCall,
  joinCall,
  leaveCall,
} from '../../src/core/calls/calls.ts';
import type { Member } from '../../src/core/context.ts';
import { addToChannel, createChannel, joinChannel } from '../../src/core/conversations/channels.ts';
import { createGroup, openDirect } from '../../src/core/conversations/create.ts';
import { answerEvent, cancelEvent, planEvent } from '../../src/core/conversations/events.ts';
import { addMembers, changeGroup, deleteGroup, setRole, transferGroup } from '../../src/core/conversations/groups.ts';
import { joinByCode, regenerateInvite } from '../../src/core/conversations/invites.ts';
import { leaveGroup } from '../../src/core/conversations/leave.ts';
import { removeMember } from '../../src/core/conversations/members.ts';
import { clearHistory, hideConversation, setPreference } from '../../src/core/conversations/preferences.ts';
import { DomainError } from '../../src/core/errors.ts';
import type { Messenger } from '../../src/core/execute.ts';
import type { CallId, ConversationId, EventId, MessageId } from '../../src/core/ids.ts';
import { changeFence, createFence, removeFence } from '../../src/core/location/fences.ts';
import { reportPosition } from '../../src/core/location/positions.ts';
import { changeShare, openShare, stopShare } from '../../src/core/location/shares.ts';
import { deleteMessage, editMessage, hideMessage } from '../../src/core/messages/change.ts';
import { toggleReaction } from '../../src/core/messages/reactions.ts';
import { markDelivered, markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { starMessage, unstarMessage } from '../../src/core/messages/stars.ts';
import { assignRank } from '../../src/core/moderation/ranks.ts';
import { removeMessage } from '../../src/core/moderation/removal.ts';
import { changeScreen } from '../../src/core/notifications/settings.ts';
import type { Schema } from '../../src/core/schema.ts';
import { text } from './support.ts';

const acts = [
  'send',
  'send',
  'send',
  'mention',
  'edit',
  'delete',
  'hide',
  'star',
  'unstar',
  'react',
  'deliver',
  'read',
  'read one',
  'switch',
  'clear',
  'drop',
  'open',
  'add',
  'remove',
  'role',
  'transfer',
  'rename',
  'rule',
  'found',
  'disband',
  'channel',
  'join',
  'bring',
  'leave',
  'renew',
  'come',
  'rank',
  'moderate',
  'plan',
  'answer',
  'cancel',
  'block',
  'unblock',
  'profile',
  'settings',
  'privacy',
  'ring',
  'take',
  'decline',
  'hang up',
  'call in',
  'join call',
  'leave call',
  'share',
  'reshare',
  'unshare',
  'draw',
  'redraw',
  'move',
  'move',
  'unfence',
] as const;

type Act = (typeof acts)[number];

/** One step of a history: who does what, in which conversation, to which of the things so far, and to whom. */
const step = fc.record({
  act: fc.constantFrom(...acts),
  who: fc.nat({ max: 3 }),
  whom: fc.nat({ max: 3 }),
  where: fc.nat({ max: 5 }),
  which: fc.nat({ max: 20 }),
  atOnce: fc.boolean(),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

/** What happens before somebody looks, and after it. */
export const lives = fc.record({
  before: fc.array(step, { maxLength: 30 }),
  after: fc.array(step, { minLength: 10, maxLength: 40 }),
});
type Lives = typeof lives extends fc.Arbitrary<infer T> ? T : never;

const said = (act: Act, who: number, which = 0, where = 0): Step => ({
  act,
  who,
  whom: 1,
  where,
  which,
  atOnce: false,
});

/** What chance seldom comes upon: alice says something, bob reads it, and what he shows of that is another matter then. */
export const rareLives: readonly Lives[] = [
  { before: [said('send', 0)], after: [said('read', 1), said('privacy', 1, 1)] },
  { before: [said('send', 0), said('privacy', 1, 1)], after: [said('read', 1), said('privacy', 1, 0)] },
  { before: [said('send', 0), said('privacy', 1, 1)], after: [said('deliver', 1)] },
  // What somebody says says that they have read what was before it, though they hide it from themselves.
  { before: [said('send', 0)], after: [said('send', 1), said('hide', 1, 1)] },
  // Who is named in a public channel without being in it has the message among their mentions.
  { before: [said('channel', 0), said('mention', 0, 0, 2)], after: [said('edit', 0)] },
  { before: [said('channel', 0), said('mention', 0, 0, 2)], after: [said('delete', 0)] },
  { before: [said('mention', 0)], after: [said('leave', 1)] },
];

/** Every command once and heeded, if alice has a group with all (0) and bob (1) with a conversation between the two. */
export const everyAct: readonly Step[] = (
  [
    ['send', 0, 1, 0, 0],
    ['send', 1, 0, 0, 1],
    ['mention', 0, 1, 0, 2],
    ['edit', 0, 1, 0, 0],
    ['react', 1, 0, 0, 0],
    ['react', 1, 0, 0, 0],
    ['star', 1, 0, 0, 0],
    ['unstar', 1, 0, 0, 0],
    ['deliver', 1, 0, 0, 0],
    ['read one', 1, 0, 0, 2],
    ['read', 0, 1, 0, 0],
    ['send', 0, 1, 0, 3],
    ['hide', 1, 0, 0, 3],
    ['delete', 0, 1, 0, 0],
    ['switch', 1, 0, 0, 0],
    ['switch', 1, 0, 0, 1],
    ['switch', 1, 0, 0, 2],
    ['rename', 0, 1, 0, 1],
    ['role', 0, 1, 0, 1],
    ['plan', 0, 1, 0, 0],
    ['answer', 1, 0, 0, 0],
    ['cancel', 0, 1, 0, 0],
    ['clear', 1, 0, 0, 0],
    ['remove', 0, 1, 0, 0],
    ['add', 0, 1, 0, 0],
    ['transfer', 0, 1, 0, 0],
    ['renew', 1, 0, 0, 0],
    ['leave', 0, 1, 0, 0],
    ['come', 0, 1, 0, 0],
    ['leave', 0, 1, 0, 0],
    ['rule', 1, 0, 0, 0],
    ['come', 0, 1, 0, 0],
    ['add', 1, 0, 0, 0],
    ['block', 0, 1, 0, 0],
    ['unblock', 0, 1, 0, 0],
    ['profile', 1, 0, 0, 1],
    ['settings', 1, 0, 0, 1],
    ['privacy', 1, 0, 0, 1],
    ['ring', 0, 1, 0, 0],
    ['take', 1, 0, 0, 0],
    ['hang up', 0, 1, 0, 0],
    ['ring', 0, 1, 0, 0],
    ['decline', 1, 0, 0, 1],
    ['ring', 0, 1, 0, 0],
    ['call in', 0, 2, 0, 2],
    ['join call', 1, 0, 0, 2],
    ['leave call', 1, 0, 0, 2],
    ['share', 0, 1, 0, 0],
    ['reshare', 0, 1, 0, 0],
    ['unshare', 0, 1, 0, 0],
    ['draw', 0, 1, 0, 0],
    ['redraw', 0, 1, 0, 0],
    ['move', 0, 1, 0, 0],
    ['move', 0, 1, 0, 1],
    ['unfence', 0, 1, 0, 0],
    ['rank', 0, 1, 0, 0],
    ['send', 0, 1, 1, 0],
    ['drop', 1, 0, 1, 0],
    ['send', 0, 1, 1, 1],
    ['open', 1, 2, 0, 0],
    ['found', 0, 1, 0, 0],
    ['disband', 1, 0, 0, 0],
    ['channel', 0, 1, 0, 0],
    ['join', 1, 0, 4, 0],
    ['send', 1, 0, 4, 0],
    ['moderate', 0, 1, 0, 6],
    ['channel', 0, 1, 0, 1],
    ['bring', 0, 1, 5, 0],
  ] as const
).map(([act, who, whom, where, which]) => ({ act, who, whom, where, which, atOnce: false }));

/** Somebody who does things, and how they are mentioned. */
export interface Actor extends Member {
  username: string;
}

/** These people with their names. */
export async function named(db: Kysely<Schema>, people: readonly Member[]): Promise<Actor[]> {
  const ids = people.map(({ accountId }) => accountId);
  const rows = await db.selectFrom('accounts').select(['id', 'username']).where('id', 'in', ids).execute();
  const names = new Map(rows.map(({ id, username }) => [id, username]));
  return people.map((one) => ({ ...one, username: names.get(one.accountId)! }));
}

/** Lets somebody moderate: alice, in these histories. */
export async function appoint(db: Kysely<Schema>, { accountId }: Member): Promise<void> {
  await db.updateTable('accounts').set({ is_superuser: true }).where('id', '=', accountId).execute();
}

/** What a group's founder may decide. */
const rules = [{ needsApproval: true }, { needsApproval: false }] as const;

/** The life of these people: it goes on with every history. They begin with these conversations, which grow in number. */
export function lifeOf(
  { execute }: Pick<Messenger, 'execute'>,
  people: readonly Actor[],
  rooms: ConversationId[],
): (history: readonly Step[]) => Promise<void> {
  const run: Messenger['execute'] = (who, command, input) => execute(who, command, input);
  const messages: MessageId[] = [];
  const meetings: { conversationId: ConversationId; eventId: EventId }[] = [];
  const calls: CallId[] = [];
  const shares: number[] = [];
  const fences: number[] = [];
  const invites = new Map<ConversationId, string>();
  const pick = <T>(from: readonly T[], which: number) => from[which % Math.max(1, from.length)];

  async function perform({ act, who, whom, where, which }: Step): Promise<unknown> {
    const actor = people[who]!;
    const accountId = people[whom]!.accountId;
    const conversationId = pick(rooms, where)!;
    const messageId = pick(messages, which) ?? (0 as MessageId);
    const meeting = pick(meetings, which);
    const call = { id: pick(calls, which) ?? (0 as CallId) };
    switch (act) {
      case 'send':
        return messages.push((await run(actor, sendMessage, text(conversationId, `said ${which}`))).id);
      case 'mention': {
        const mentions = [people[whom]!.username];
        return messages.push((await run(actor, sendMessage, { ...text(conversationId, 'hear'), mentions })).id);
      }
      case 'edit':
        return run(actor, editMessage, { messageId, content: `edited ${which}` });
      case 'delete':
        return run(actor, deleteMessage, { messageId });
      case 'hide':
        return run(actor, hideMessage, { messageId });
      case 'star':
        return run(actor, starMessage, { messageId });
      case 'unstar':
        return run(actor, unstarMessage, { messageId });
      case 'react':
        return run(actor, toggleReaction, { messageId, emoji: which % 2 ? '👍' : '❤️' });
      case 'deliver':
        return run(actor, markDelivered, { conversationId, messages: [messageId] });
      case 'read':
        return run(actor, markRead, { conversationId, messages: 'all' });
      case 'read one':
        return run(actor, markRead, { conversationId, messages: [messageId] });
      case 'switch': {
        const preference = pick(['archived', 'muted', 'favourite'] as const, which)!;
        return run(actor, setPreference, { conversationId, preference, on: 'toggle' });
      }
      case 'clear':
        return run(actor, clearHistory, { conversationId });
      case 'drop':
        return run(actor, hideConversation, { conversationId });
      case 'open': {
        const opened = await run(actor, openDirect, { with: accountId });
        return opened.created && rooms.push(opened.conversationId);
      }
      case 'add':
        return run(actor, addMembers, { conversationId, accounts: [accountId] });
      case 'remove':
        return run(actor, removeMember, { conversationId, accountId });
      case 'role':
        return run(actor, setRole, { conversationId, accountId, role: which % 2 ? 'MODERATOR' : 'MEMBER' });
      case 'transfer':
        return run(actor, transferGroup, { conversationId, to: accountId });
      case 'rename':
        return run(actor, changeGroup, { conversationId, info: { name: `name ${which}` } });
      case 'rule':
        return run(actor, changeGroup, { conversationId, settings: pick(rules, which)! });
      case 'found': {
        const group = { name: 'a group', members: [accountId] };
        return rooms.push((await run(actor, createGroup, group)).conversationId);
      }
      case 'disband':
        return run(actor, deleteGroup, { conversationId });
      case 'channel': {
        // Names of channels are unique.
        const channel = { name: `channel ${randomUUID()}`, description: null, isPublic: which % 2 === 0 };
        return rooms.push((await run(actor, createChannel, channel)).conversationId);
      }
      case 'join':
        return run(actor, joinChannel, { conversationId });
      case 'bring':
        return run(actor, addToChannel, { conversationId, accountId });
      case 'leave':
        return run(actor, leaveGroup, { conversationId });
      case 'renew':
        return invites.set(conversationId, await run(actor, regenerateInvite, { conversationId }));
      case 'come':
        return run(actor, joinByCode, { code: invites.get(conversationId) ?? '' });
      case 'rank': {
        const rank = which % 2 ? 'MEMBER' : 'MODERATOR';
        return run(actor, assignRank, { accountId, rank, conversationId: null });
      }
      case 'moderate':
        return run(actor, removeMessage, { messageId, reason: null });
      case 'plan': {
        const plan = { title: 'lunch', description: null, location: null, startAt: 1, endAt: null, isOnline: false };
        const input = { conversationId, plan: { ...plan, meetingLink: null, maxAttendees: null } };
        return meetings.push({ conversationId, eventId: (await run(actor, planEvent, input)).id });
      }
      case 'answer':
        return meeting && run(actor, answerEvent, { ...meeting, status: which % 2 ? 'going' : 'maybe' });
      case 'cancel':
        return meeting && run(actor, cancelEvent, meeting);
      case 'block':
        return run(actor, block, { id: accountId });
      case 'unblock':
        return run(actor, unblock, { id: accountId });
      case 'profile':
        return run(actor, changeProfile, { displayName: `called ${which}` });
      case 'settings':
        return run(actor, changeScreen, { screen: 'nerutalk-app', changes: { theme: which % 2 ? 'dark' : 'light' } });
      case 'privacy':
        return run(actor, changePrivacy, { readReceipts: which % 2 === 0 });
      case 'ring':
        return calls.push((await run(actor, initiateCall, { callees: [accountId], kind: 'audio', isGroup: false })).id);
      case 'take':
        return run(actor, answerCall, call);
      case 'decline':
        return run(actor, declineCall, call);
      case 'hang up':
        return run(actor, endCall, call);
      case 'call in':
        return run(actor, addToCall, { ...call, accounts: [accountId] });
      case 'join call':
        return run(actor, joinCall, call);
      case 'leave call':
        return run(actor, leaveCall, call);
      case 'share': {
        const share = { precision: 'exact', expiresAt: null, durationMinutes: null, isLive: true } as const;
        return shares.push((await run(actor, openShare, { ...share, with: accountId, updateInterval: 30 })).id);
      }
      case 'reshare':
        return run(actor, changeShare, { id: pick(shares, which) ?? 0, precision: which % 2 ? 'district' : 'exact' });
      case 'unshare':
        return run(actor, stopShare, { id: pick(shares, which) ?? 0 });
      case 'draw': {
        const fence = { name: 'home', latitude: 0, longitude: 0, radiusMeters: 100, isActive: true };
        return fences.push((await run(actor, createFence, { ...fence, notifyOnEntry: true, notifyOnExit: true })).id);
      }
      case 'redraw':
        return run(actor, changeFence, { id: pick(fences, which) ?? 0, name: `place ${which}` });
      case 'move':
        return run(actor, reportPosition, { latitude: which % 2, longitude: 0 });
      case 'unfence':
        return run(actor, removeFence, { id: pick(fences, which) ?? 0 });
    }
  }

  return async (history) => {
    const waiting: Promise<unknown>[] = [];
    for (const one of history) {
      waiting.push(
        perform(one).catch((error: unknown) => {
          // Refusals are part of life.
          if (!(error instanceof DomainError)) throw error;
        }),
      );
      if (!one.atOnce) await Promise.all(waiting.splice(0));
    }
    await Promise.all(waiting);
  };
}
