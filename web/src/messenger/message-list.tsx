// What was said, from the past at the top to now at the end. Only what is seen is drawn, so it holds any number.

import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useCallback,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
  type KeyboardEvent,
  type MouseEvent,
  type Ref,
} from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import * as pythia from '../api/pythia.ts';
import { useMe } from '../api/session.ts';
import type { Conversation, Message } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { changeConversation } from '../store/conversations.ts';
import { useTimeline, type Timeline } from '../store/timeline.ts';
import { act } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { note, Empty, Skeleton } from '../ui/pieces.tsx';
import { isSameDay } from '../ui/times.ts';
import type { Doing } from './message-actions.tsx';
import { MessageRow } from './message-row.tsx';
import { preview } from './message-words.ts';

export interface MessageListHandle {
  toEnd(): void;
  focusLast(): void;
}

/** Messages of one person within this stand together. */
const togetherMs = 5 * 60_000;
const nearEnd = 120;

export function MessageList({
  ref,
  conversation,
  sought,
  onAct,
  onReply,
  onView,
}: {
  ref: Ref<MessageListHandle>;
  conversation: Conversation;
  sought: string | null;
  onAct: (doing: Doing) => void;
  onReply: (message: Message) => void;
  onView: (message: Message) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const [, navigate] = useLocation();
  const scroller = useRef<HTMLDivElement>(null);
  const timeline = useTimeline(conversation.id);
  const { items } = timeline;
  const [isAtEnd, setAtEnd] = useState(true);
  const [lit, setLit] = useState<string | null>(null);
  const unreadFrom = useUnreadFrom(timeline, conversation, me.id);

  const list = useVirtualizer({
    count: items.length,
    getScrollElement: () => scroller.current,
    estimateSize: () => 64,
    getItemKey: (index) => items[index]!.key,
    overscan: 8,
    anchorTo: 'end',
    followOnAppend: true,
    scrollEndThreshold: nearEnd,
    paddingStart: 16,
    paddingEnd: 12,
  });

  const toEnd = useCallback(() => {
    if (timeline.state === 'window') act(() => timeline.open().then(() => list.scrollToEnd()));
    else list.scrollToEnd();
    // The virtualizer is the same object for the life of the list.
  }, [timeline, list]);

  const focusAt = useCallback(
    (index: number) => {
      if (index < 0 || index >= items.length) return;
      list.scrollToIndex(index, { align: 'auto' });
      requestAnimationFrame(() =>
        scroller.current?.querySelector<HTMLElement>(`[data-index="${index}"] article`)?.focus(),
      );
    },
    [items, list],
  );

  useImperativeHandle(ref, () => ({ toEnd, focusLast: () => focusAt(items.length - 1) }), [toEnd, focusAt, items]);

  useEffect(() => {
    // Without a line what is remembered is shown; what follows when the line is back.
    if (sought === null && timeline.state !== 'fresh') timeline.open().catch(() => undefined);
  }, [timeline, sought]);

  // The first time there is something, at the end or where the unread begin.
  const placed = useRef(false);
  useLayoutEffect(() => {
    if (placed.current || items.length === 0 || sought !== null) return;
    placed.current = true;
    const from = unreadFrom === null ? -1 : timeline.indexOf(unreadFrom);
    if (from > 0) list.scrollToIndex(from, { align: 'start' });
    else list.scrollToEnd();
  });

  useSought(timeline, sought, {
    show(id) {
      placed.current = true;
      setLit(id);
      const index = timeline.indexOf(id);
      list.scrollToIndex(index, { align: 'center' });
      setTimeout(() => setLit((now) => (now === id ? null : now)), 2_500);
    },
    missing() {
      note(t('room.messageGone'), 'error');
      navigate(`/c/${conversation.id}`, { replace: true });
    },
  });

  const shown = list.getVirtualItems();
  const firstShown = shown[0]?.index ?? 0;
  useEffect(() => {
    if (placed.current && firstShown < 12 && timeline.hasOlder && timeline.state !== 'empty') {
      timeline.older().catch(() => undefined);
    }
  }, [firstShown, timeline, timeline.version]);

  const lastId = items[timeline.storedCount - 1]?.id;
  useReading(conversation, lastId, isAtEnd && timeline.state === 'fresh');

  const look = useCallback(() => setAtEnd(list.isAtEnd(nearEnd)), [list]);
  // Rows that turn out larger or smaller move the end without a scroll.
  useEffect(look);

  const move = (event: KeyboardEvent) => {
    const article = (event.target as HTMLElement).closest('article');
    const isRow = event.target === article;
    const index = article ? Number(article.closest<HTMLElement>('[data-index]')?.dataset.index) : items.length;
    if (event.key === 'ArrowUp' || event.key === 'ArrowDown') {
      if (article && !isRow) return;
      event.preventDefault();
      focusAt(index + (event.key === 'ArrowUp' ? -1 : 1));
    } else if (event.key === 'End') {
      event.preventDefault();
      toEnd();
      focusAt(items.length - 1);
    } else if (isRow && (event.key === 'Enter' || event.key === 'ContextMenu')) {
      event.preventDefault();
      onAct({ message: items[index]!, anchor: article.querySelector<HTMLElement>('.bubble') ?? article });
    } else if (isRow && event.key === 'r' && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      onReply(items[index]!);
    }
  };

  /** One listener for all rows: there may be many. */
  const press = (event: MouseEvent) => {
    const target = event.target as HTMLElement;
    const button = target.closest<HTMLElement>('[data-do]');
    const index = Number(target.closest<HTMLElement>('[data-index]')?.dataset.index);
    const message = items[index];
    if (!message) return;
    if (event.type === 'contextmenu') {
      if (target.closest('a, audio, video') || getSelection()?.isCollapsed === false) return;
      event.preventDefault();
      onAct({ message, anchor: target.closest<HTMLElement>('.bubble') ?? target.closest('article')! });
    } else if (button?.dataset.do === 'more' || button?.dataset.do === 'react') {
      onAct({ message, anchor: button });
    } else if (button?.dataset.do === 'reply') {
      onReply(message);
    } else if (button?.dataset.do === 'view') {
      onView(message);
    }
  };

  const isLoading = timeline.state === 'empty' && !timeline.failed && items.length === 0;
  const isBare = !isLoading && items.length === 0;
  return (
    <div className="messages-frame">
      <div
        ref={scroller}
        className="messages"
        role="log"
        aria-live="off"
        aria-busy={isLoading}
        aria-label={t('room.messages')}
        tabIndex={0}
        onScroll={look}
        onKeyDown={move}
        onClick={press}
        onContextMenu={press}
      >
        {isLoading && <Skeleton rows={8} />}
        {isBare && (
          <Empty icon="chats" title={t(timeline.failed ? 'room.notLoaded' : 'room.nothing')}>
            {timeline.failed ? (
              <Button icon="retry" onPress={() => act(() => timeline.open())}>
                {t('common.retry')}
              </Button>
            ) : (
              <p>{t('room.nothingHint', { name: conversation.name })}</p>
            )}
          </Empty>
        )}
        <div className="messages-all" role="presentation" style={{ height: list.getTotalSize() }}>
          {shown.map(({ index, start, key }) => {
            const message = items[index]!;
            const before = items[index - 1];
            const after = items[index + 1];
            const startsDay = !before || !isSameDay(before.createdAt, message.createdAt);
            const isUnread = message.id === unreadFrom;
            return (
              <div
                key={key}
                ref={list.measureElement}
                data-index={index}
                className="messages-place"
                role="presentation"
                style={{ transform: `translateY(${start}px)` }}
              >
                <MessageRow
                  message={message}
                  isMine={message.senderId === me.id}
                  isGroup={conversation.isGroup}
                  startsDay={startsDay}
                  startsUnread={isUnread}
                  startsGroup={startsDay || isUnread || !areTogether(before, message)}
                  endsGroup={!after || !areTogether(message, after) || !isSameDay(message.createdAt, after.createdAt)}
                  isLit={lit === message.id}
                  myId={me.id}
                />
              </div>
            );
          })}
        </div>
      </div>
      {(!isAtEnd || timeline.state === 'window') && (
        <button type="button" className="to-end" onClick={toEnd} aria-label={t('room.toEnd')}>
          <Icon name="arrowDown" />
          {conversation.unread > 0 && <b className="count">{conversation.unread}</b>}
        </button>
      )}
      <ReadOut timeline={timeline} myId={me.id} />
    </div>
  );
}

function areTogether(a: Message | undefined, b: Message): boolean {
  return (
    a !== undefined &&
    a.senderId === b.senderId &&
    a.kind !== 'SYSTEM' &&
    b.kind !== 'SYSTEM' &&
    Date.parse(b.createdAt) - Date.parse(a.createdAt) < togetherMs
  );
}

/** The first message I had not read when I came in: it stays while I am here. */
function useUnreadFrom(timeline: Timeline, { unread }: Conversation, myId: string): string | null {
  const [count] = useState(unread);
  const [from, setFrom] = useState<string | null>(null);
  const isReady = timeline.state === 'fresh';
  if (from === null && isReady && count > 0) {
    let left = count;
    for (let at = timeline.storedCount - 1; at >= 0; at -= 1) {
      const message = timeline.items[at]!;
      if (message.senderId === myId || message.kind === 'SYSTEM') continue;
      left -= 1;
      if (left === 0 || at === 0) {
        setFrom(message.id);
        break;
      }
    }
  }
  return from;
}

/** Goes to a message that a link names, wherever in the past it is. */
function useSought(
  timeline: Timeline,
  sought: string | null,
  { show, missing }: { show: (id: string) => void; missing: () => void },
): void {
  const [pending, setPending] = useState(sought);
  const [last, setLast] = useState(sought);
  if (last !== sought) {
    setLast(sought);
    setPending(sought);
  }
  useEffect(() => {
    if (pending === null) return;
    if (timeline.has(pending)) return setPending(null);
    let isOver = false;
    const find = async () => {
      const { createdAt } = await pythia.messageNamed(pending);
      await timeline.around(pending, createdAt);
      if (isOver) return;
      if (!timeline.has(pending)) throw new Error('not there');
      setPending(null);
    };
    find().catch(() => isOver || missing());
    return () => {
      isOver = true;
    };
  }, [pending, timeline]);
  useEffect(() => {
    if (pending === null && sought !== null) requestAnimationFrame(() => show(sought));
  }, [pending, sought]);
}

/** Whatever is on the screen while somebody looks at it has been read. */
function useReading({ id, unread }: Conversation, lastId: string | undefined, isSeen: boolean): void {
  const [isLooking, setLooking] = useState(() => document.visibilityState === 'visible' && document.hasFocus());
  useEffect(() => {
    const look = () => setLooking(document.visibilityState === 'visible' && document.hasFocus());
    for (const name of ['focus', 'blur']) addEventListener(name, look);
    document.addEventListener('visibilitychange', look);
    return () => {
      for (const name of ['focus', 'blur']) removeEventListener(name, look);
      document.removeEventListener('visibilitychange', look);
    };
  }, []);
  const isDue = isSeen && isLooking && unread > 0 && lastId !== undefined;
  useEffect(() => {
    if (!isDue) return;
    let timer: ReturnType<typeof setTimeout> | undefined;
    // In a busy room once in a while is enough: what comes meanwhile begins no new wait.
    const wait = (milliseconds: number) => {
      timer = setTimeout(() => {
        urge
          .mark(id, 'read')
          .then(() => changeConversation(id, (now) => (now.unread === 0 ? now : { ...now, unread: 0 })))
          .catch(() => timer !== undefined && wait(5_000));
      }, milliseconds);
    };
    wait(300);
    return () => {
      clearTimeout(timer);
      timer = undefined;
    };
  }, [id, isDue]);
}

/** New messages of others, for those who listen to the screen. */
function ReadOut({ timeline, myId }: { timeline: Timeline; myId: string }) {
  const [said, setSaid] = useState('');
  const last = timeline.items[timeline.storedCount - 1];
  const first = useRef(last?.id);
  useEffect(() => {
    if (!last || last.id === first.current || last.senderId === myId) return;
    const timer = setTimeout(() => setSaid(`${last.senderName}: ${preview(last)}`), 500);
    return () => clearTimeout(timer);
  }, [last, myId]);
  return (
    <p className="hidden-text" aria-live="polite">
      {said}
    </p>
  );
}
