// The head of a room: whose it is, whether they are here, and what can be done with all of it.

import { memo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import type { Conversation } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { changeConversation, dropConversation } from '../store/conversations.ts';
import { usePresence, useTyping } from '../store/people.ts';
import { timelineOf } from '../store/timeline.ts';
import { act } from '../ui/acting.ts';
import { IconButton } from '../ui/controls.tsx';
import { Confirm, MenuButton } from '../ui/floating.tsx';
import type { MenuChoice } from '../ui/overlays.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { CallButtons } from './call-buttons.tsx';
import { useOther } from './other.ts';
import { isSameRoom } from './same-room.ts';

export const RoomHeader = memo(function RoomHeader({
  conversation,
  onInfo,
}: {
  conversation: Conversation;
  onInfo: () => void;
}) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const other = useOther(conversation);
  const { isOnline } = usePresence(other);
  const [asked, setAsked] = useState<'clear' | 'remove' | null>(null);
  const { id, isMuted, isArchived, isFavorite } = conversation;

  const set = (verb: urge.Mark, change: Partial<Conversation>) =>
    act(async () => {
      await urge.mark(id, verb);
      changeConversation(id, (now) => ({ ...now, ...change }));
    });
  const choices: MenuChoice[] = [
    { id: 'info', label: t('room.info'), icon: 'info', act: onInfo },
    { id: 'search', label: t('room.search'), icon: 'search', act: () => navigate(`/search?in=${id}`) },
    isMuted
      ? { id: 'unmute', label: t('room.unmute'), icon: 'bell', act: () => set('unmute', { isMuted: false }) }
      : { id: 'mute', label: t('room.mute'), icon: 'mute', act: () => set('mute', { isMuted: true }) },
    {
      id: 'favorite',
      label: t(isFavorite ? 'room.unfavorite' : 'room.favorite'),
      icon: 'star',
      act: () => set('favorite', { isFavorite: !isFavorite }),
    },
    isArchived
      ? {
          id: 'unarchive',
          label: t('room.unarchive'),
          icon: 'archive',
          act: () => set('unarchive', { isArchived: false }),
        }
      : { id: 'archive', label: t('room.archive'), icon: 'archive', act: () => set('archive', { isArchived: true }) },
    { id: 'clear', label: t('room.clear'), icon: 'trash', danger: true, act: () => setAsked('clear') },
    ...(conversation.isGroup
      ? []
      : [
          {
            id: 'remove',
            label: t('room.remove'),
            icon: 'close' as const,
            danger: true,
            act: () => setAsked('remove'),
          },
        ]),
  ];

  const clear = async () => {
    await urge.clearHistory(id);
    timelineOf(id).clear();
    changeConversation(id, (now) => ({ ...now, lastMessage: null, unread: 0 }));
  };
  const remove = async () => {
    await urge.removeConversation(id);
    dropConversation(id);
    navigate('/');
  };

  return (
    <header className="room-head">
      <Link href="/" className="icon-button room-back" aria-label={t('room.back')}>
        <Icon name="back" />
      </Link>
      <button
        type="button"
        className="room-title"
        onClick={onInfo}
        aria-label={t('room.infoOf', { name: conversation.name })}
      >
        <Avatar
          id={other?.id ?? id}
          name={conversation.name}
          url={conversation.avatarUrl}
          isOnline={isOnline}
          shape={conversation.isGroup ? 'square' : 'round'}
        />
        <span>
          <strong>{conversation.name}</strong>
          <Standing conversation={conversation} />
        </span>
      </button>
      <CallButtons conversation={conversation} />
      <span className="room-search">
        <IconButton icon="search" label={t('room.search')} onPress={() => navigate(`/search?in=${id}`)} />
      </span>
      <MenuButton icon="more" label={t('room.more')} choices={choices} />
      {asked && (
        <Confirm
          title={t(`room.${asked}`)}
          text={t(`room.${asked}Text`)}
          action={t(`room.${asked}`)}
          onConfirm={() => act(asked === 'clear' ? clear : remove)}
          onClose={() => setAsked(null)}
        />
      )}
    </header>
  );
}, isSameRoom);

function Standing({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const other = useOther(conversation);
  const { isOnline, lastSeen } = usePresence(other);
  const typing = useTyping(conversation.id);
  if (typing.length > 0) {
    return (
      <small className="room-typing">
        {t('room.typing', { names: typing.slice(0, 3).join(', '), count: typing.length })}
      </small>
    );
  }
  if (conversation.isGroup) return <small>{t('room.members', { count: conversation.memberCount })}</small>;
  if (isOnline) return <small>{t('room.online')}</small>;
  return <small>{lastSeen === null ? t('room.offline') : t('room.lastSeen', { time: brief(lastSeen) })}</small>;
}
