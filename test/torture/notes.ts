// What a frame tells, in ids of the core: the same notes on every wire, to be held against the log.

import type { PublicIds } from '../../src/dialects/public-ids.ts';
import type { Frame, Wire } from './wires.ts';

export interface Note {
  kind: string;
  /** Absent where the frame does not say it, or it concerns only the account; text is AI Messaging's `conv_{a}_{b}`. */
  conversation?: number | string;
  message?: number;
  account?: number;
  part?: string;
  /** What the message says. */
  content?: string;
}

type Decode = (frame: Frame) => Note[];

/** Frames of this wire to notes; of what no log holds (typing, presence, greetings) to none. */
export function decoderOf(wire: Wire, ids: PublicIds): Decode {
  return { urge, pythia, nerutalk, 'ai-messaging': ai }[wire](ids);
}

/** What somebody is called whom the frame names by a UUID. */
function idsIn(ids: PublicIds) {
  const known = (kind: 'account' | 'conversation' | 'message') => (uuid: string) => {
    const id = ids.fromUuid(kind, uuid);
    if (id === null) throw new Error(`not the id of a ${kind}: ${uuid}`);
    return id;
  };
  return { account: known('account'), conversation: known('conversation'), message: known('message') };
}

/** A general frame, its ids already read. */
function general(told: { kind: string; conversation?: number; message?: number; accounts?: number[]; part?: string }) {
  const { accounts = [], ...note } = told;
  return accounts.length === 0 ? [note] : accounts.map((account) => ({ ...note, account }));
}

function urge(ids: PublicIds): Decode {
  const id = idsIn(ids);
  return ({ type, data }) => {
    switch (type) {
      case 'message:received': {
        const [conversation, message] = [id.conversation(data.conversationId), id.message(data.id)];
        return [{ kind: 'message.sent', conversation, message, content: data.content }];
      }
      case 'message:read':
      case 'message:delivered':
        return [
          {
            kind: type === 'message:read' ? 'messages.read' : 'messages.delivered',
            conversation: id.conversation(data.conversationId),
            message: id.message(data.messageId),
            account: id.account(data.userId),
          },
        ];
      case 'group:deleted':
        return [{ kind: 'conversation.deleted', conversation: id.conversation(data.group_id) }];
      case 'sync_changed':
        return general({
          kind: data.kind,
          ...(data.conversationId && { conversation: id.conversation(data.conversationId) }),
          ...(data.messageId && { message: id.message(data.messageId) }),
          ...(data.userIds && { accounts: data.userIds.map(id.account) }),
          ...(data.part && { part: data.part }),
        });
      default:
        return [];
    }
  };
}

function pythia(ids: PublicIds): Decode {
  const id = idsIn(ids);
  return ({ type, data, ...frame }) => {
    switch (type) {
      case 'new_message':
      case 'message_edited': {
        const kind = type === 'new_message' ? 'message.sent' : 'message.edited';
        const [conversation, message] = [id.conversation(data.channel_id), id.message(data.id)];
        return [{ kind, conversation, message, content: data.content }];
      }
      case 'message_deleted':
      case 'message_reaction': {
        const kind =
          type === 'message_deleted' ? 'message.deleted' : `reaction.${data.action === 'add' ? 'added' : 'removed'}`;
        return [{ kind, conversation: id.conversation(frame.channel_id), message: id.message(frame.message_id) }];
      }
      case 'mention_notification': {
        const [conversation, message] = [id.conversation(data.channel_id), id.message(data.message_id)];
        return [{ kind: 'message.mentioned', conversation, message }];
      }
      case 'user_joined':
      case 'user_left': {
        const kind = type === 'user_joined' ? 'members.joined' : 'members.left';
        return [{ kind, conversation: id.conversation(frame.channel_id), account: id.account(frame.user_id) }];
      }
      case 'channel_created':
        return [{ kind: 'conversation.created', conversation: id.conversation(data.id) }];
      case 'sync_changed':
        return general({
          kind: frame.kind,
          ...(frame.channel_id && { conversation: id.conversation(frame.channel_id) }),
          ...(frame.message_id && { message: id.message(frame.message_id) }),
          ...(frame.user_ids && { accounts: frame.user_ids.map(id.account) }),
          ...(frame.part && { part: frame.part }),
        });
      default:
        return [];
    }
  };
}

function nerutalk(ids: PublicIds): Decode {
  const id = idsIn(ids);
  return ({ type, data }) => {
    switch (type) {
      case 'new_message':
      case 'message_updated': {
        const kind = type === 'new_message' ? 'message.sent' : 'message.edited';
        return [{ kind, conversation: data.chat_id, message: data.id, content: data.content }];
      }
      case 'message_deleted':
        return [{ kind: 'message.deleted', conversation: data.chat_id, message: data.message_id }];
      case 'message_read': {
        const { chat_id: conversation, message_id: message, user_id } = data;
        return [{ kind: 'messages.read', conversation, message, account: id.account(user_id) }];
      }
      case 'message_delivered':
        return [{ kind: 'messages.delivered', message: data.message_id }];
      case 'sync_changed':
        return general({
          kind: data.kind,
          ...(data.chat_id !== undefined && { conversation: data.chat_id }),
          ...(data.message_id !== undefined && { message: data.message_id }),
          ...(data.user_ids && { accounts: data.user_ids.map(id.account) }),
          ...(data.part && { part: data.part }),
        });
      default:
        return [];
    }
  };
}

function ai(): Decode {
  return (frame) => {
    switch (frame.type) {
      case 'message':
        return [{ kind: 'message', message: frame.message.id, content: frame.message.content }];
      case 'message_deleted':
        return [{ kind: 'message', message: frame.message_id }];
      case 'sync_changed': {
        const { kind, conversation_id: conversation, part } = frame;
        return [{ kind, ...(conversation !== undefined && { conversation }), ...(part && { part }) }];
      }
      default:
        return [];
    }
  };
}
