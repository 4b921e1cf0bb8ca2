// What the operator's webhook is told of a change, as JSON: ids as URGE and Pythia write them.

import type { AccountId, ConversationId, MessageId } from './core/ids.ts';
import type { WebhookClaim } from './core/notifications/webhooks.ts';
import type { PublicIds } from './dialects/public-ids.ts';

/** `{type, timestamp, data}`; a message's text is in it unless it is sealed or has been deleted since. */
export function webhookBody(ids: PublicIds): (claim: WebhookClaim) => string {
  const account = (id: AccountId) => ids.toUuid('account', id);
  const perhaps = <T>(id: T | null, write: (id: T) => string) => (id === null ? null : write(id));
  return (claim) =>
    JSON.stringify({
      type: claim.kind,
      timestamp: new Date(claim.at).toISOString(),
      data: {
        conversation_id: perhaps(claim.conversationId, (id: ConversationId) => ids.toUuid('conversation', id)),
        change_no: claim.changeNo,
        account_id: perhaps(claim.accountId, account),
        by: perhaps(claim.by, account),
        concerning: claim.concerning.map(account),
        detail: claim.detail,
        message_id: perhaps(claim.messageId, (id: MessageId) => ids.toUuid('message', id)),
        message: claim.message && {
          type: claim.message.kind,
          text: claim.message.text,
          media_url: claim.message.mediaUrl,
        },
      },
    });
}
