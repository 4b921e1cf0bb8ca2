// One message as it stands in its room.

import { memo, type CSSProperties } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message, Reaction } from '../api/shapes.ts';
import { act } from '../ui/acting.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Avatar } from '../ui/pieces.tsx';
import { clock, day, full } from '../ui/times.ts';
import { discard, retry } from '../store/outbox.ts';
import { MessageMedia } from './message-media.tsx';
import { MessageText } from './message-text.tsx';
import { preview } from './message-words.ts';
import { toggle } from './reacting.ts';
import { Link } from 'wouter';

interface RowProps {
  message: Message;
  isMine: boolean;
  isGroup: boolean;
  startsDay: boolean;
  startsUnread: boolean;
  startsGroup: boolean;
  endsGroup: boolean;
  isLit: boolean;
  myId: string;
}

export const MessageRow = memo(function MessageRow(props: RowProps) {
  const { t } = useTranslation();
  const { message, startsDay, startsUnread } = props;
  return (
    <>
      {startsDay && (
        <p className="divider" role="separator">
          <span>{day(message.createdAt)}</span>
        </p>
      )}
      {startsUnread && (
        <p className="divider divider-unread" role="separator">
          <span>{t('room.unread')}</span>
        </p>
      )}
      {message.kind === 'SYSTEM' ? <Notice {...props} /> : <Said {...props} />}
    </>
  );
});

function Notice({ message }: RowProps) {
  return (
    <article className="notice" tabIndex={-1} aria-label={message.content}>
      {message.content}
    </article>
  );
}

function Said({ message, isMine, isGroup, startsGroup, endsGroup, isLit, myId }: RowProps) {
  const { t } = useTranslation();
  const isOnItsWay = message.status === 'SENDING' || message.status === 'FAILED';
  const classes = ['message', isMine ? 'mine' : 'theirs'];
  if (startsGroup) classes.push('first');
  if (endsGroup) classes.push('last');
  if (isLit) classes.push('lit');
  const hasText =
    message.content !== '' && (message.kind === 'TEXT' || message.kind === 'IMAGE' || message.kind === 'VIDEO');
  return (
    <article
      className={classes.join(' ')}
      tabIndex={-1}
      aria-label={`${isMine ? t('list.you') : message.senderName}: ${preview(message)}, ${clock(message.createdAt)}`}
    >
      {!isMine && isGroup && (
        <span className="message-face">
          {endsGroup && (
            <Avatar id={message.senderId} name={message.senderName} url={message.senderAvatar} size="small" />
          )}
        </span>
      )}
      <div className="message-body">
        <div className="bubble">
          {!isMine && isGroup && startsGroup && (
            <strong className="message-by" style={{ '--hue': hue(message.senderId) } as CSSProperties}>
              {message.senderName}
            </strong>
          )}
          {message.isForwarded && (
            <span className="message-forwarded">
              <Icon name="forward" />
              {t('message.forwarded')}
            </span>
          )}
          {message.replyTo && (
            <Link href={`/c/${message.conversationId}/m/${message.replyTo.id}`} className="quote">
              <strong>{message.replyTo.senderName}</strong>
              <span>{message.replyTo.content}</span>
            </Link>
          )}
          {message.isEncrypted ? (
            <div className="message-text">
              <em>{t('message.encrypted')}</em>
            </div>
          ) : (
            <>
              {message.kind !== 'TEXT' && <MessageMedia message={message} />}
              {hasText && <MessageText text={message.content} />}
            </>
          )}
          <span className="message-meta">
            {message.isStarred && (
              <span role="img" aria-label={t('saved.starred')}>
                <Icon name="star" filled />
              </span>
            )}
            {message.isEdited && <span>{t('message.edited')}</span>}
            <time dateTime={message.createdAt} title={full(message.createdAt)}>
              {clock(message.createdAt)}
            </time>
            {isMine && <State status={message.status} />}
          </span>
        </div>
        {message.reactions.length > 0 && <Reactions message={message} myId={myId} />}
        {message.status === 'FAILED' && (
          <p className="message-failed">
            <span>{t('message.failed')}</span>
            <button type="button" onClick={() => act(() => retry(message.key))}>
              {t('common.retry')}
            </button>
            <button type="button" onClick={() => act(() => discard(message.key))}>
              {t('message.discard')}
            </button>
          </p>
        )}
      </div>
      {!isOnItsWay && (
        <div className="message-tools">
          <Tool name="react" icon="smile" label={t('message.react')} />
          <Tool name="reply" icon="reply" label={t('message.reply')} />
          <Tool name="more" icon="more" label={t('message.more')} />
        </div>
      )}
    </article>
  );
}

function hue(id: string): number {
  let sum = 0;
  for (const letter of id) sum = (sum * 31 + letter.codePointAt(0)!) % 360;
  return sum;
}

/** Pressed through the list's own listener. */
function Tool({ name, icon, label }: { name: string; icon: IconName; label: string }) {
  return (
    <button type="button" className="icon-button" data-do={name} aria-label={label} title={label}>
      <Icon name={icon} />
    </button>
  );
}

const stateIcons = { SENDING: 'clock', FAILED: 'warning', SENT: 'check', DELIVERED: 'checks', READ: 'checks' } as const;

function State({ status }: { status: Message['status'] }) {
  const { t } = useTranslation();
  const name = t(`status.${status}`);
  return (
    <span className={`state state-${status.toLowerCase()}`} role="img" aria-label={name} title={name}>
      <Icon name={stateIcons[status]} />
    </span>
  );
}

/** One pill for each emoji, mine marked. */
function Reactions({ message, myId }: { message: Message; myId: string }) {
  const { t } = useTranslation();
  const byEmoji = new Map<string, Reaction[]>();
  for (const reaction of message.reactions) {
    byEmoji.set(reaction.emoji, [...(byEmoji.get(reaction.emoji) ?? []), reaction]);
  }
  return (
    <div className="reactions">
      {[...byEmoji].map(([emoji, all]) => {
        const names = all.map(({ username }) => username).join(', ');
        return (
          <button
            key={emoji}
            type="button"
            className="reaction"
            aria-pressed={all.some(({ userId }) => userId === myId)}
            aria-label={t('message.reactionBy', { emoji, names })}
            title={names}
            onClick={() => act(() => toggle(message, emoji))}
          >
            <span>{emoji}</span>
            {all.length > 1 && <b>{all.length}</b>}
          </button>
        );
      })}
    </div>
  );
}
