// One conversation: who is in it, what was said, and what to say.

import { lazy, Suspense, useCallback, useEffect, useRef, useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { Refused } from '../api/http.ts';
import { useMe } from '../api/session.ts';
import type { Message } from '../api/shapes.ts';
import { fetchConversation, useConversation } from '../store/conversations.ts';
import { timelineOf } from '../store/timeline.ts';
import { sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Empty, Spinner } from '../ui/pieces.tsx';
import { Composer } from './composer.tsx';
import { MessageActions, type Doing } from './message-actions.tsx';
import { MessageList, type MessageListHandle } from './message-list.tsx';
import { RoomHeader } from './room-header.tsx';

const Attaching = lazy(() => import('./attaching.tsx'));
const ImageViewer = lazy(() => import('./image-viewer.tsx'));
const ForwardDialog = lazy(() => import('./forward-dialog.tsx'));
const RoomInfo = lazy(() => import('./room-info.tsx'));

/** What the composer writes to: nothing yet, an answer, or a change of what was said. */
export type Reference = { kind: 'reply' | 'edit'; message: Message } | null;

export function Room({ id, sought }: { id: string; sought: string | null }) {
  const { t } = useTranslation();
  const me = useMe();
  const [, navigate] = useLocation();
  const conversation = useConversation(id);
  const timeline = timelineOf(id);
  const [error, setError] = useState<unknown>(null);
  const [reference, setReference] = useState<Reference>(null);
  const [doing, setDoing] = useState<Doing | null>(null);
  const [files, setFiles] = useState<readonly File[]>([]);
  const [viewed, setViewed] = useState<Message | null>(null);
  const [forwarded, setForwarded] = useState<Message | null>(null);
  const [showsInfo, setShowsInfo] = useState(false);
  const list = useRef<MessageListHandle>(null);
  const writing = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (!conversation) fetchConversation(id).catch(setError);
    // Only when the room is entered.
  }, [id]);

  const refer = useCallback((next: Reference) => {
    setReference(next);
    writing.current?.focus();
  }, []);
  const view = useCallback((message: Message) => setViewed(message), []);
  const reply = useCallback((message: Message) => refer({ kind: 'reply', message }), [refer]);
  const attach = useCallback((chosen: File[]) => setFiles((now) => [...now, ...chosen]), []);
  const drop = useDrop(attach);
  const showInfo = useCallback(() => setShowsInfo(true), []);
  const toEnd = useCallback(() => list.current?.toEnd(), []);
  const toLast = useCallback(() => list.current?.focusLast(), []);
  const lastOwn = useCallback(
    () =>
      timeline.items.findLast(
        ({ senderId, kind, status }) => senderId === me.id && kind === 'TEXT' && !/SENDING|FAILED/.test(status),
      ),
    [timeline, me.id],
  );
  const close = () => {
    setDoing(null);
    doing?.anchor.closest('article')?.focus();
  };

  if (!conversation) {
    if (error === null) {
      return (
        <section className="room room-none">
          <Spinner />
        </section>
      );
    }
    const isGone = error instanceof Refused && (error.status === 404 || error.status === 403);
    return (
      <section className="room room-none">
        <Empty icon="warning" title={isGone ? t('room.gone') : sentence(error)}>
          <Button onPress={() => navigate('/')}>{t('room.back')}</Button>
        </Empty>
      </section>
    );
  }

  return (
    <section className="room" aria-label={conversation.name} {...drop.events}>
      <RoomHeader conversation={conversation} onInfo={showInfo} />
      <MessageList
        ref={list}
        conversation={conversation}
        sought={sought}
        onAct={setDoing}
        onReply={reply}
        onView={view}
      />
      <Composer
        ref={writing}
        conversation={conversation}
        reference={reference}
        onReference={refer}
        onFiles={attach}
        onSent={toEnd}
        lastOwn={lastOwn}
        onLeaveUp={toLast}
      />
      {drop.isOver && (
        <div className="drop">
          <Icon name="attach" />
          <p>{t('room.drop')}</p>
        </div>
      )}
      {doing && (
        <MessageActions
          doing={doing}
          onClose={close}
          onReply={reply}
          onEdit={(message) => refer({ kind: 'edit', message })}
          onForward={setForwarded}
        />
      )}
      <Suspense>
        {files.length > 0 && (
          <Attaching
            conversation={conversation}
            files={files}
            replyTo={reference?.kind === 'reply' ? reference.message : null}
            onChange={setFiles}
            onSent={() => {
              setReference(null);
              list.current?.toEnd();
            }}
          />
        )}
        {viewed && <ImageViewer timeline={timeline} message={viewed} onClose={() => setViewed(null)} />}
        {forwarded && <ForwardDialog message={forwarded} onClose={() => setForwarded(null)} />}
        {showsInfo && <RoomInfo conversation={conversation} onClose={() => setShowsInfo(false)} />}
      </Suspense>
    </section>
  );
}

/** Files dragged over the room, and let go there. */
function useDrop(onFiles: (files: File[]) => void) {
  const [isOver, setOver] = useState(false);
  const depth = useRef(0);
  const hasFiles = (event: DragEvent) => event.dataTransfer.types.includes('Files');
  return {
    isOver,
    events: {
      onDragEnter(event: DragEvent) {
        if (!hasFiles(event)) return;
        depth.current += 1;
        setOver(true);
      },
      onDragLeave(event: DragEvent) {
        if (!hasFiles(event)) return;
        depth.current -= 1;
        if (depth.current <= 0) setOver(false);
      },
      onDragOver(event: DragEvent) {
        if (hasFiles(event)) event.preventDefault();
      },
      onDrop(event: DragEvent) {
        if (!hasFiles(event)) return;
        event.preventDefault();
        depth.current = 0;
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      },
    },
  };
}
