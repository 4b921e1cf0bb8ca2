// The call I am in: everybody in it, and what I can do. It fills the screen, or stands small beside everything else.

import { useEffect, useRef, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { createPortal } from 'react-dom';
import { useTranslation } from 'react-i18next';
import type { Call } from '../api/nerutalk-calls.ts';
import { useMe } from '../api/session.ts';
import { useStore } from '../store/store.ts';
import { act } from '../ui/acting.ts';
import { Icon, type IconName } from '../ui/icons.tsx';
import { Avatar } from '../ui/pieces.tsx';
import { length } from '../ui/times.ts';
import { hangUp, isWide, ringTime, trouble, type Current } from './calling.ts';
import { canShowScreen, MediaRefused } from './own-media.ts';
import type { Peer } from './peer.ts';

export default function CallScreen({ now }: { now: Current }) {
  const { t } = useTranslation();
  const wide = useStore(isWide);
  const me = useMe();
  const clock = useClock();
  const rings = clock - Date.parse(now.call.startedAt) < ringTime;
  const others = now.call.participants.filter(({ id, isIn, isOut }) => id !== me.id && (isIn || (rings && !isOut)));
  const names = others.map(({ name }) => name).join(', ');
  const title = t('calls.callWith', { names });
  const screen = (
    <>
      <header className="call-head">
        <h2>{names}</h2>
        <Standing now={now} clock={clock} />
      </header>
      <div className="call-people" data-count={others.length}>
        {others.map((person) => (
          <Tile key={person.id} person={person} peer={now.peers.get(person.id)} isRinging={!person.isIn} />
        ))}
        <OwnTile now={now} />
      </div>
      <Controls now={now} wide={wide} />
    </>
  );
  if (wide) {
    return (
      <ModalOverlay className="call-overlay" isOpen onOpenChange={(isOpen) => !isOpen && isWide.set(false)}>
        <Modal className="call-modal">
          <Dialog className="call" aria-label={title}>
            {screen}
          </Dialog>
        </Modal>
      </ModalOverlay>
    );
  }
  return createPortal(
    <section className="call call-small" aria-label={title} data-react-aria-top-layer="true">
      {screen}
    </section>,
    document.body,
  );
}

/** How far it is: rings, connects, or for how long it goes on. */
function Standing({ now: { call, peers }, clock }: { now: Current; clock: number }) {
  const { t } = useTranslation();
  const states = useStates(peers);
  const seconds = call.answeredAt === null ? 0 : Math.max(0, (clock - Date.parse(call.answeredAt)) / 1_000);
  const isLost = states.length > 0 && states.every((state) => state === 'lost');
  if (call.status === 'initiated') return <p role="status">{t('calls.ringing')}</p>;
  if (isLost) return <p role="status">{t('calls.reconnecting')}</p>;
  if (!states.includes('connected')) return <p role="status">{t('calls.connecting')}</p>;
  return <p role="timer">{length(seconds)}</p>;
}

function useStates(peers: ReadonlyMap<string, Peer>) {
  const [, look] = useState(0);
  useEffect(() => {
    const ends = [...peers.values()].map(({ view }) => view.subscribe(() => look((count) => count + 1)));
    return () => ends.forEach((end) => end());
  }, [peers]);
  return [...peers.values()].map(({ view }) => view.get().state);
}

/** Now, each second anew. */
function useClock(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), 1_000);
    return () => clearInterval(ticking);
  }, []);
  return now;
}

type Person = Call['participants'][number];

function Tile({ person, peer, isRinging }: { person: Person; peer: Peer | undefined; isRinging: boolean }) {
  if (peer) return <PeerTile person={person} peer={peer} />;
  return (
    <figure className={isRinging ? 'tile tile-ringing' : 'tile'}>
      <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="large" />
      <figcaption>{person.name}</figcaption>
    </figure>
  );
}

function PeerTile({ person, peer }: { person: Person; peer: Peer }) {
  const { t } = useTranslation();
  const { stream, state, shown } = useStore(peer.view);
  const isSeen = state !== 'connecting' && shown.film;
  return (
    <figure className="tile" data-state={state}>
      <Film stream={stream} isSeen={isSeen} isWhole={shown.screen} label={t('calls.filmOf', { name: person.name })} />
      {!isSeen && <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="large" />}
      <figcaption>
        {!shown.sound && <Icon name="micOff" />}
        {person.name}
        {!shown.sound && <span className="hidden-text">{t('calls.isMuted')}</span>}
      </figcaption>
    </figure>
  );
}

function OwnTile({ now: { media } }: { now: Current }) {
  const { t } = useTranslation();
  const me = useMe();
  const { preview, film, screen } = useStore(media.view);
  return (
    <figure className="tile tile-own">
      <Film stream={preview} isSeen={film} isWhole={screen} isMine label={t('calls.ownFilm')} />
      {!film && <Avatar id={me.id} name={me.name} url={me.avatarUrl} />}
      <figcaption>{t('list.you')}</figcaption>
    </figure>
  );
}

function Film({
  stream,
  isSeen,
  isWhole,
  isMine = false,
  label,
}: {
  stream: MediaStream | null;
  isSeen: boolean;
  /** A screen is shown to its edges, a face fills its place. */
  isWhole: boolean;
  isMine?: boolean;
  label: string;
}) {
  const film = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (!film.current || film.current.srcObject === stream) return;
    film.current.srcObject = stream;
    film.current.play().catch(() => undefined);
  }, [stream]);
  const kind = `${isWhole ? ' film-whole' : ''}${isMine && !isWhole ? ' film-mine' : ''}`;
  return (
    <video
      ref={film}
      className={`film${kind}`}
      data-seen={isSeen}
      muted={isMine}
      autoPlay
      playsInline
      aria-label={label}
      aria-hidden={!isSeen}
    />
  );
}

function Controls({ now: { media }, wide }: { now: Current; wide: boolean }) {
  const { t } = useTranslation();
  const { sound, film, screen } = useStore(media.view);
  const change = (work: () => Promise<void>) =>
    act(async () => {
      try {
        await work();
      } catch (error) {
        if (!(error instanceof MediaRefused)) throw error;
        trouble.set({ kind: error.kind, again: () => change(work) });
      }
    });
  return (
    <div className="call-controls" role="toolbar" aria-label={t('calls.controls')}>
      <Control
        icon={sound ? 'mic' : 'micOff'}
        label={t(sound ? 'calls.mute' : 'calls.unmute')}
        isOff={!sound}
        onPress={() => change(() => media.toggleSound())}
      />
      <Control
        icon={film && !screen ? 'video' : 'videoOff'}
        label={t(film && !screen ? 'calls.cameraOff' : 'calls.cameraOn')}
        isOff={!film || screen}
        onPress={() => change(() => media.toggleCamera())}
      />
      {canShowScreen && wide && (
        <Control
          icon="screen"
          label={t(screen ? 'calls.screenOff' : 'calls.screenOn')}
          isOff={!screen}
          onPress={() => change(() => media.toggleScreen())}
        />
      )}
      <Control
        icon={wide ? 'minimize' : 'maximize'}
        label={t(wide ? 'calls.small' : 'calls.wide')}
        onPress={() => isWide.set(!wide)}
      />
      <Control icon="hangUp" label={t('calls.hangUp')} isEnd onPress={() => act(() => hangUp())} />
    </div>
  );
}

function Control({
  icon,
  label,
  isOff = false,
  isEnd = false,
  onPress,
}: {
  icon: IconName;
  label: string;
  isOff?: boolean;
  isEnd?: boolean;
  onPress: () => void;
}) {
  return (
    <button
      type="button"
      className={`call-control${isOff ? ' call-control-off' : ''}${isEnd ? ' call-control-end' : ''}`}
      aria-label={label}
      title={label}
      onClick={onPress}
    >
      <Icon name={icon} />
    </button>
  );
}
