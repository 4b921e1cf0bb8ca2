// Words to everybody's devices, and how far they have come.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ProgressBar } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch, useLocation } from 'wouter';
import { broadcast, progressOf } from '../api/nerutalk-broadcasts.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Confirm } from '../ui/floating.tsx';
import { Panel } from '../ui/parts.tsx';
import { Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';

const kinds = ['ios', 'android', 'web'] as const;
const priorities = ['low', 'normal', 'high'] as const;

export default function BroadcastPart() {
  return (
    <Switch>
      <Route path="/console/broadcast/:id">{({ id }) => <Progress id={Number(id)} />}</Route>
      <Route>
        <Writing />
      </Route>
    </Switch>
  );
}

function Writing() {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const [key] = useState(() => crypto.randomUUID());
  const [title, setTitle] = useState('');
  const [body, setBody] = useState('');
  const [priority, setPriority] = useState<(typeof priorities)[number]>('normal');
  const [devices, setDevices] = useState<readonly (typeof kinds)[number][]>(kinds);
  const [isSending, setSending] = useState(false);
  const isReady = title.trim() !== '' && body.trim() !== '' && devices.length > 0;
  const send = async () => {
    const words = { title: title.trim(), body: body.trim(), type: 'system', priority };
    const id = await broadcast({ ...words, devices: devices.length === kinds.length ? [] : devices }, key);
    navigate(`/console/broadcast/${id}`);
  };
  return (
    <Panel hint={t('console.broadcastHint')}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) setSending(true);
        }}
      >
        <Field label={t('console.title')} value={title} onChange={setTitle} maxLength={255} />
        <Field label={t('console.words')} value={body} onChange={setBody} maxLength={4_000} lines={4} />
        <fieldset className="checks">
          <legend>{t('console.devices')}</legend>
          {kinds.map((kind) => (
            <label key={kind} className="check">
              <input
                type="checkbox"
                checked={devices.includes(kind)}
                onChange={(event) =>
                  setDevices(event.target.checked ? [...devices, kind] : devices.filter((each) => each !== kind))
                }
              />
              <span>{t(`device.${kind}`)}</span>
            </label>
          ))}
        </fieldset>
        <label className="choice">
          <span>{t('console.priority')}</span>
          <select value={priority} onChange={(event) => setPriority(event.target.value as typeof priority)}>
            {priorities.map((each) => (
              <option key={each} value={each}>
                {t(`priority.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <div className="panel-actions">
          <Button kind="primary" icon="megaphone" type="submit" isDisabled={!isReady}>
            {t('console.sendToAll')}
          </Button>
        </div>
      </form>
      {isSending && (
        <Confirm
          title={t('console.sendToAll')}
          text={t('console.sendToAllText')}
          action={t('console.sendToAll')}
          onConfirm={() => act(send)}
          onClose={() => setSending(false)}
        />
      )}
    </Panel>
  );
}

function Progress({ id }: { id: number }) {
  const { t } = useTranslation();
  const progress = useQuery({
    queryKey: ['broadcast', id],
    queryFn: () => progressOf(id),
    refetchInterval: ({ state }) => (state.data?.status === 'sent' ? false : 1_000),
    staleTime: 0,
  });
  if (progress.isPending) return <Skeleton rows={2} />;
  if (progress.isError) return <p className="hint">{sentence(progress.error)}</p>;
  const { status, progress: part, success_count, failure_count, pending_count, created_at } = progress.data;
  const counts = [
    ['taken', success_count],
    ['failed', failure_count],
    ['open', pending_count],
  ] as const;
  return (
    <>
      <Panel>
        <div className="panel-row">
          <strong>{t(`broadcast.${status}`)}</strong>
          <small>{stamp(created_at)}</small>
        </div>
        <ProgressBar className="progress" value={part} aria-label={t('console.progress')}>
          {({ percentage, valueText }) => (
            <>
              <span className="progress-track">
                <span style={{ width: `${percentage}%` }} />
              </span>
              <b>{valueText}</b>
            </>
          )}
        </ProgressBar>
        <dl className="counts">
          {counts.map(([name, count]) => (
            <div key={name}>
              <dt>{t(`count.${name}`)}</dt>
              <dd>{count}</dd>
            </div>
          ))}
        </dl>
      </Panel>
      <p>
        <Link href="/console/broadcast">{t('console.another')}</Link>
      </p>
    </>
  );
}
