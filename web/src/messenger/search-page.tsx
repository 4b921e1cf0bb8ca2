// Finding what was said, everywhere or in one room, and who is there.

import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation, useSearchParams } from 'wouter';
import type { Person } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { conversations, putConversations } from '../store/conversations.ts';
import { useStore } from '../store/store.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, SearchField } from '../ui/controls.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';
import { FoundMessages } from './found-messages.tsx';
import { findPeople } from './people-picker.tsx';

export default function SearchPage() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [params, setParams] = useSearchParams();
  const within = params.get('in') ?? undefined;
  const [words, setWords] = useState(params.get('q') ?? '');
  const sought = useDeferredValue(words.trim());
  const room = useStore(conversations, ({ byId }) => (within === undefined ? undefined : byId.get(within)));
  const messages = useQuery({
    queryKey: ['search', sought, within],
    queryFn: ({ signal }) => urge.findMessages(sought, within, signal),
    enabled: sought !== '',
  });
  const people = useQuery({
    queryKey: ['people', sought],
    queryFn: ({ signal }) => findPeople(sought, signal),
    enabled: sought !== '' && within === undefined,
  });

  const talk = async ({ id }: Person) => {
    const opened = await urge.openDirect(id);
    putConversations(opened);
    navigate(`/c/${opened.id}`);
  };

  return (
    <section className="page" aria-label={t('nav.search')}>
      <header className="page-head">
        <h1>{t('nav.search')}</h1>
        {within !== undefined && (
          <Button icon="close" onPress={() => setParams({})}>
            {t('search.everywhere')}
          </Button>
        )}
      </header>
      <SearchField
        label={room ? t('search.in', { name: room.name }) : t('search.words')}
        value={words}
        onChange={setWords}
        autoFocus
      />
      {sought === '' && (
        <Empty icon="search" title={t('search.title')}>
          <p>{t('search.hint')}</p>
        </Empty>
      )}
      {people.data !== undefined && people.data.length > 0 && (
        <>
          <h2>{t('search.people')}</h2>
          <ul className="choices">
            {people.data.map((person) => (
              <li key={person.id}>
                <button type="button" onClick={() => act(() => talk(person))}>
                  <Avatar
                    id={person.id}
                    name={person.name}
                    url={person.avatarUrl}
                    isOnline={person.isOnline}
                    size="small"
                  />
                  <span>
                    {person.name}
                    {person.username !== undefined && person.username !== person.name && (
                      <small>@{person.username}</small>
                    )}
                  </span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {sought !== '' && (
        <>
          <h2>{t('search.messages')}</h2>
          {messages.isLoading && <Skeleton rows={4} />}
          {messages.isError && <p className="hint">{sentence(messages.error)}</p>}
          {messages.data?.length === 0 && <p className="hint">{t('search.none')}</p>}
          {messages.data && <FoundMessages messages={messages.data} words={sought} />}
        </>
      )}
    </section>
  );
}
