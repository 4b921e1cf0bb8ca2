// What I put a star on, where I was named, and what I put away.

import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import * as pythia from '../api/pythia.ts';
import * as urge from '../api/urge.ts';
import { putConversations } from '../store/conversations.ts';
import { sentence } from '../ui/acting.ts';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { FoundMessages } from './found-messages.tsx';

export default function SavedPage() {
  const { t } = useTranslation();
  return (
    <section className="page" aria-label={t('nav.saved')}>
      <header className="page-head">
        <h1>{t('nav.saved')}</h1>
      </header>
      <Tabs>
        <TabList className="tabs" aria-label={t('nav.saved')}>
          <Tab id="starred">{t('saved.starred')}</Tab>
          <Tab id="mentions">{t('saved.mentions')}</Tab>
          <Tab id="archived">{t('saved.archived')}</Tab>
        </TabList>
        <TabPanel id="starred">
          <Starred />
        </TabPanel>
        <TabPanel id="mentions">
          <Mentions />
        </TabPanel>
        <TabPanel id="archived">
          <Archived />
        </TabPanel>
      </Tabs>
    </section>
  );
}

function Starred() {
  const { t } = useTranslation();
  const starred = useQuery({ queryKey: ['starred'], queryFn: urge.starred, staleTime: 0 });
  if (starred.isPending) return <Skeleton />;
  if (starred.isError) return <p className="hint">{sentence(starred.error)}</p>;
  if (starred.data.length > 0) return <FoundMessages messages={starred.data} />;
  return (
    <Empty icon="star" title={t('saved.noStars')}>
      <p>{t('saved.noStarsHint')}</p>
    </Empty>
  );
}

function Mentions() {
  const { t } = useTranslation();
  const mentions = useQuery({ queryKey: ['mentions'], queryFn: pythia.myMentions });
  if (mentions.isPending) return <Skeleton />;
  if (mentions.isError) return <p className="hint">{sentence(mentions.error)}</p>;
  if (mentions.data.length === 0) {
    return (
      <Empty icon="mention" title={t('saved.noMentions')}>
        <p>{t('saved.noMentionsHint')}</p>
      </Empty>
    );
  }
  return (
    <ul className="found">
      {mentions.data.map(({ messageId, conversationId, by, content, createdAt }) => (
        <li key={messageId}>
          <Link href={`/c/${conversationId}/m/${messageId}`}>
            <Avatar id={by} name={by} url={null} size="small" />
            <span>
              <span className="list-line">
                <strong>{by}</strong>
                <time dateTime={createdAt}>{brief(createdAt)}</time>
              </span>
              <span className="found-words" dir="auto">
                {content}
              </span>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}

function Archived() {
  const { t } = useTranslation();
  const archived = useQuery({ queryKey: ['archived'], queryFn: () => urge.conversations(0, true), staleTime: 0 });
  useEffect(() => {
    if (archived.data) putConversations(...archived.data.conversations);
  }, [archived.data]);
  if (archived.isPending) return <Skeleton />;
  if (archived.isError) return <p className="hint">{sentence(archived.error)}</p>;
  if (archived.data.conversations.length === 0) {
    return (
      <Empty icon="archive" title={t('saved.noArchived')}>
        <p>{t('saved.noArchivedHint')}</p>
      </Empty>
    );
  }
  return (
    <ul className="choices">
      {archived.data.conversations.map(({ id, name, avatarUrl, isGroup }) => (
        <li key={id}>
          <Link href={`/c/${id}`}>
            <Avatar id={id} name={name} url={avatarUrl} size="small" shape={isGroup ? 'square' : 'round'} />
            <span>{name}</span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
