// How dialects that write UUIDs read them. A malformed one, or one of another kind, is simply nobody's: not found.

import { noSuchPerson } from '../core/accounts/people.ts';
import { noSuchConversation, noSuchMessage } from '../core/conversations/membership.ts';
import type { AccountId, ConversationId, MessageId } from '../core/ids.ts';
import type { IdKind, PublicIds } from './public-ids.ts';

/** The ids that every such dialect reads; each throws `not_found`. */
export interface CommonIds {
  account(text: string): AccountId;
  conversation(text: string): ConversationId;
  message(text: string): MessageId;
}

/** Reads one kind; throws what `absent` makes. */
export function readId(ids: PublicIds, kind: IdKind, text: string, absent: () => Error): number {
  const id = ids.fromUuid(kind, text);
  if (id === null) throw absent();
  return id;
}

export function readCommonIds(ids: PublicIds): CommonIds {
  return {
    account: (text) => readId(ids, 'account', text, noSuchPerson) as AccountId,
    conversation: (text) => readId(ids, 'conversation', text, noSuchConversation) as ConversationId,
    message: (text) => readId(ids, 'message', text, noSuchMessage) as MessageId,
  };
}
