// What can be done with a message: one menu for all of them.

import { lazy, Suspense, useMemo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '../api/session.ts';
import type { Message } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { forgetMessage } from '../live/pythia.ts';
import { timelineOf } from '../store/timeline.ts';
import { act } from '../ui/acting.ts';
import { IconButton } from '../ui/controls.tsx';
import { Confirm, FloatAt, MenuAt } from '../ui/floating.tsx';
import type { MenuChoice } from '../ui/overlays.tsx';
import { note, Spinner } from '../ui/pieces.tsx';
import { quickReactions, toggle } from './reacting.ts';

const EmojiGrid = lazy(() => import('./emoji-grid.tsx'));
const ReportDialog = lazy(() => import('./report-dialog.tsx'));

/** A message something is to be done with, and where on the screen that was said. */
export interface Doing {
  message: Message;
  anchor: HTMLElement;
}

export function MessageActions({
  doing: { message, anchor },
  onClose,
  onReply,
  onEdit,
  onForward,
}: {
  doing: Doing;
  onClose: () => void;
  onReply: (message: Message) => void;
  onEdit: (message: Message) => void;
  onForward: (message: Message) => void;
}) {
  const { t } = useTranslation();
  const me = useMe();
  const at = useRef<Element>(anchor);
  const [step, setStep] = useState<'menu' | 'emoji' | 'report' | 'delete'>('menu');
  const isMine = message.senderId === me.id;
  const isStored = message.status !== 'SENDING' && message.status !== 'FAILED';

  const choices = useMemo((): MenuChoice[] => {
    const all: (MenuChoice | false)[] = [
      { id: 'reply', label: t('message.reply'), icon: 'reply', act: () => onReply(message) },
      message.kind === 'TEXT' &&
        isMine && { id: 'edit', label: t('message.edit'), icon: 'edit', act: () => onEdit(message) },
      message.content !== '' && {
        id: 'copy',
        label: t('message.copy'),
        icon: 'copy',
        act: () => act(() => copy(message.content)),
      },
      { id: 'link', label: t('message.copyLink'), icon: 'link', act: () => act(() => copy(addressOf(message))) },
      { id: 'forward', label: t('message.forward'), icon: 'forward', act: () => onForward(message) },
      {
        id: 'star',
        label: t(message.isStarred ? 'message.unstar' : 'message.star'),
        icon: 'star',
        act: () => act(() => star(message)),
      },
      !isMine && {
        id: 'report',
        label: t('message.report'),
        icon: 'flag',
        stays: true,
        act: () => setStep('report'),
      },
      {
        id: 'delete',
        label: t('message.delete'),
        icon: 'trash',
        danger: true,
        stays: true,
        act: () => setStep('delete'),
      },
    ];
    return all.filter((each) => each !== false);
    // Made once for each message it opens on.
  }, [message, t]);

  const copy = async (text: string) => {
    await navigator.clipboard.writeText(text);
    note(t('common.copied'));
  };

  if (!isStored) return null;
  if (step === 'delete') {
    return (
      <Confirm
        title={t('message.delete')}
        text={t(isMine ? 'message.deleteMine' : 'message.deleteTheirs')}
        action={t('message.delete')}
        onConfirm={() => act(() => remove(message))}
        onClose={onClose}
      />
    );
  }
  if (step === 'report') {
    return (
      <Suspense>
        <ReportDialog message={message} onClose={onClose} />
      </Suspense>
    );
  }
  if (step === 'emoji') {
    return (
      <FloatAt label={t('message.react')} anchor={at} onClose={onClose}>
        <Suspense fallback={<Spinner />}>
          <EmojiGrid onChoose={(emoji) => (onClose(), act(() => toggle(message, emoji)))} />
        </Suspense>
      </FloatAt>
    );
  }
  return (
    <MenuAt
      label={t('message.more')}
      anchor={at}
      choices={choices}
      onClose={onClose}
      above={
        <div className="quick" role="group" aria-label={t('message.react')}>
          {quickReactions.map((emoji) => (
            <button
              key={emoji}
              type="button"
              onClick={() => (onClose(), act(() => toggle(message, emoji)))}
              aria-label={emoji}
            >
              {emoji}
            </button>
          ))}
          <IconButton icon="plus" label={t('message.moreReactions')} onPress={() => setStep('emoji')} />
        </div>
      }
    />
  );
}

function addressOf({ conversationId, id }: Message): string {
  return new URL(`/app/c/${conversationId}/m/${id}`, location.href).href;
}

async function star(message: Message): Promise<void> {
  await urge.star(message.id, !message.isStarred);
  timelineOf(message.conversationId).change(message.id, (now) => ({ ...now, isStarred: !message.isStarred }));
}

async function remove(message: Message): Promise<void> {
  await urge.remove(message.id);
  forgetMessage(message.conversationId, message.id);
}
