// Every shape that leaves through Pythia: in answers and in frames alike.

import type { SignedIn } from '../../core/accounts/sessions.ts';
import type { Channel } from '../../core/conversations/channels.ts';
import type { ConversationOutline } from '../../core/conversations/shape.ts';
import type { AccountId, ConversationId, MessageId, Moment } from '../../core/ids.ts';
import { formattingOf } from '../../core/messages/formatting.ts';
import type { Author, Message, Reaction } from '../../core/messages/shape.ts';
import type { Action, ActionFacts, TargetType } from '../../core/moderation/actions.ts';
import type { Ranked } from '../../core/moderation/overview.ts';
import type { Language } from '../../texts/index.ts';
import type { IdKind, PublicIds } from '../public-ids.ts';
import type * as shapes from './schemas.ts';
import { textOf } from './stand-ins.ts';

export interface Presenters {
  user(person: Author): shapes.User;
  /** One's own account: with the e-mail address whoever it was given to. */
  self(person: Author): shapes.User;
  signedIn(signedIn: SignedIn, person: Author): shapes.AuthResponse;
  channel(outline: ConversationOutline, viewer: AccountId | null): shapes.Channel;
  channelWithMembers(channel: Channel, viewer: AccountId): shapes.ChannelWithMembers;
  message(message: Message, language: Language): shapes.Message;
  rankedUser(ranked: Ranked): shapes.RankedUser;
  action(action: Action): shapes.Action;
}

export function createPresenters(ids: PublicIds): Presenters {
  const self = (person: Author) => ({ ...presentUser(ids, person), ...(person.email && { email: person.email }) });
  return {
    user: (person) => presentUser(ids, person),
    self,
    signedIn: ({ accessToken }, person) => ({ access_token: accessToken, token_type: 'bearer', user: self(person) }),
    channel: (outline, viewer) => presentChannel(ids, outline, viewer),
    channelWithMembers: ({ outline, members }, viewer) => ({
      ...presentChannel(ids, outline, viewer),
      members: members.map((member) => presentUser(ids, member)),
    }),
    message: (message, language) => presentMessage(ids, message, language),
    rankedUser: ({ person, ranks }) => ({
      ...presentUser(ids, person),
      roles: ranks.map(({ rank, conversationId }) => ({ role: rank, channel_id: channelId(ids, conversationId) })),
    }),
    action: (action) => presentAction(ids, action),
  };
}

function time(moment: Moment): string;
function time(moment: Moment | null): string | null;
function time(moment: Moment | null): string | null {
  return moment === null ? null : new Date(moment).toISOString();
}

/** Something was done. */
export function ack(message: string): shapes.Ack {
  return { message };
}

function presentUser(ids: PublicIds, person: Author): shapes.User {
  const isOver = person.bannedUntil !== null && person.bannedUntil <= Date.now();
  return {
    id: ids.toUuid('account', person.id),
    email: emailOf(person),
    username: person.username,
    avatar: person.avatarUrl,
    status: isOver ? 'ACTIVE' : (person.standing as shapes.User['status']),
    banned_until: isOver ? null : time(person.bannedUntil),
    created_at: time(person.createdAt),
    updated_at: time(person.updatedAt),
  };
}

/** An address given through another product is not Pythia's to tell (DECISIONS 4). */
function emailOf({ email, emailDialects, username }: Author): string {
  return email !== null && emailDialects.includes('pythia') ? email : `${username}@users.invalid`;
}

function presentChannel(ids: PublicIds, outline: ConversationOutline, viewer: AccountId | null): shapes.Channel {
  return {
    id: ids.toUuid('conversation', outline.id),
    name: nameOf(outline, viewer),
    description: outline.description,
    is_public: outline.isPublic,
    member_count: outline.memberCount,
    created_at: time(outline.createdAt),
    updated_at: time(outline.updatedAt),
  };
}

function nameOf({ pair, name }: ConversationOutline, viewer: AccountId | null): string {
  if (pair === null) return name || 'Group';
  const other = pair.find((person) => person.id !== viewer) ?? pair[0];
  return `@${other?.username ?? ''}`;
}

function presentMessage(ids: PublicIds, message: Message, language: Language): shapes.Message {
  const content = textOf(message, language);
  return {
    id: ids.toUuid('message', message.id),
    content,
    user_id: ids.toUuid('account', message.sender.id),
    channel_id: ids.toUuid('conversation', message.conversationId),
    created_at: time(message.createdAt),
    updated_at: time(message.updatedAt),
    is_edited: message.editedAt !== null,
    formatting: presentFormatting(content),
    user: presentUser(ids, message.sender),
    mentions: message.mentions.map((mentioned) => mentioned.username),
    reactions: message.reactions.map((reaction) => presentReaction(ids, reaction, message.id)),
    mention_count: message.mentions.length,
  };
}

export function presentFormatting(content: string): shapes.Formatting {
  const marks = formattingOf(content);
  return {
    has_bold: marks.hasBold,
    has_italic: marks.hasItalic,
    has_code: marks.hasCode,
    has_code_block: marks.hasCodeBlock,
    has_links: marks.links > 0,
    has_mentions: marks.mentions > 0,
    has_emojis: marks.emojis > 0,
    link_count: marks.links,
    mention_count: marks.mentions,
    emoji_count: marks.emojis,
  };
}

function presentReaction(ids: PublicIds, reaction: Reaction, message: MessageId): shapes.Reaction {
  return {
    id: ids.toUuid('reaction', reaction.id),
    emoji: reaction.emoji,
    user_id: ids.toUuid('account', reaction.author.id),
    message_id: ids.toUuid('message', message),
    created_at: time(reaction.createdAt),
    user: presentUser(ids, reaction.author),
  };
}

const kindOfTarget: Record<TargetType, IdKind> = {
  USER: 'account',
  ROLE: 'account',
  MESSAGE: 'message',
  CHANNEL: 'conversation',
};

function presentAction(ids: PublicIds, action: Action): shapes.Action {
  return {
    id: ids.toUuid('action', action.id),
    action_type: action.type,
    target_type: action.targetType,
    target_id: ids.toUuid(kindOfTarget[action.targetType], action.targetId),
    admin_id: ids.toUuid('account', action.admin.id),
    admin: presentUser(ids, action.admin),
    reason: action.reason,
    metadata: action.metadata && presentFacts(ids, action.metadata),
    created_at: time(action.createdAt),
  };
}

function presentFacts(ids: PublicIds, { rank, conversationId, hours }: ActionFacts): shapes.Action['metadata'] {
  return {
    ...(rank !== undefined && { role: rank }),
    ...(conversationId !== undefined && { channel_id: channelId(ids, conversationId) }),
    ...(hours !== undefined && { duration_hours: hours }),
  };
}

function channelId(ids: PublicIds, id: ConversationId | null): string | null {
  return id === null ? null : ids.toUuid('conversation', id);
}
