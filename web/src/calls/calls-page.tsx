// My calls: those that go on, and those that were.

import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import * as calls from '../api/nerutalk-calls.ts';
import type { Call } from '../api/nerutalk-calls.ts';
import { useMe } from '../api/session.ts';
import { useStore } from '../store/store.ts';
import { sentence } from '../ui/acting.ts';
import { Button, IconButton, Toggle } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';
import { brief, full, length } from '../ui/times.ts';
import { current, mostInCall, rejoin, startCall } from './calling.ts';
import { chooseRingTone, ringsAloud } from './ring-tone.ts';

const pageSize = 30;

export default function CallsPage() {
  const { t } = useTranslation();
  const isLoud = useStore(ringsAloud);
  return (
    <section className="page" aria-label={t('nav.calls')}>
      <header className="page-head">
        <h1>{t('nav.calls')}</h1>
      </header>
      <Toggle label={t('calls.tone')} hint={t('calls.toneHint')} isOn={isLoud} onChange={chooseRingTone} />
      <GoingOn />
      <History />
    </section>
  );
}

/** A call of mine that this page is not in. */
function GoingOn() {
  const { t } = useTranslation();
  const me = useMe();
  const now = useStore(current);
  const live = useQuery({ queryKey: ['calls', 'live'], queryFn: calls.liveCalls, staleTime: 0 });
  const shown = (live.data ?? []).filter(
    ({ id, status, participants }) =>
      status === 'ongoing' && id !== now?.call.id && participants.some((each) => each.id === me.id && each.isIn),
  );
  if (now || shown.length === 0) return null;
  return (
    <ul className="cards">
      {shown.map((call) => (
        <li key={call.id} className="card">
          <Icon name="call" />
          <span>{t('calls.goesOn', { names: namesIn(call, me.id) })}</span>
          <Button kind="primary" onPress={() => rejoin(call)}>
            {t('calls.return')}
          </Button>
        </li>
      ))}
    </ul>
  );
}

function History() {
  const { t } = useTranslation();
  const me = useMe();
  const past = useInfiniteQuery({
    queryKey: ['calls', 'history'],
    queryFn: ({ pageParam }) => calls.history(pageParam, pageSize),
    initialPageParam: 0,
    getNextPageParam: (last, pages) => (last.length < pageSize ? undefined : pages.length * pageSize),
    staleTime: 0,
  });
  if (past.isPending) return <Skeleton />;
  if (past.isError) return <p className="hint">{sentence(past.error)}</p>;
  const rows = past.data.pages.flat().filter(({ status }) => status === 'ended');
  if (rows.length === 0) {
    return (
      <Empty icon="call" title={t('calls.none')}>
        <p>{t('calls.noneHint')}</p>
      </Empty>
    );
  }
  return (
    <>
      <h2 id="past-calls">{t('calls.past')}</h2>
      <ul className="past-calls" aria-labelledby="past-calls">
        {rows.map((call) => (
          <PastCall key={call.id} call={call} myId={me.id} />
        ))}
      </ul>
      {past.hasNextPage && (
        <Button wide isDisabled={past.isFetchingNextPage} onPress={() => void past.fetchNextPage()}>
          {t('list.more')}
        </Button>
      )}
    </>
  );
}

function PastCall({ call, myId }: { call: Call; myId: string }) {
  const { t } = useTranslation();
  const others = call.participants.filter(({ id }) => id !== myId);
  const names = namesIn(call, myId);
  const isMine = call.callerId === myId;
  const isMissed = call.answeredAt === null && !isMine && call.endReason !== 'declined';
  const how = isMissed
    ? t('calls.missed')
    : call.answeredAt === null
      ? t(call.endReason === 'declined' ? 'calls.declined' : 'calls.unanswered')
      : t(isMine ? 'calls.outgoing' : 'calls.incoming');
  const people = others.map(({ id }) => id);
  return (
    <li className={isMissed ? 'past-call past-call-missed' : 'past-call'}>
      <Avatar
        id={others[0]?.id ?? myId}
        name={names}
        url={others.length === 1 ? others[0]!.avatarUrl : null}
        shape={others.length > 1 ? 'square' : 'round'}
      />
      <div>
        <strong>{names}</strong>
        <small>
          <Icon name={isMine ? 'callOut' : 'callIn'} />
          {how}
          {call.answeredAt !== null && ` · ${length(call.duration ?? 0)}`}
        </small>
      </div>
      <time dateTime={call.startedAt} title={full(call.startedAt)}>
        {brief(call.startedAt)}
      </time>
      {people.length > 0 && people.length < mostInCall && (
        <IconButton
          icon={call.kind === 'video' ? 'video' : 'call'}
          label={t(call.kind === 'video' ? 'calls.videoTo' : 'calls.audioTo', { name: names })}
          onPress={() => startCall(people, call.kind)}
        />
      )}
    </li>
  );
}

function namesIn({ participants }: Call, myId: string): string {
  return participants
    .filter(({ id }) => id !== myId)
    .map(({ name }) => name)
    .join(', ');
}
