// Every public channel, and who is in it.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import * as pythia from '../api/pythia.ts';
import type { Channel } from '../api/shapes.ts';
import { sentence } from '../ui/acting.ts';
import { Button, SearchField } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';

export default function ChannelsPart() {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [open, setOpen] = useState<Channel | null>(null);
  const channels = useQuery({ queryKey: ['channels'], queryFn: pythia.channels, staleTime: 0 });
  const wanted = words.trim().toLocaleLowerCase();
  const shown = channels.data?.filter(({ name, description }) =>
    `${name} ${description ?? ''}`.toLocaleLowerCase().includes(wanted),
  );
  return (
    <>
      <SearchField label={t('channels.filter')} value={words} onChange={setWords} />
      {channels.isPending && <Skeleton rows={4} />}
      {channels.isError && <p className="hint">{sentence(channels.error)}</p>}
      {channels.data?.length === 0 && (
        <Empty icon="hash" title={t('channels.none')}>
          <Link href="/channels">{t('channels.make')}</Link>
        </Empty>
      )}
      <ul className="cards">
        {shown?.map((channel) => (
          <li key={channel.id} className="card">
            <Avatar id={channel.id} name={channel.name} url={null} shape="square" />
            <span>
              <strong>{channel.name}</strong>
              <p>{channel.description}</p>
              <small>{t('room.members', { count: channel.memberCount })}</small>
            </span>
            <Button aria-label={t('console.membersOf', { name: channel.name })} onPress={() => setOpen(channel)}>
              {t('console.members')}
            </Button>
          </li>
        ))}
      </ul>
      {open && <Members channel={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Members({ channel: { id, name }, onClose }: { channel: Channel; onClose: () => void }) {
  const { t } = useTranslation();
  const members = useQuery({ queryKey: ['members', id], queryFn: () => pythia.membersOf(id), staleTime: 0 });
  return (
    <Dialog title={t('console.membersOf', { name })} onClose={onClose}>
      {members.isPending && <Skeleton rows={3} />}
      {members.isError && <p className="hint">{sentence(members.error)}</p>}
      <ul className="choices">
        {members.data?.map((person) => (
          <li key={person.id}>
            <Link href={`/console/people/${person.id}`} onClick={onClose}>
              <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="small" />
              <span>{person.name}</span>
            </Link>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
