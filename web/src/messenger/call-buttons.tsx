// Calling whom a room is with: the other of two, or a group that a call can hold.

import { useTranslation } from 'react-i18next';
import type { CallKind } from '../api/nerutalk-calls.ts';
import { useMe } from '../api/session.ts';
import type { Conversation } from '../api/shapes.ts';
import { act } from '../ui/acting.ts';
import { IconButton } from '../ui/controls.tsx';

const most = 4;

export function CallButtons({ conversation: { name, memberCount, participants } }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const me = useMe();
  const others = participants.map(({ id }) => id).filter((id) => id !== me.id);
  if (others.length === 0 || memberCount > most) return null;
  const call = (kind: CallKind) => act(async () => (await import('../calls/calling.ts')).startCall(others, kind));
  return (
    <>
      <IconButton icon="call" label={t('calls.audioTo', { name })} onPress={() => call('audio')} />
      <IconButton icon="video" label={t('calls.videoTo', { name })} onPress={() => call('video')} />
    </>
  );
}
