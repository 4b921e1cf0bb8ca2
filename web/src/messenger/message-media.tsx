// Whatever is no text: pictures, films, sound, documents, places, contacts. Each has its size before it is there, so that
// nothing moves when it comes; a document is saved and never opened in the page.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../api/shapes.ts';
import { discard } from '../store/outbox.ts';
import { act } from '../ui/acting.ts';
import { Icon } from '../ui/icons.tsx';
import { size } from '../ui/times.ts';
import { contactOf, documentOf, placeOf } from './message-words.ts';
import { VoicePlayer } from './voice-player.tsx';

export function MessageMedia({ message }: { message: Message }) {
  const address = isShowable(message.mediaUrl) ? message.mediaUrl : null;
  switch (message.kind) {
    case 'IMAGE':
      return <Picture message={message} address={address} />;
    case 'VIDEO':
      return <Film message={message} address={address} />;
    case 'AUDIO':
    case 'VOICE':
      return address === null ? null : (
        <div className="media-voice">
          <VoicePlayer address={address} duration={message.duration} />
          <Progress message={message} />
        </div>
      );
    case 'DOCUMENT':
      return <Document message={message} address={address} />;
    case 'LOCATION':
      return <Place message={message} />;
    case 'CONTACT':
      return <Contact message={message} />;
    case 'TEXT':
    case 'SYSTEM':
      return null;
  }
}

/** Addresses are other people's words: only these kinds are ever asked for. */
function isShowable(address: string | null): address is string {
  return address !== null && /^(https?:\/\/|blob:|\/)/i.test(address);
}

function Picture({ message, address }: { message: Message; address: string | null }) {
  const { t } = useTranslation();
  const [isBroken, setBroken] = useState(false);
  if (address === null || isBroken) return <Elsewhere address={address} name={t('message.photo')} />;
  const isSticker = /\/static\/(stickers|gifs)\//.test(address);
  return (
    <div className={isSticker ? 'media-sticker' : 'media-picture'}>
      <button
        type="button"
        data-do="view"
        aria-label={t('message.open', { name: message.content || t('message.photo') })}
      >
        <img
          src={isSticker ? address : (message.thumbnailUrl ?? address)}
          alt={message.content || t('message.photo')}
          loading="lazy"
          decoding="async"
          onError={() => setBroken(true)}
        />
      </button>
      <Progress message={message} />
    </div>
  );
}

function Film({ message, address }: { message: Message; address: string | null }) {
  const { t } = useTranslation();
  if (address === null) return <Elsewhere address={address} name={t('message.video')} />;
  const poster = isShowable(message.thumbnailUrl) ? message.thumbnailUrl : undefined;
  return (
    <div className="media-picture">
      <video src={address} controls preload={poster === undefined ? 'metadata' : 'none'} poster={poster} playsInline>
        <track kind="captions" />
      </video>
      <Progress message={message} />
    </div>
  );
}

function Document({ message, address }: { message: Message; address: string | null }) {
  const { t } = useTranslation();
  const { name, size: bytes } = documentOf(message.content);
  const inside = (
    <>
      <span className="media-icon">
        <Icon name="document" />
      </span>
      <span className="media-words">
        <strong>{name}</strong>
        <small>{bytes > 0 ? size(bytes) : t('message.document')}</small>
      </span>
    </>
  );
  return (
    <div className="media-document">
      {address === null ? (
        <span>{inside}</span>
      ) : (
        <a href={address} download={name} target="_blank" rel="noopener noreferrer">
          {inside}
        </a>
      )}
      <Progress message={message} />
    </div>
  );
}

function Place({ message }: { message: Message }) {
  const { t } = useTranslation();
  const place = placeOf(message.content);
  return (
    <div className="media-document">
      <span>
        <span className="media-icon">
          <Icon name="location" />
        </span>
        <span className="media-words">
          <strong>{t('message.location')}</strong>
          <small>{place && `${place.latitude.toFixed(4)}, ${place.longitude.toFixed(4)}`}</small>
        </span>
      </span>
    </div>
  );
}

function Contact({ message }: { message: Message }) {
  const { name, phone } = contactOf(message.content);
  return (
    <div className="media-document">
      <span>
        <span className="media-icon">
          <Icon name="user" />
        </span>
        <span className="media-words">
          <strong>{name}</strong>
          <small>{phone}</small>
        </span>
      </span>
    </div>
  );
}

/** What the page does not show can still be gone to. */
function Elsewhere({ address, name }: { address: string | null; name: string }) {
  const { t } = useTranslation();
  return (
    <div className="media-document">
      {address === null ? (
        <span>{name}</span>
      ) : (
        <a href={address} target="_blank" rel="noopener noreferrer nofollow">
          <span className="media-icon">
            <Icon name="link" />
          </span>
          <span className="media-words">
            <strong>{name}</strong>
            <small>{t('message.elsewhere')}</small>
          </span>
        </a>
      )}
    </div>
  );
}

/** How far a file is on its way; pressed, it goes no further. */
function Progress({ message }: { message: Message }) {
  const { t } = useTranslation();
  if (message.progress === undefined) return null;
  const percent = Math.round(message.progress * 100);
  return (
    <div className="media-progress">
      <progress max={100} value={percent} aria-label={t('message.uploading')} />
      <button
        type="button"
        className="icon-button"
        aria-label={t('message.cancelUpload')}
        onClick={() => act(() => discard(message.key))}
      >
        <Icon name="close" />
      </button>
    </div>
  );
}
