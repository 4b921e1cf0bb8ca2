// What a push to one of NeruTalk's devices says, and what its app is handed: all text (contract, 8.2).

import type { Notice, Wording, WordNotice } from '../../core/notifications/notice.ts';
import { languages, say, type Language, type TextKey } from '../../texts/index.ts';
import { usualLanguages } from '../../texts/wanted.ts';
import type { Surroundings } from '../dialect.ts';
import type { PublicIds } from '../public-ids.ts';

type Data = Record<string, string>;

/** What the client's Android app listens for. */
const clickAction = 'FLUTTER_NOTIFICATION_CLICK';

/** In the recipient's language, or the server's where they chose none. */
export function createWording({ ids, languages: { fallback } = usualLanguages }: Surroundings): WordNotice {
  return (notice) => {
    const language = languages.find((one) => one === notice.language) ?? fallback;
    return { ...word(notice, language, ids), badge: 1 };
  };
}

function word(notice: Notice, language: Language, ids: PublicIds): Wording {
  const text = (key: TextKey, values?: Data) => say(language, key, values);
  switch (notice.kind) {
    case 'new_message':
      return { ...wordMessage(notice, text), data: messageData(notice, ids), clickAction };
    case 'group_invite': {
      const { conversationId, conversationName: group_name } = notice;
      const resource = { resource_id: String(conversationId), resource_type: 'chat', deep_link: 'nerutalk://chat' };
      return {
        title: text('push_invite_title', { group_name }),
        body: text('push_invite_body'),
        data: system('group_invite', resource),
        clickAction,
      };
    }
    case 'incoming_call':
    case 'missed_call': {
      const isMissed = notice.kind === 'missed_call';
      return {
        title: text(isMissed ? 'push_missed_call_title' : 'incoming_call'),
        body: text(isMissed ? 'push_missed_call_body' : 'push_call_body', { caller_name: notice.by.name }),
        data: callData(notice, ids),
        clickAction,
      };
    }
    case 'share_started':
    case 'share_ended': {
      const action = notice.kind === 'share_started' ? 'location_share_created' : 'location_share_ended';
      return {
        title: text('standin_location'),
        body: text(`push_${action}`, { sharer_name: notice.by.name }),
        data: system(action, { resource_id: String(notice.shareId), resource_type: 'location_share' }),
        clickAction,
      };
    }
    case 'fence_crossed': {
      const action = `geofence_${notice.crossing}` as const;
      return {
        title: text('standin_location'),
        body: text(action, { geofence_name: notice.fenceName }),
        data: system(action, { resource_id: String(notice.fenceId), resource_type: 'geofence' }),
        clickAction,
      };
    }
    case 'announcement':
      return {
        title: notice.title,
        body: notice.body,
        data: announcementData(notice, ids),
        clickAction: notice.clickAction ?? clickAction,
        ...(notice.imageUrl !== null && { imageUrl: notice.imageUrl }),
      };
  }
}

function wordMessage(
  { by, isGroup, conversationName, messageKind, text: content }: Extract<Notice, { kind: 'new_message' }>,
  text: (key: TextKey, values?: Data) => string,
): Pick<Wording, 'title' | 'body'> {
  const names = { sender_name: by.name, group_name: conversationName };
  const hidden = text('push_hidden_body');
  return {
    title: isGroup && conversationName !== '' ? text('push_group_title', names) : text('push_message_title', names),
    body: content === null ? hidden : content || (messageKind === 'text' ? hidden : text(`standin_${messageKind}`)),
  };
}

// Of the document's names one is missing: `message_type`, which FCM reserves.
function messageData(notice: Extract<Notice, { kind: 'new_message' }>, ids: PublicIds): Data {
  return typed('message', {
    chat_id: String(notice.conversationId),
    message_id: String(notice.messageId),
    sender_id: ids.toUuid('account', notice.by.id),
    sender_name: notice.by.name,
    sender_avatar: notice.by.avatarUrl ?? '',
    chat_name: notice.conversationName,
    deep_link: 'nerutalk://chat',
  });
}

function callData(notice: Extract<Notice, { kind: 'incoming_call' | 'missed_call' }>, ids: PublicIds): Data {
  return typed('call', {
    action: notice.kind,
    call_id: String(notice.callId),
    caller_id: ids.toUuid('account', notice.by.id),
    caller_name: notice.by.name,
    caller_avatar: notice.by.avatarUrl ?? '',
    call_type: notice.callKind,
    channel_name: notice.channelName,
    deep_link: 'nerutalk://call',
  });
}

function system(action: string, resource: Data): Data {
  return typed('system', { action, ...resource });
}

/** The sender's own fields, as text; what they are, and whose, the server says. */
function announcementData({ type, data, by }: Extract<Notice, { kind: 'announcement' }>, ids: PublicIds): Data {
  const given = Object.entries(data).map(([name, value]) => [name, asText(value)]);
  return typed(type, {
    ...(Object.fromEntries(given) as Data),
    ...(by && { sender_id: ids.toUuid('account', by.id), sender_name: by.name }),
  });
}

function asText(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function typed(type: string, data: Data): Data {
  return { ...data, type, notification_type: type };
}
