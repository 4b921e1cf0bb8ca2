// Reacting to a message: on the screen at once, taken back if the server refuses.

import * as pythia from '../api/pythia.ts';
import { me } from '../api/session.ts';
import type { Message } from '../api/shapes.ts';
import { setReaction } from '../live/pythia.ts';

export const quickReactions = ['👍', '❤️', '😂', '😮', '😢', '🙏', '🎉'] as const;

export async function toggle(message: Message, emoji: string): Promise<void> {
  const { id, name } = me();
  const mine = { emoji, userId: id, username: name };
  const wasThere = message.reactions.some((each) => each.emoji === emoji && each.userId === id);
  setReaction(message.conversationId, message.id, mine, !wasThere);
  try {
    const { action } = await pythia.toggleReaction(message.id, emoji);
    setReaction(message.conversationId, message.id, mine, action === 'add');
  } catch (error) {
    setReaction(message.conversationId, message.id, mine, wasThere);
    throw error;
  }
}
