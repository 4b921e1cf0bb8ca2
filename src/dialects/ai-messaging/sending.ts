// Saying something to somebody: in the direct conversation of the two, which is opened if need be.

import type { FastifyRequest } from 'fastify';
import { openDirect } from '../../core/conversations/create.ts';
import { requestHash } from '../../core/idempotency.ts';
import type { AccountId, MessageId } from '../../core/ids.ts';
import { directReceipts, directWith, pairLabel } from '../../core/messages/direct.ts';
import { markRead } from '../../core/messages/receipts.ts';
import { sendMessage } from '../../core/messages/send.ts';
import type { Member } from '../../core/context.ts';
import type { Surroundings } from '../dialect.ts';
import { memberOf, repeatable } from '../fastapi.ts';
import { presentSent } from './presenters.ts';
import type { Message } from './schemas.ts';

interface Letter {
  to: AccountId;
  content: string;
  /** Null or empty: what the two always have. */
  label: string | null;
  replyTo?: MessageId | null;
}

/** Sends what a request says, once however often it comes with the same key. */
export async function send({ messenger }: Surroundings, request: FastifyRequest, letter: Letter): Promise<Message> {
  const member = memberOf(request);
  const { to, content } = letter;
  const conversationId =
    (await messenger.ask(member, directWith, { with: to })) ??
    (await messenger.execute(member, openDirect, { with: to })).conversationId;
  const retry = repeatable(request);
  const message = await messenger.execute(member, sendMessage, {
    conversationId,
    kind: 'text',
    content,
    label: letter.label === pairLabel(member.accountId, to) ? null : letter.label || null,
    replyToId: letter.replyTo ?? null,
    ...(retry && { repeat: { key: retry.key, hash: requestHash(retry) } }),
  });
  return presentSent(message, to, request.language);
}

/** Marks all that the member received as read, or all that bears a label. */
export async function readAll({ messenger }: Surroundings, member: Member, label?: string): Promise<void> {
  const receipts = await messenger.ask(member, directReceipts, label === undefined ? {} : { label });
  await Promise.all(receipts.map((receipt) => messenger.execute(member, markRead, receipt)));
}
