// Every shape that leaves through AI Messaging.

import type { AccountDetails } from '../../core/accounts/details.ts';
import type { Session } from '../../core/accounts/own-sessions.ts';
import type { Role } from '../../core/accounts/roles.ts';
import type { SignedIn } from '../../core/accounts/sessions.ts';
import type { AccountId, Moment } from '../../core/ids.ts';
import { pairLabel, type DirectMessage, type LabelSummary } from '../../core/messages/direct.ts';
import type { Message } from '../../core/messages/shape.ts';
import type { Report } from '../../core/moderation/reports.ts';
import { say, type Language } from '../../texts/index.ts';
import { contentIn, standIn } from '../stand-ins.ts';
import type * as shapes from './schemas.ts';

/** An action that answers nothing but that it was done. */
export function ack(message: string): { message: string } {
  return { message };
}

/** UTC without a zone; no fraction when there is none (contract, section 3). */
function time(moment: Moment): string {
  return new Date(moment).toISOString().replace(/(\.000)?Z$/, '');
}

function maybe(moment: Moment | null): string | null {
  return moment === null ? null : time(moment);
}

export function presentUser(account: AccountDetails): shapes.User {
  return {
    id: account.id,
    username: account.username,
    email: account.email ?? `${account.username}@users.invalid`,
    full_name: account.displayName,
    bio: account.bio,
    phone_number: account.phone,
    is_active: !account.isDisabled,
    is_superuser: account.isSuperuser,
    created_at: time(account.createdAt),
    updated_at: time(account.updatedAt),
  };
}

export function presentToken({ accessToken, refreshToken }: SignedIn): shapes.Token {
  return { access_token: accessToken, refresh_token: refreshToken, token_type: 'bearer' };
}

export function presentRole(role: Role): shapes.Role {
  return {
    id: role.id,
    name: role.name,
    description: role.description,
    created_at: time(role.createdAt),
    updated_at: time(role.updatedAt),
  };
}

export function presentSession(session: Session): shapes.Session {
  return {
    id: session.id,
    user_id: session.accountId,
    device_info: session.device ?? 'Unknown',
    ip_address: session.address,
    is_active: true,
    expires_at: time(session.expiresAt),
    created_at: time(session.createdAt),
  };
}

/** A message as text; where it is none, with what stands for it (DECISIONS 16). */
function contentOf(message: Message, language: Language): string {
  const { kind, content, isEncrypted, fileName } = message;
  if (isEncrypted) return `[${say(language, 'standin_encrypted')}]`;
  if (kind === 'text' || kind === 'system') return contentIn(language, message);
  const caption = content || (kind === 'file' ? (fileName ?? '') : '');
  const stand = `[${standIn(language, kind, 'document')}]`;
  return caption ? `${stand} ${caption}` : stand;
}

export function presentMessage({ message, recipientId, isRead }: DirectMessage, language: Language): shapes.Message {
  return {
    id: message.id,
    sender_id: message.sender.id,
    recipient_id: recipientId,
    content: contentOf(message, language),
    is_read: isRead,
    parent_id: message.replyTo?.id ?? null,
    conversation_id: message.label ?? pairLabel(message.sender.id, recipientId),
    created_at: time(message.createdAt),
    updated_at: time(Math.max(message.updatedAt, message.readAt ?? 0)),
  };
}

/** A message just sent, or sent before with the same key. */
export function presentSent(message: Message, recipientId: AccountId, language: Language): shapes.Message {
  return presentMessage({ message, recipientId, isRead: message.readAt !== null }, language);
}

const previewLength = 100;

export function presentSummary(summary: LabelSummary, language: Language): shapes.Summary {
  return {
    conversation_id: summary.label,
    other_user_id: summary.otherId,
    other_user_name: summary.otherName ?? 'Unknown',
    last_message: Array.from(contentOf(summary.last, language)).slice(0, previewLength).join(''),
    last_message_at: time(summary.last.createdAt),
    unread_count: summary.unreadCount,
  };
}

export function presentReport(report: Report): shapes.Report {
  return {
    id: report.id,
    reporter_id: report.reporterId,
    reporter_username: report.reporterName,
    title: report.title,
    content: report.content,
    status: report.status,
    comment: report.comment,
    resolved_at: maybe(report.resolvedAt),
    resolved_by: report.resolvedBy,
    resolver_username: report.resolverName,
    created_at: time(report.createdAt),
    updated_at: time(report.updatedAt),
  };
}

export function presentWithSubject(report: Report): shapes.ReportWithSubject {
  return { ...presentReport(report), message_id: report.subject.messageId, user_id: report.subject.accountId };
}
