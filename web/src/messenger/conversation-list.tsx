// My conversations, the latest first.

import { lazy, memo, Suspense, useRef, useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import { useMe } from '../api/session.ts';
import type { Conversation, Message } from '../api/shapes.ts';
import { conversations, loadMoreConversations, useConversation } from '../store/conversations.ts';
import { useDraft } from '../store/drafts.ts';
import { usePresence, useTyping } from '../store/people.ts';
import { useStore } from '../store/store.ts';
import { act } from '../ui/acting.ts';
import { Button, IconButton, SearchField } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { preview } from './message-words.ts';
import { useOther } from './other.ts';

const NewConversation = lazy(() => import('./new-conversation.tsx'));

export const ConversationList = memo(function ConversationList({ openId }: { openId: string | null }) {
  const { t } = useTranslation();
  const { byId, order, hasMore, state } = useStore(conversations);
  const [words, setWords] = useState('');
  const [isStarting, setStarting] = useState(false);
  const list = useRef<HTMLUListElement>(null);

  const wanted = words.trim().toLocaleLowerCase();
  const shown = order.filter((id) => wanted === '' || byId.get(id)!.name.toLocaleLowerCase().includes(wanted));

  /** Up and down go from one to the next, as in any list. */
  const move = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const links = [...(list.current?.querySelectorAll('a') ?? [])];
    const next = links[links.indexOf(document.activeElement as HTMLAnchorElement) + step];
    if (!next) return;
    event.preventDefault();
    next.focus();
  };

  return (
    <section className={openId === null ? 'list' : 'list list-behind'} aria-label={t('nav.chats')}>
      <header className="list-head">
        <h1>{t('nav.chats')}</h1>
        <IconButton icon="plus" kind="primary" label={t('list.start')} onPress={() => setStarting(true)} />
      </header>
      <SearchField label={t('list.filter')} value={words} onChange={setWords} />
      {state === 'empty' && <Skeleton />}
      {state !== 'empty' && order.length === 0 && (
        <Empty icon="chats" title={t('list.none')}>
          <p>{t('list.noneHint')}</p>
          <Button kind="primary" icon="plus" onPress={() => setStarting(true)}>
            {t('list.start')}
          </Button>
        </Empty>
      )}
      {order.length > 0 && shown.length === 0 && <p className="list-none">{t('list.noMatch')}</p>}
      <ul ref={list} onKeyDown={move}>
        {shown.map((id) => (
          <Row key={id} id={id} isOpen={id === openId} />
        ))}
      </ul>
      {hasMore && wanted === '' && (
        <Button wide onPress={() => act(loadMoreConversations)}>
          {t('list.more')}
        </Button>
      )}
      {isStarting && (
        <Suspense>
          <NewConversation onClose={() => setStarting(false)} />
        </Suspense>
      )}
    </section>
  );
});

const Row = memo(function Row({ id, isOpen }: { id: string; isOpen: boolean }) {
  const { t } = useTranslation();
  const conversation = useConversation(id)!;
  const other = useOther(conversation);
  const { isOnline } = usePresence(other);
  const { unread, lastMessage, lastAt, isMuted, name } = conversation;
  return (
    <li>
      <Link href={`/c/${id}`} className="list-row" aria-current={isOpen ? 'page' : undefined}>
        <Avatar
          id={other?.id ?? id}
          name={name}
          url={conversation.avatarUrl}
          isOnline={isOnline}
          shape={conversation.isGroup ? 'square' : 'round'}
        />
        <span className="list-text">
          <span className="list-line">
            <strong>{name}</strong>
            {isMuted && (
              <span className="list-muted" title={t('room.muted')}>
                <Icon name="mute" />
              </span>
            )}
            <time dateTime={lastAt}>{brief(lastAt)}</time>
          </span>
          <span className="list-line">
            <LastWords conversation={conversation} />
            {lastMessage !== null && unread > 0 && (
              <b className={isMuted ? 'count count-quiet' : 'count'} aria-label={t('list.unread', { count: unread })}>
                {unread > 999 ? '999+' : unread}
              </b>
            )}
          </span>
        </span>
      </Link>
    </li>
  );
});

function LastWords({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const typing = useTyping(conversation.id);
  const draft = useDraft(conversation.id);
  if (typing.length > 0)
    return <em className="list-typing">{t('room.typing', { names: typing.join(', '), count: typing.length })}</em>;
  if (draft !== '') {
    return (
      <span className="list-words">
        <i>{t('list.draft')}</i> {draft}
      </span>
    );
  }
  if (conversation.lastMessage === null) return <span className="list-words">{t('list.nothingSaid')}</span>;
  return <LastMessage message={conversation.lastMessage} isGroup={conversation.isGroup} />;
}

function LastMessage({ message, isGroup }: { message: Message; isGroup: boolean }) {
  const { t } = useTranslation();
  const me = useMe();
  const isMine = message.senderId === me.id;
  const by = message.kind === 'SYSTEM' ? '' : isMine ? t('list.you') : isGroup ? message.senderName : '';
  return (
    <span className="list-words">
      {by !== '' && `${by}: `}
      {preview(message)}
    </span>
  );
}
