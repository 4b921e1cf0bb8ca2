// How NeruTalk reads ids: people are UUIDs, all else integers, as numbers or in decimal; UUIDs of those are taken too.

import { Type } from 'typebox';
import { noSuchPerson } from '../../core/accounts/people.ts';
import { noSuchConversation, noSuchMessage } from '../../core/conversations/membership.ts';
import type { AccountId, ConversationId, MediaId, MessageId } from '../../core/ids.ts';
import { noSuchMedia } from '../../core/media/shape.ts';
import { InvalidRequest, type describeIssue } from '../fastapi.ts';
import type { PublicIds } from '../public-ids.ts';

type Place = Parameters<typeof describeIssue>[0]['loc'];

/** An integer id in a body. */
export const IntegerId = Type.Unsafe<number | string>({ type: ['integer', 'string'], maxLength: 64 });
/** A person in a body. */
export const UserId = Type.String({ format: 'uuid' });
export const ChatPath = Type.Object({ chat_id: Type.String() });
export const MessagePath = Type.Object({ message_id: Type.String() });
export const UserPath = Type.Object({ user_id: Type.String() });

/** `loc` says where the id stood. Each throws InvalidRequest for what is no id, and `not_found` for one of nobody. */
export interface Ids {
  account(value: unknown, loc: Place): AccountId;
  conversation(value: unknown, loc: Place): ConversationId;
  message(value: unknown, loc: Place): MessageId;
  /** What is no id is no file's either. */
  file(text: string): MediaId;
}

const uuid = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i;

export function readIds(ids: PublicIds): Ids {
  const integer = (kind: 'conversation' | 'message', value: unknown, loc: Place, absent: () => Error): number => {
    if (typeof value !== 'string' || !uuid.test(value)) return readInteger(value, loc);
    const id = ids.fromUuid(kind, value);
    if (id === null) throw absent();
    return id;
  };
  return {
    account(value, loc) {
      if (typeof value !== 'string' || !uuid.test(value)) {
        throw new InvalidRequest({ type: 'uuid_parsing', loc, msg: 'Input should be a valid UUID' });
      }
      const id = ids.fromUuid('account', value);
      if (id === null) throw noSuchPerson();
      return id as AccountId;
    },
    conversation: (value, loc) => integer('conversation', value, loc, noSuchConversation) as ConversationId,
    message: (value, loc) => integer('message', value, loc, noSuchMessage) as MessageId,
    file(text) {
      const id = ids.fromUuid('media', text);
      if (id === null) throw noSuchMedia();
      return id as MediaId;
    },
  };
}

/** A whole number of at least 0, written as a number or in decimal. Throws InvalidRequest. */
export function readInteger(value: unknown, loc: Place): number {
  const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number) && number >= 0) return number;
  if (value === undefined || value === null) throw new InvalidRequest({ type: 'missing', loc, msg: 'Field required' });
  const msg = 'Input should be a valid integer, unable to parse string as an integer';
  throw new InvalidRequest({ type: 'int_parsing', loc, msg });
}
