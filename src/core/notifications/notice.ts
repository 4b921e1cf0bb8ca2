// What somebody is notified of, in the core's own words; the dialect their device registered through says it.

import type { DialectName } from '../context.ts';
import type { AccountId, ConversationId, MessageId } from '../ids.ts';
import type { MessageKind } from '../messages/shape.ts';

interface Occasion {
  conversationId: ConversationId;
  conversationName: string;
  isGroup: boolean;
  /** Who wrote, or who invited. */
  by: { id: AccountId; name: string };
  /** The recipient's, if they chose one. */
  language: string | null;
}

export type Notice =
  | (Occasion & {
      kind: 'new_message';
      messageId: MessageId;
      messageKind: MessageKind;
      /** The beginning of its text; null where it may not be shown: hidden by the recipient, or encrypted. */
      text: string | null;
    })
  | (Occasion & { kind: 'group_invite' });

/** What a device shows, and what its app is handed. */
export interface Wording {
  title: string;
  body: string;
  data: Record<string, string>;
  /** What an Android app opens. */
  clickAction?: string;
  /** The number on an Apple app's icon. */
  badge?: number;
}

/** How each dialect words a notice. */
export type Wordings = Partial<Record<DialectName, (notice: Notice) => Wording>>;
