// Pythia's frames: what changes in messages that are here already, reactions, mentions, channels.

import { me } from '../api/session.ts';
import { messageAt } from '../api/urge.ts';
import type { Message } from '../api/shapes.ts';
import { changeConversation, conversations, dropConversation, fetchConversation } from '../store/conversations.ts';
import { nextFrame } from '../store/frame.ts';
import { queries } from '../store/queries.ts';
import { timelineOf } from '../store/timeline.ts';
import { openFrames, type Frame, type FrameLine } from './frames.ts';

export interface Mentioned {
  messageId: string;
  conversationId: string;
  by: string;
}

export function openPythia(onMention: (mention: Mentioned) => void): FrameLine {
  return openFrames('pythia', (frame) => {
    const hear = handlers[frame.type];
    // After what URGE told of the same messages before.
    if (hear) nextFrame(() => hear(frame));
    if (frame.type === 'mention_notification') {
      const { message_id, channel_id, from_username } = frame.data as Record<string, string>;
      onMention({ messageId: message_id!, conversationId: channel_id!, by: from_username! });
      queries.invalidateQueries({ queryKey: ['mentions'] }).catch(() => undefined);
    }
  });
}

const handlers: Record<string, (frame: Frame) => void> = {
  message_edited({ data }) {
    const { id, channel_id, created_at } = data as Record<string, string>;
    if (!timelineOf(channel_id!).has(id!)) return refreshLast(channel_id!, id!);
    // Pythia says a picture in words: URGE says what it is now.
    messageAt(channel_id!, id!, created_at!)
      .then((edited) => edited && putEdited(edited))
      .catch(() => undefined);
  },

  message_deleted({ message_id, channel_id }) {
    forgetMessage(channel_id as string, message_id as string);
  },

  message_reaction({ message_id, channel_id, data }) {
    const { emoji, user_id, username, action } = data as Record<string, string>;
    setReaction(
      channel_id as string,
      message_id as string,
      { emoji: emoji!, userId: user_id!, username: username! },
      action === 'add',
    );
  },

  user_joined: membersChanged,
  user_left(frame) {
    if (frame.user_id === me().id) dropConversation(frame.channel_id as string);
    else membersChanged(frame);
  },

  channel_created() {
    queries.invalidateQueries({ queryKey: ['channels'] }).catch(() => undefined);
  },
};

function membersChanged({ channel_id }: Frame): void {
  const id = channel_id as string;
  fetchConversation(id).catch(() => undefined);
  for (const queryKey of [['group', id], ['members', id], ['channels']]) {
    queries.invalidateQueries({ queryKey }).catch(() => undefined);
  }
}

/** A message as it is after an edit: in its room, and in the list. */
export function putEdited(edited: Message): void {
  timelineOf(edited.conversationId).change(edited.id, (now) => ({
    ...edited,
    key: now.key,
    reactions: now.reactions,
    isStarred: now.isStarred,
  }));
  changeConversation(edited.conversationId, (now) =>
    now.lastMessage?.id === edited.id ? { ...now, lastMessage: { ...now.lastMessage, content: edited.content } } : now,
  );
}

/** A message that is gone. */
export function forgetMessage(conversationId: string, id: string): void {
  timelineOf(conversationId).remove(id);
  refreshLast(conversationId, id);
}

/** The list shows that message: only the server knows what it shows instead. */
function refreshLast(conversationId: string, id: string): void {
  if (conversations.get().byId.get(conversationId)?.lastMessage?.id !== id) return;
  fetchConversation(conversationId).catch(() => undefined);
}

/** Adds or takes off one reaction; twice is once. */
export function setReaction(
  conversationId: string,
  messageId: string,
  reaction: Message['reactions'][number],
  isThere: boolean,
): void {
  timelineOf(conversationId).change(messageId, (message) => {
    const others = message.reactions.filter(
      ({ emoji, userId }) => emoji !== reaction.emoji || userId !== reaction.userId,
    );
    if (!isThere && others.length === message.reactions.length) return message;
    if (isThere && others.length < message.reactions.length) return message;
    return { ...message, reactions: isThere ? [...others, reaction] : others };
  });
}
