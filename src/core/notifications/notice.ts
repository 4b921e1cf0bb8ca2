// What somebody is notified of, in the core's own words; the dialect their device registered through says it.

import type { CallKind } from '../calls/shape.ts';
import type { DialectName } from '../context.ts';
import type { AccountId, AnnouncementId, CallId, ConversationId, MessageId, Moment } from '../ids.ts';
import type { MessageKind } from '../messages/shape.ts';
import type { PushNotification } from '../ports.ts';

/** The recipient's, if they or their device chose one. */
interface Spoken {
  language: string | null;
}

/** Who wrote, called, shared or invited. */
interface Caused {
  by: { id: AccountId; name: string; avatarUrl: string | null };
}

interface InConversation extends Spoken, Caused {
  conversationId: ConversationId;
  conversationName: string;
  isGroup: boolean;
}

interface OfCall extends Spoken, Caused {
  callId: CallId;
  callKind: CallKind;
  channelName: string;
  isGroup: boolean;
  /** For as long it is worth ringing. */
  ringsUntil: Moment;
}

export type Notice =
  | (InConversation & {
      kind: 'new_message';
      messageId: MessageId;
      messageKind: MessageKind;
      /** The beginning of its text; null where it may not be shown: hidden by the recipient, or encrypted. */
      text: string | null;
    })
  | (InConversation & { kind: 'group_invite' })
  | (OfCall & { kind: 'incoming_call' })
  | (OfCall & { kind: 'missed_call' })
  /** Somebody began, or ceased, to show where they are. Where that is stands nowhere in it. */
  | (Spoken & Caused & { kind: 'share_started' | 'share_ended'; shareId: number })
  | (Spoken & { kind: 'fence_crossed'; fenceId: number; fenceName: string; crossing: 'entry' | 'exit' })
  | (Spoken & {
      kind: 'announcement';
      announcementId: AnnouncementId;
      /** Null: somebody with the right to speak for the server. */
      by: { id: AccountId; name: string } | null;
      title: string;
      body: string;
      /** What it is about, in the sender's own word. */
      type: string;
      data: Record<string, unknown>;
      imageUrl: string | null;
      clickAction: string | null;
      urgency: 'low' | 'normal' | 'high';
    });

/** What a device shows, and what its app is handed. */
export type Wording = Pick<PushNotification, 'title' | 'body' | 'data' | 'clickAction' | 'badge' | 'imageUrl'>;

/** How a dialect words a notice; null: its product has nothing of the kind, and its devices are not told. */
export type WordNotice = (notice: Notice) => Wording | null;

/** How each dialect words a notice. */
export type Wordings = Partial<Record<DialectName, WordNotice>>;
