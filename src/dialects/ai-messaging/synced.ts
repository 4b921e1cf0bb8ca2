// How AI Messaging's clients are told what happened (GET /sync): there is no socket whose frames it could be.

import type { MessageId } from '../../core/ids.ts';
import { directlyKnown } from '../../core/messages/direct.ts';
import type { Surroundings, Tell } from '../dialect.ts';
import { isDurable, subjectOf, type DurableType, type Subject } from '../synced.ts';
import { presentMessage } from './presenters.ts';

/** What touches nothing that this product shows. */
const silent: ReadonlySet<DurableType> = new Set([
  'message.mentioned',
  'reaction.added',
  'reaction.removed',
  'message.starred',
  'messages.delivered',
]);

/**
 * Messages as they are now, each time something became of them; what is gone; and what else is to be read again. Only
 * what two people say to one another: groups and channels are not shown here.
 */
export function createTeller({ messenger }: Surroundings): Tell {
  return async (member, events, language) => {
    const subjects = events.filter(isDurable).map(subjectOf);
    const told = subjects.filter(({ kind }) => !silent.has(kind));
    const known = await messenger.ask(member, directlyKnown, {
      messages: [...new Set(told.flatMap(messagesOf))],
      conversations: [...new Set(told.flatMap(({ conversationId }) => conversationId ?? []))],
    });
    const messages = new Map(known.messages.map(({ id, direct }) => [id, direct]));
    const labels = new Map(known.conversations.map(({ id, label }) => [id, label]));

    return told.flatMap((subject): string[] => {
      const about = messagesOf(subject);
      if (about.length > 0) {
        return about.flatMap((id) => {
          const direct = messages.get(id);
          if (direct === undefined) return [];
          return direct === null
            ? frame('message_deleted', { message_id: id })
            : frame('message', { message: presentMessage(direct, language) });
        });
      }
      const { kind, conversationId, part } = subject;
      if (conversationId !== undefined) return changedIn(kind, labels.get(conversationId), part);
      return kind === 'account.changed' ? [frame('sync_changed', { kind, part })] : [];
    });
  };
}

function changedIn(kind: DurableType, label: string | undefined, part: string | undefined): string[] {
  return label === undefined ? [] : [frame('sync_changed', { kind, conversation_id: label, part })];
}

function messagesOf({ messageId, messageIds = [] }: Subject): MessageId[] {
  return messageId === undefined ? messageIds : [messageId];
}

function frame(type: string, fields: Record<string, unknown>): string {
  return JSON.stringify({ type, ...fields });
}
