// One account: who it is, what it may do, where it is signed in, and what happens to it.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import * as admin from '../api/ai-messaging-admin.ts';
import * as operations from '../api/operations.ts';
import * as pythia from '../api/pythia-admin.ts';
import { useMe } from '../api/session.ts';
import { deviceOf } from '../settings/device-name.ts';
import { assume, queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field, Toggle } from '../ui/controls.tsx';
import { Confirm, Dialog } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { Panel } from '../ui/parts.tsx';
import { Avatar, note, Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';
import { Changes } from './changes.tsx';
import { Roles } from './roles.tsx';

export function PersonView({ id }: { id: string }) {
  const { t } = useTranslation();
  const me = useMe();
  const person = useQuery({ queryKey: ['admin person', id], queryFn: () => pythia.person(id), staleTime: 0 });
  const account = useQuery({ queryKey: ['admin account', id], queryFn: () => admin.account(id), staleTime: 0 });
  const reload = async () => {
    for (const key of ['admin person', 'admin account', 'admin people', 'overview']) {
      await queries.invalidateQueries({ queryKey: [key] });
    }
  };
  if (person.isPending || account.isPending) return <Skeleton rows={4} />;
  if (person.isError) return <p className="hint">{sentence(person.error)}</p>;
  if (account.isError) return <p className="hint">{sentence(account.error)}</p>;
  const isMe = id === me.id;
  return (
    <>
      <Link href="/console/people" className="back-link">
        <Icon name="back" />
        {t('console.people')}
      </Link>
      <Panel>
        <div className="portrait">
          <Avatar id={id} name={person.data.username} url={person.data.avatarUrl} size="large" />
          <div className="panel-text">
            <strong>{account.data.name ?? person.data.username}</strong>
            <p>@{person.data.username}</p>
            <p>{[account.data.email, account.data.phone].filter(Boolean).join(' · ')}</p>
            <small>{t('console.since', { time: stamp(account.data.createdAt) })}</small>
          </div>
        </div>
      </Panel>
      {isMe ? (
        <p className="hint">{t('console.thatIsYou')}</p>
      ) : (
        <Access person={person.data} account={account.data} onChange={reload} />
      )}
      <Panel title={t('console.roles')} hint={t('console.rolesHint')}>
        <Roles account={account.data.id} />
      </Panel>
      <Panel title={t('console.sessions')}>
        <Sessions id={id} isMe={isMe} />
      </Panel>
      <Panel title={t('console.changes')} hint={t('console.changesHint')}>
        <Changes account={id} />
      </Panel>
    </>
  );
}

function Access({
  person,
  account,
  onChange,
}: {
  person: pythia.Ranked;
  account: admin.Account;
  onChange: () => Promise<void>;
}) {
  const { t } = useTranslation();
  const [isExcluding, setExcluding] = useState(false);
  /** Shown as it will be; if the server says no, as it is. */
  const change = (work: () => Promise<unknown>, next: Partial<admin.Account> = {}) =>
    act(async () => {
      assume(['admin account', person.id], { ...account, ...next });
      try {
        await work();
      } finally {
        await onChange();
      }
    });
  return (
    <Panel title={t('console.access')}>
      <Toggle
        label={t('console.enabled')}
        hint={t('console.enabledHint')}
        isOn={account.isActive}
        onChange={(isOn) => change(() => admin.setActive(account.id, isOn), { isActive: isOn })}
      />
      <Toggle
        label={t('console.superuser')}
        hint={t('console.superuserHint')}
        isOn={account.isSuperuser}
        onChange={(isOn) => change(() => admin.setSuperuser(account.id, isOn), { isSuperuser: isOn })}
      />
      <div className="panel-row">
        <span className="panel-text">
          {t(`standing.${person.standing}`)}
          {person.until !== null && <small>{t('console.until', { time: stamp(person.until) })}</small>}
        </span>
        {person.standing === 'ACTIVE' ? (
          <Button kind="danger" onPress={() => setExcluding(true)}>
            {t('console.exclude')}
          </Button>
        ) : (
          <Button onPress={() => change(() => pythia.readmit(person.id))}>{t('console.readmit')}</Button>
        )}
      </div>
      {isExcluding && (
        <Exclusion
          name={person.username}
          onClose={() => setExcluding(false)}
          onDecided={(hours, reason) =>
            change(() => (hours === null ? pythia.ban(person.id, reason) : pythia.suspend(person.id, reason, hours)))
          }
        />
      )}
    </Panel>
  );
}

const spans = [1, 24, 168, 720] as const;

/** For how long somebody is kept out of every product, and why. */
function Exclusion({
  name,
  onClose,
  onDecided,
}: {
  name: string;
  onClose: () => void;
  /** Null: for good. */
  onDecided: (hours: number | null, reason: string) => void;
}) {
  const { t } = useTranslation();
  const [span, setSpan] = useState('24');
  const [reason, setReason] = useState('');
  return (
    <Dialog title={t('console.excludeOf', { name })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onClose();
          onDecided(span === 'ever' ? null : Number(span), reason.trim());
        }}
      >
        <p>{t('console.excludeHint')}</p>
        <label className="choice">
          <span>{t('console.howLong')}</span>
          <select value={span} onChange={(event) => setSpan(event.target.value)}>
            {spans.map((hours) => (
              <option key={hours} value={hours}>
                {t(`hours.${hours}`)}
              </option>
            ))}
            <option value="ever">{t('console.forGood')}</option>
          </select>
        </label>
        <Field label={t('console.reason')} value={reason} onChange={setReason} maxLength={1_000} autoFocus />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button kind="danger" type="submit">
            {t('console.exclude')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Sessions({ id, isMe }: { id: string; isMe: boolean }) {
  const { t } = useTranslation();
  const queryKey = ['admin sessions', id];
  const sessions = useQuery({ queryKey, queryFn: () => operations.sessionsOf(id), staleTime: 0 });
  const [isEnding, setEnding] = useState(false);
  if (sessions.isPending) return <Skeleton rows={2} />;
  if (sessions.isError) return <p className="hint">{sentence(sessions.error)}</p>;
  if (sessions.data.length === 0) return <p className="hint">{t('console.noSessions')}</p>;
  const end = async (session?: number) => {
    await operations.endSessionsOf(id, session);
    await queries.invalidateQueries({ queryKey });
    note(t('console.sessionsEnded'));
  };
  return (
    <>
      <ul className="panel-rows">
        {sessions.data.map(({ id: session, device, address, created_at }) => {
          const { name, isPhone } = deviceOf(device);
          const title = name ?? t('settings.unknownDevice');
          return (
            <li key={session}>
              <Icon name={isPhone ? 'phone' : 'devices'} />
              <span className="panel-text">
                {title}
                <small>{[address, stamp(created_at)].filter(Boolean).join(' · ')}</small>
              </span>
              {!isMe && (
                <Button aria-label={t('settings.endOf', { name: title })} onPress={() => act(() => end(session))}>
                  {t('settings.end')}
                </Button>
              )}
            </li>
          );
        })}
      </ul>
      {!isMe && (
        <div className="panel-actions">
          <Button kind="danger" icon="signOut" onPress={() => setEnding(true)}>
            {t('console.endAll')}
          </Button>
        </div>
      )}
      {isEnding && (
        <Confirm
          title={t('console.endAll')}
          text={t('console.endAllText')}
          action={t('console.endAll')}
          onConfirm={() => act(() => end())}
          onClose={() => setEnding(false)}
        />
      )}
    </>
  );
}
