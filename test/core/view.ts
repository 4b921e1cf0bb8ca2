// One account's view of everything, looked at afresh, and how what is caught up with changes it: what a client would do.

import { sql, type Kysely } from 'kysely';
import type { Event } from '../../src/core/events.ts';
import type { AccountId, ConversationId, MessageId } from '../../src/core/ids.ts';
import type { Schema } from '../../src/core/schema.ts';

interface Said {
  content: string;
  senderId: AccountId;
  starred: boolean;
  /** `emoji by`, sorted. */
  reactions: string[];
}

interface Room {
  name: string | null;
  isPublic: boolean;
  needsApproval: boolean;
  members: Record<number, string>;
  switches: Record<'archived' | 'muted' | 'favourite' | 'hidden', boolean>;
  messages: Record<number, Said>;
  /** What planned meetings there are, and who answered what. */
  meetings: Record<number, Record<number, string>>;
  unread: MessageId[];
}

export interface View {
  rooms: Record<number, Room>;
  /** Every public channel. */
  channels: ConversationId[];
  profile: unknown;
  settings: unknown;
  blocked: AccountId[];
  calls: Record<number, string>;
  shares: Record<number, string>;
  /** Their names. */
  fences: Record<number, string>;
  crossings: Record<number, string>;
}

/** Everything the account sees now. */
export async function look(db: Kysely<Schema>, account: AccountId): Promise<View> {
  const { rows } = await sql<{ view: View }>`select json_build_object(
    'rooms', coalesce((select json_object_agg(c.id, ${roomJson(account)}) from memberships m
      join conversations c on c.id = m.conversation_id
      where m.account_id = ${account} and m.left_at is null and c.deleted_at is null), '{}'::json),
    'channels', coalesce((select json_agg(c.id order by c.id) from conversations c
      where c.kind = 'channel' and c.is_public and c.deleted_at is null), '[]'::json),
    'profile', (select json_build_object('name', a.display_name,
        'ranks', array(select r.role from moderator_roles r where r.account_id = a.id))
      from accounts a where a.id = ${account}),
    'settings', ${settingsJson(account)},
    'blocked', coalesce((select json_agg(b.blocked_id order by b.blocked_id) from blocks b
      where b.blocker_id = ${account}), '[]'::json),
    'calls', coalesce((select json_object_agg(k.id, k.status) from calls k
      join call_participants p on p.call_id = k.id where p.account_id = ${account}), '{}'::json),
    'shares', coalesce((select json_object_agg(h.id,
        case when h.stopped_at is null then h.precision else 'stopped' end) from location_shares h
      where ${account} in (h.account_id, h.target_account_id)), '{}'::json),
    'fences', coalesce((select json_object_agg(f.id, f.name) from geofences f
      where f.account_id = ${account} and f.deleted_at is null), '{}'::json),
    'crossings', coalesce((select json_object_agg(e.id, e.kind) from geofence_events e
      where e.account_id = ${account}), '{}'::json)) as view`.execute(db);
  return rows[0]!.view;
}

const settingsJson = (account: AccountId) =>
  sql`coalesce((select json_object_agg(s.screen, s.document) from account_settings s
    where s.account_id = ${account}), '{}'::json)`;

/** Of conversation `c` and membership `m`. */
const roomJson = (account: AccountId) => sql`json_build_object('name', c.name, 'isPublic', c.is_public,
  'needsApproval', c.require_admin_approval,
  'members', (select json_object_agg(o.account_id, o.role) from memberships o
    where o.conversation_id = c.id and o.left_at is null),
  'switches', json_build_object('archived', m.archived_at is not null, 'muted', m.muted_at is not null,
    'favourite', m.favourite_at is not null, 'hidden', m.hidden_no is not null),
  'messages', coalesce((select json_object_agg(v.id, json_build_object('content', v.content, 'senderId', v.sender_id,
      'starred', exists (select 1 from stars s where s.message_id = v.id and s.account_id = ${account}),
      'reactions', coalesce((select json_agg(x.emoji || ' ' || x.account_id order by x.emoji || ' ' || x.account_id)
        from reactions x where x.message_id = v.id and x.removed_at is null), '[]'::json)))
    from messages v where ${isSeen(account)}), '{}'::json),
  'meetings', coalesce((select json_object_agg(e.id, coalesce((select json_object_agg(w.account_id, w.status)
      from event_answers w where w.event_id = e.id), '{}'::json))
    from group_events e where e.conversation_id = c.id and e.deleted_at is null), '{}'::json),
  'unread', coalesce((select json_agg(v.id order by v.id) from messages v
    where ${isSeen(account)} and v.sender_id <> ${account} and v.message_no > greatest(m.read_no, coalesce((
        select max(own.message_no) from messages own where own.conversation_id = c.id and own.sender_id = ${account}), 0))
      and not exists (select 1 from message_reads r where r.conversation_id = c.id and r.account_id = ${account}
        and r.message_no = v.message_no)), '[]'::json))`;

const isSeen = (
  account: AccountId,
) => sql`v.conversation_id = c.id and v.deleted_at is null and v.message_no > m.cleared_no
  and not exists (select 1 from message_hides h where h.conversation_id = c.id and h.account_id = ${account}
    and h.message_no = v.message_no)`;

async function lookAtRoom(db: Kysely<Schema>, account: AccountId, id: ConversationId): Promise<Room | undefined> {
  return (await look(db, account)).rooms[id];
}

/** Takes one event in. `db` is for what an event only says to read again. */
export async function take(view: View, event: Event, account: AccountId, db: Kysely<Schema>): Promise<void> {
  const roomOf = (id: ConversationId) => view.rooms[id];
  switch (event.type) {
    case 'message.sent':
    case 'message.edited': {
      const { message } = event;
      const room = roomOf(message.conversationId);
      if (!room) return;
      // A room that was just looked at has it already, and knows what became of it.
      const isKnown = message.id in room.messages;
      room.messages[message.id] = {
        content: message.content,
        senderId: message.sender.id,
        starred: room.messages[message.id]?.starred ?? false,
        reactions: message.reactions.map(({ emoji, author }) => `${emoji} ${author.id}`).toSorted(),
      };
      if (event.type === 'message.edited' || isKnown) return;
      if (message.sender.id === account) room.unread = [];
      else if (!room.unread.includes(message.id)) room.unread.push(message.id);
      return;
    }
    case 'message.deleted':
    case 'message.hidden': {
      const room = roomOf(event.conversationId);
      if (!room) return;
      // One that was never heard may have been one's own, before which nothing is unread: to be counted again.
      const isUnheard = !(event.messageId in room.messages);
      delete room.messages[event.messageId];
      room.unread = room.unread.filter((id) => id !== event.messageId);
      if (isUnheard) room.unread = (await lookAtRoom(db, account, event.conversationId))?.unread ?? room.unread;
      return;
    }
    case 'message.starred': {
      const message = roomOf(event.conversationId)?.messages[event.messageId];
      if (message) message.starred = event.starred;
      return;
    }
    case 'reaction.added':
    case 'reaction.removed': {
      const message = roomOf(event.conversationId)?.messages[event.messageId];
      if (!message) return;
      const mark = `${event.emoji} ${event.by}`;
      const others = message.reactions.filter((one) => one !== mark);
      message.reactions = event.type === 'reaction.added' ? [...others, mark].toSorted() : others;
      return;
    }
    case 'messages.read': {
      const room = roomOf(event.conversationId);
      if (!room || event.by !== account) return;
      const read = new Set(event.messages.map(({ messageId }) => messageId));
      room.unread = room.unread.filter((id) => !read.has(id));
      return;
    }
    case 'conversation.created': {
      const { kind, isPublic } = event.conversation;
      if (kind === 'channel' && isPublic && !view.channels.includes(event.conversationId)) {
        view.channels.push(event.conversationId);
      }
      const room = await lookAtRoom(db, account, event.conversationId);
      if (room) view.rooms[event.conversationId] = room;
      return;
    }
    case 'conversation.updated': {
      const room = roomOf(event.conversationId);
      const now = await lookAtRoom(db, account, event.conversationId);
      if (room && now)
        Object.assign(room, { name: now.name, isPublic: now.isPublic, needsApproval: now.needsApproval });
      return;
    }
    case 'conversation.deleted':
      delete view.rooms[event.conversationId];
      return;
    case 'conversation.preference': {
      const room = roomOf(event.conversationId);
      if (!room) return;
      if (event.preference !== 'cleared') room.switches[event.preference] = event.on;
      if (event.preference === 'cleared' || (event.preference === 'hidden' && event.on)) {
        room.messages = {};
        room.unread = [];
      }
      return;
    }
    case 'members.joined': {
      if (event.accounts.includes(account)) {
        const room = await lookAtRoom(db, account, event.conversationId);
        if (room) view.rooms[event.conversationId] = room;
        return;
      }
      const room = roomOf(event.conversationId);
      for (const id of event.accounts) if (room) room.members[id] = 'MEMBER';
      return;
    }
    case 'members.left': {
      if (event.accounts.includes(account)) delete view.rooms[event.conversationId];
      const room = roomOf(event.conversationId);
      for (const id of event.accounts) if (room) delete room.members[id];
      return;
    }
    case 'members.role': {
      const room = roomOf(event.conversationId);
      if (room) room.members[event.accountId] = event.role;
      return;
    }
    case 'event.planned': {
      const room = roomOf(event.conversationId);
      if (room) room.meetings[event.eventId] = {};
      return;
    }
    case 'event.cancelled': {
      const room = roomOf(event.conversationId);
      if (room) delete room.meetings[event.eventId];
      return;
    }
    case 'event.answered': {
      const meeting = roomOf(event.conversationId)?.meetings[event.eventId];
      if (meeting) meeting[event.by] = event.status;
      return;
    }
    case 'call.ringing':
    case 'call.answered':
    case 'call.declined':
    case 'call.ended':
    case 'call.joined':
    case 'call.left':
      view.calls[event.call.id] = event.call.status;
      return;
    case 'share.started':
    case 'share.changed':
    case 'share.stopped':
      view.shares[event.share.id] = event.share.isActive ? event.share.precision : 'stopped';
      return;
    case 'fence.crossed':
      view.crossings[event.crossing.id] = event.crossing.kind;
      return;
    case 'block.changed': {
      const others = view.blocked.filter((id) => id !== event.accountId);
      view.blocked = event.on ? [...others, event.accountId].toSorted((a, b) => a - b) : others;
      return;
    }
    case 'account.changed': {
      const now = await look(db, account);
      if (event.part === 'profile') view.profile = now.profile;
      if (event.part === 'settings') view.settings = now.settings;
      if (event.part === 'places') view.fences = now.fences;
      return;
    }
    // Nothing of this view.
    case 'message.mentioned':
    case 'messages.delivered':
    case 'typing':
    case 'room.entered':
    case 'room.left':
    case 'presence':
    case 'sessions.ended':
    case 'access.changed':
    case 'call.signal':
    case 'position.moved':
  }
}
