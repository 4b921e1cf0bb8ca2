// Channels that anybody may join, and making one (Pythia).

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import * as pythia from '../api/pythia.ts';
import type { Channel } from '../api/shapes.ts';
import { conversations, fetchConversation } from '../store/conversations.ts';
import { queries } from '../store/queries.ts';
import { useStore } from '../store/store.ts';
import { act, attempt, sentence } from '../ui/acting.ts';
import { Button, Field, SearchField } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';

export default function ChannelsPage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const mine = useStore(conversations, ({ byId }) => byId);
  const [words, setWords] = useState('');
  const [isMaking, setMaking] = useState(false);
  const channels = useQuery({ queryKey: ['channels'], queryFn: pythia.channels });
  const wanted = words.trim().toLocaleLowerCase();
  const shown = channels.data?.filter(({ name, description }) =>
    `${name} ${description ?? ''}`.toLocaleLowerCase().includes(wanted),
  );

  const open = async (channel: Channel) => {
    if (!mine.has(channel.id)) {
      await pythia.joinChannel(channel.id).catch(async (error: unknown) => {
        // A member whose list does not reach that far down.
        await fetchConversation(channel.id).catch(() => {
          throw error;
        });
      });
    }
    await fetchConversation(channel.id);
    await queries.invalidateQueries({ queryKey: ['channels'] });
    navigate(`/c/${channel.id}`);
  };

  return (
    <section className="page" aria-label={t('nav.channels')}>
      <header className="page-head">
        <h1>{t('nav.channels')}</h1>
        <Button kind="primary" icon="plus" onPress={() => setMaking(true)}>
          {t('channels.make')}
        </Button>
      </header>
      <SearchField label={t('channels.filter')} value={words} onChange={setWords} />
      {channels.isPending && <Skeleton />}
      {channels.isError && (
        <Empty icon="warning" title={sentence(channels.error)}>
          <Button onPress={() => act(() => channels.refetch())}>{t('common.retry')}</Button>
        </Empty>
      )}
      {channels.data?.length === 0 && (
        <Empty icon="hash" title={t('channels.none')}>
          <p>{t('channels.noneHint')}</p>
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
            <Button
              kind={mine.has(channel.id) ? 'plain' : 'primary'}
              aria-label={t(mine.has(channel.id) ? 'channels.openOf' : 'channels.joinOf', { name: channel.name })}
              onPress={() => act(() => open(channel))}
            >
              {t(mine.has(channel.id) ? 'channels.open' : 'channels.join')}
            </Button>
          </li>
        ))}
      </ul>
      {isMaking && <NewChannel onClose={() => setMaking(false)} onMade={(channel) => act(() => open(channel))} />}
    </section>
  );
}

function NewChannel({ onClose, onMade }: { onClose: () => void; onMade: (channel: Channel) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const make = async () => {
    const made = await pythia.createChannel(name.trim(), description.trim());
    await fetchConversation(made.id);
    onClose();
    onMade(made);
  };
  return (
    <Dialog title={t('channels.make')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') attempt(make).catch(() => undefined);
        }}
      >
        <Field label={t('channels.name')} value={name} onChange={setName} maxLength={100} autoFocus />
        <Field label={t('channels.about')} value={description} onChange={setDescription} lines={3} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button kind="primary" type="submit" isDisabled={name.trim() === ''}>
            {t('channels.make')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
