// Events made again from the log, for whoever missed them.

import { sql, type Kysely } from 'kysely';
import type { Call } from './calls/shape.ts';
import type { ConversationOutline, Role } from './conversations/shape.ts';
import type { Audience, Event, EventType, Logged, ReceiptOf } from './events.ts';
import type { AccountId, ConversationId, EventId, MessageId, Moment, ReactionId } from './ids.ts';
import type { Crossing, Share } from './location/shape.ts';
import { logEpoch, type ChangeDetail, type LogPosition } from './log.ts';
import { entries, factsOf, pointedId, type Facts, type Row } from './log-facts.ts';
import type { Message } from './messages/shape.ts';
import type { Schema } from './schema.ts';

/** As many as the hub asks for at once: what is not answered is passed over. */
const mostReplayed = 1000;

/** An event, and where its row stands. */
export interface Told {
  event: Event;
  position: LogPosition;
}

/**
 * The events that a page tells, in its order. With a viewer: those that the core's audience lets them hear, each once,
 * whichever of their streams it stands in.
 */
export function eventsOf(facts: Facts, viewer: AccountId | null): Told[] {
  const senders = new Map((facts.senders ?? []).map((sender) => [sender.id, sender]));
  const messages = new Map<MessageId, Message>();
  for (const message of facts.messages ?? []) {
    const sender = senders.get(message.sender);
    if (sender) messages.set(message.id, { ...message, sender });
  }
  const rooms = new Map((facts.rooms ?? []).map((room) => [room.id, room]));
  const told = new Set<string>();
  const events: Told[] = [];
  for (const row of facts.entries ?? []) {
    const entry = entryOf(row);
    const event = eventOf(entry, messages, rooms);
    if (!event) continue;
    if (viewer !== null) {
      const { audience, change } = event;
      if (audience.kind === 'accounts' && !audience.accounts.includes(viewer)) continue;
      if (change) {
        const key = `${change.conversationId} ${change.no}`;
        if (told.has(key)) continue;
        told.add(key);
      }
    }
    const { epoch, xid, id } = entry;
    events.push({ event, position: { epoch, xid, id } });
  }
  return events;
}

/** The same by name. */
interface Entry extends LogPosition {
  kind: EventType;
  own: AccountId | null;
  conversation: ConversationId | null;
  no: number | null;
  message: MessageId | null;
  subjects: AccountId[] | null;
  subject: number | null;
  detail: ChangeDetail | null;
  at: Moment;
  names: string[] | null;
  about: unknown;
}

function entryOf(row: Row): Entry {
  const [kind, own, epoch, xid, id, conversation, no, message, subjects, subject, detail, at, names, about] = row;
  return { kind, own, epoch, xid, id, conversation, no, message, subjects, subject, detail, at, names, about };
}

type Rooms = ReadonlyMap<ConversationId, NonNullable<Facts['rooms']>[number]>;

function eventOf(entry: Entry, messages: ReadonlyMap<MessageId, Message>, rooms: Rooms): Event | null {
  const { own, conversation, no } = entry;
  if (no === null) return own === null ? publicEventOf(entry) : ownEventOf(entry, own);
  const room = conversation === null ? undefined : rooms.get(conversation);
  if (!room) return null;
  const members = { kind: 'members', conversationId: room.id, membershipVersion: room.version } as const;
  const common = {
    audience: members,
    change: { conversationId: room.id, no },
    ...(own !== null && { logged: { xid: entry.xid, id: entry.id } }),
  };
  return conversationEventOf(
    entry,
    room.isSmall ?? false,
    entry.message === null ? undefined : messages.get(entry.message),
    common,
  );
}

interface Common {
  audience: Extract<Audience, { kind: 'members' }>;
  change: NonNullable<Event['change']>;
  logged?: Logged;
}

function conversationEventOf(
  entry: Entry,
  isSmall: boolean,
  message: Message | undefined,
  common: Common,
): Event | null {
  const { kind, about, at, detail } = entry;
  const { conversationId } = common.change;
  const { audience: members } = common;
  if (kind === 'message.sent') return message ? { type: kind, message, ...common } : null;
  const [by, ...concerned] = entry.subjects ?? [];
  // Whom a message names who is not in the conversation.
  const withNamed = concerned.length > 0 && { audience: { ...members, also: concerned } };
  if (kind === 'message.edited') return message ? { type: kind, message, ...common, ...withNamed } : null;
  if (by === undefined) return null;
  const [byName = '', ...usernames] = entry.names ?? [];
  switch (kind) {
    case 'message.deleted': {
      const reason = typeof about === 'string' && { reason: about };
      return { type: kind, conversationId, messageId: entry.message!, by, byName, ...reason, ...common, ...withNamed };
    }
    case 'message.mentioned': {
      if (!message) return null;
      const audience: Audience = { kind: 'accounts', accounts: concerned };
      return { type: kind, message, isEdit: at !== message.createdAt, ...common, audience };
    }
    case 'reaction.added':
    case 'reaction.removed': {
      const reaction = about as { reactionId: ReactionId; emoji: string } | null;
      return reaction && { type: kind, conversationId, messageId: entry.message!, ...reaction, by, byName, ...common };
    }
    case 'messages.read':
    case 'messages.delivered': {
      const shown = detail?.shown !== false;
      const audience: Audience = shown && isSmall ? members : { kind: 'accounts', accounts: [by] };
      const told = { conversationId, by, messages: (about as ReceiptOf[] | null) ?? [], ...common, audience };
      return kind === 'messages.read' ? { type: kind, at, shown, ...told } : { type: kind, at, ...told };
    }
    case 'conversation.created': {
      const outline = about as ConversationOutline | null;
      return outline && { type: kind, conversationId, by, conversation: outline, ...common };
    }
    case 'conversation.updated':
      return { type: kind, conversationId, by, ...common };
    case 'conversation.deleted':
      return { type: kind, conversationId, by, ...common, audience: { ...members, also: concerned } };
    case 'members.role': {
      const [accountId] = concerned;
      if (accountId === undefined || about === null) return null;
      return { type: kind, conversationId, accountId, role: about as Role, by, ...common };
    }
    case 'members.joined':
    case 'members.left': {
      const audience: Audience = { ...members, also: concerned };
      return { type: kind, conversationId, accounts: concerned, usernames, by, ...common, audience };
    }
    case 'event.planned':
    case 'event.cancelled':
      return { type: kind, conversationId, eventId: entry.subject as EventId, by, ...common };
    case 'event.answered':
      if (!detail?.status) return null;
      return { type: kind, conversationId, eventId: entry.subject as EventId, by, status: detail.status, ...common };
    default:
      return null;
  }
}

/** What is news to everybody: that a channel has opened. */
function publicEventOf({ kind, about, conversation, subjects, xid, id }: Entry): Event | null {
  const [by] = subjects ?? [];
  if (kind !== 'conversation.created' || conversation === null || about === null || by === undefined) return null;
  return {
    type: kind,
    conversationId: conversation,
    by,
    conversation: about as ConversationOutline,
    audience: { kind: 'everyone', besides: [] },
    logged: { xid, id },
  };
}

/** What an account's own stream alone tells. */
function ownEventOf(entry: Entry, own: AccountId): Event | null {
  const { kind, about, detail, conversation, message } = entry;
  if (about === null && kind !== 'message.hidden' && kind !== 'account.changed') return null;
  const [by, concerned] = entry.subjects ?? [];
  const common = {
    audience: { kind: 'accounts' as const, accounts: [own] },
    logged: { xid: entry.xid, id: entry.id },
  };
  switch (kind) {
    case 'message.hidden':
      return { type: kind, conversationId: conversation!, messageId: message!, ...common };
    case 'message.starred':
      return { type: kind, conversationId: conversation!, messageId: message!, starred: about === true, ...common };
    case 'conversation.preference':
      if (!detail?.preference) return null;
      return {
        type: kind,
        conversationId: conversation!,
        preference: detail.preference,
        on: about === true,
        ...common,
      };
    case 'call.ringing':
    case 'call.answered':
    case 'call.declined':
    case 'call.ended':
    case 'call.joined':
    case 'call.left':
      return { type: kind, call: about as Call, by: by ?? null, ...common };
    case 'share.started':
    case 'share.changed':
    case 'share.stopped':
      return { type: kind, share: about as Share, ...common };
    case 'fence.crossed':
      return { type: kind, crossing: about as Crossing, ...common };
    case 'account.changed':
      return detail?.part ? { type: kind, accountId: own, part: detail.part, ...common } : null;
    case 'block.changed':
      return concerned === undefined ? null : { type: kind, accountId: concerned, on: about === true, ...common };
    default:
      return null;
  }
}

/**
 * The events of one conversation with `after` < change number <= `upto`, in order, the last 1000 at most, as they look now.
 * Numbers are dense and agree with the log's own order, which has the index: it is read from the end, no further back
 * than so many rows.
 */
export async function replayChanges(
  db: Kysely<Schema>,
  conversationId: ConversationId,
  after: number,
  upto: number,
): Promise<Event[]> {
  const { rows } = await sql<Facts>`
    with entry as materialized (
      select null::bigint as own, l.* from changes l
      where l.conversation_id = ${conversationId} and l.change_no > ${after} and l.change_no <= ${upto}
      order by l.epoch desc, l.xid desc, l.id desc limit ${Math.min(upto - after, mostReplayed)})
    select ${factsOf(null)}`.execute(db);
  return eventsOf(rows[0]!, null).map(({ event }) => event);
}

/** The events of rows that stand in no conversation's order, each for its account or for all, in the order of the log. */
export async function replayOwnChanges(db: Kysely<Schema>, rows: readonly Logged[]): Promise<Event[]> {
  if (rows.length === 0) return [];
  const found = await sql<Facts>`
    with page as materialized (
      select l.account_id as own, l.epoch, l.xid, ${pointedId} as id
      from unnest(${rows.map(({ xid }) => xid)}::bigint[], ${rows.map(({ id }) => id)}::bigint[]) r(xid, id)
      join changes l on l.epoch = ${logEpoch} and l.xid = r.xid and l.id = r.id
        and (l.account_id is not null or l.change_no is null)),
    ${entries}
    select ${factsOf(null)}`.execute(db);
  return eventsOf(found.rows[0]!, null).map(({ event }) => event);
}
