// Over everything: what rings, and the call I am in.

import { lazy, Suspense, useEffect, useRef } from 'react';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/nerutalk-calls.ts';
import { useMe } from '../api/session.ts';
import { useStore } from '../store/store.ts';
import { Button, IconButton } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar } from '../ui/pieces.tsx';
import { answer, current, decline, followCalls, rings, trouble } from './calling.ts';
import { chooseRingTone, ringOut, ringsAloud } from './ring-tone.ts';
import './calls.css';

const CallScreen = lazy(() => import('./call-screen.tsx'));

export default function CallsLayer() {
  const { id } = useMe();
  const now = useStore(current);
  const ringing = useStore(rings);
  useEffect(followCalls, [id]);
  return (
    <>
      {createPortal(
        // React Aria leaves it within reach while a dialog is open.
        <div className="rings" data-react-aria-top-layer="true">
          {ringing.map((call) => (
            <Ring key={call.id} call={call} />
          ))}
        </div>,
        document.body,
      )}
      <Suspense>{now && <CallScreen now={now} />}</Suspense>
      <Trouble />
    </>
  );
}

function Ring({ call }: { call: Call }) {
  const { t } = useTranslation();
  const me = useMe();
  const isLoud = useStore(ringsAloud);
  const card = useRef<HTMLElement>(null);
  const caller = call.participants.find(({ id }) => id === call.callerId) ?? call.participants[0]!;
  const others = call.participants.filter(({ id }) => id !== me.id && id !== caller.id).map(({ name }) => name);
  const title = t(call.kind === 'video' ? 'calls.videoFrom' : 'calls.audioFrom', { name: caller.name });

  useEffect(() => ringOut(() => notify(call.id, title)), [call.id, title]);
  useEffect(() => () => void dropNotice(call.id), [call.id]);
  useEffect(() => {
    // Whoever is writing goes on writing: a space must not answer a call.
    if (document.activeElement === document.body) card.current?.focus();
  }, []);

  return (
    <section ref={card} className="ring" role="alertdialog" aria-label={title} tabIndex={-1}>
      <p className="hidden-text" role="alert">
        {title}
      </p>
      <span className="ring-face">
        <Avatar id={caller.id} name={caller.name} url={caller.avatarUrl} />
      </span>
      <div className="ring-words" aria-hidden="true">
        <strong>{caller.name}</strong>
        <small>{t(call.kind === 'video' ? 'calls.video' : 'calls.audio')}</small>
        {others.length > 0 && <small>{t('calls.with', { names: others.join(', ') })}</small>}
      </div>
      <IconButton
        icon={isLoud ? 'bell' : 'mute'}
        label={t(isLoud ? 'calls.silence' : 'calls.unsilence')}
        onPress={() => chooseRingTone(!isLoud)}
      />
      <div className="ring-choices">
        <button type="button" className="call-button call-button-no" onClick={() => decline(call)}>
          <Icon name="hangUp" />
          {t('calls.decline')}
        </button>
        {call.kind === 'video' && (
          <button type="button" className="call-button" onClick={() => answer(call, 'audio')}>
            <Icon name="call" />
            {t('calls.answerUnseen')}
          </button>
        )}
        <button type="button" className="call-button call-button-yes" onClick={() => answer(call)}>
          <Icon name={call.kind === 'video' ? 'video' : 'call'} />
          {t('calls.answer')}
        </button>
      </div>
    </section>
  );
}

const tagOf = (id: number) => `call-${id}`;

/** Where nobody looks at the page; a page that is open is sent no push. */
function notify(id: number, title: string): void {
  if (!document.hidden || !('Notification' in window) || Notification.permission !== 'granted') return;
  const notice = { tag: tagOf(id), icon: '/app/icon.svg', data: location.pathname, requireInteraction: true };
  navigator.serviceWorker?.ready.then((worker) => worker.showNotification(title, notice)).catch(() => undefined);
}

async function dropNotice(id: number): Promise<void> {
  const worker = await navigator.serviceWorker?.getRegistration('/app').catch(() => undefined);
  for (const notice of (await worker?.getNotifications({ tag: tagOf(id) })) ?? []) notice.close();
}

/** Why there is no call, kindly. */
function Trouble() {
  const { t } = useTranslation();
  const now = useStore(trouble);
  if (!now) return null;
  const close = () => trouble.set(null);
  return (
    <Dialog title={t(`calls.${now.kind}`)} onClose={close}>
      <p>{t(`calls.${now.kind}Text`)}</p>
      <div className="dialog-actions">
        <Button onPress={close}>{t('common.close')}</Button>
        {now.kind === 'denied' && (
          <Button kind="primary" autoFocus onPress={() => (close(), now.again())}>
            {t('common.retry')}
          </Button>
        )}
      </div>
    </Dialog>
  );
}
