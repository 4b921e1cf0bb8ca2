// How the server is, right now: live charts, jobs, how much there is of everything, and what moderators did.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense } from 'react';
import { useTranslation } from 'react-i18next';
import type { Figures } from '../api/operations.ts';
import { overview } from '../api/pythia-admin.ts';
import { language } from '../texts/texts.ts';
import { sentence } from '../ui/acting.ts';
import { Panel } from '../ui/parts.tsx';
import { Skeleton, Spinner } from '../ui/pieces.tsx';
import { duration, stamp, size } from '../ui/times.ts';
import { interval, watch, type Sample } from './figures.ts';

const Chart = lazy(async () => ({ default: (await import('./chart.tsx')).Chart }));

export default function OverviewPart() {
  const { t } = useTranslation();
  const figures = useQuery({ queryKey: ['figures'], queryFn: watch, refetchInterval: interval, staleTime: 0 });
  return (
    <>
      <Counts />
      {figures.isPending && <Skeleton rows={4} />}
      {figures.isError && !figures.data && <p className="hint">{sentence(figures.error)}</p>}
      {figures.data && (
        <>
          <Suspense fallback={<Spinner />}>
            <Charts samples={figures.data.samples} />
          </Suspense>
          <Commands figures={figures.data.latest} />
          <Jobs figures={figures.data.latest} />
          <Panel title={t('console.process')}>
            <Process figures={figures.data.latest} />
          </Panel>
        </>
      )}
      <Actions />
    </>
  );
}

function Charts({ samples }: { samples: readonly Sample[] }) {
  const { t } = useTranslation();
  const times = samples.map(({ at }) => at);
  const dialects = [...new Set(samples.flatMap(({ connections }) => Object.keys(connections)))];
  const names: Record<string, string> = { urge: 'URGE', nerutalk: 'NeruTalk', pythia: 'Pythia' };
  return (
    <div className="charts">
      <Chart
        title={t('console.traffic')}
        unit={t('console.perSecond')}
        times={times}
        lines={[
          { name: t('console.sends'), values: samples.map(({ sends }) => sends) },
          { name: t('console.delivered'), values: samples.map(({ delivered }) => delivered) },
        ]}
      />
      <Chart
        title={t('console.connections')}
        unit=""
        times={times}
        lines={dialects.map((dialect) => ({
          name: names[dialect] ?? dialect,
          values: samples.map(({ connections }) => connections[dialect] ?? 0),
        }))}
      />
      <Chart
        title={t('console.latency')}
        unit=" ms"
        times={times}
        lines={(['p50', 'p95', 'p99'] as const).map((name) => ({
          name,
          values: samples.map(({ latency }) => latency[name]),
        }))}
      />
      <Chart
        title={t('console.jobs')}
        unit=""
        times={times}
        lines={(['waiting', 'active', 'failed'] as const).map((name) => ({
          name: t(`job.${name}`),
          values: samples.map((sample) => sample[name]),
        }))}
      />
    </div>
  );
}

function Counts() {
  const { t } = useTranslation();
  const counts = useQuery({ queryKey: ['overview'], queryFn: overview, staleTime: 10_000 });
  if (!counts.data) return null;
  const shown = ['people', 'active', 'suspended', 'banned', 'channels', 'messages'] as const;
  return (
    <dl className="counts">
      {shown.map((name) => (
        <div key={name}>
          <dt>{t(`count.${name}`)}</dt>
          <dd>{new Intl.NumberFormat(language()).format(counts.data[name])}</dd>
        </div>
      ))}
    </dl>
  );
}

function Actions() {
  const { t } = useTranslation();
  const all = useQuery({ queryKey: ['overview'], queryFn: overview, staleTime: 10_000 });
  if (!all.data || all.data.actions.length === 0) return null;
  return (
    <Panel title={t('console.actions')}>
      <ul className="panel-rows">
        {all.data.actions.map(({ id, what, by, reason, createdAt }) => (
          <li key={id}>
            <span className="panel-text">
              <code>{what}</code> {by}
              {reason !== null && <small dir="auto">{reason}</small>}
            </span>
            <small>{stamp(createdAt)}</small>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

function Commands({ figures: { commands } }: { figures: Figures }) {
  const { t } = useTranslation();
  const number = new Intl.NumberFormat(language(), { maximumFractionDigits: 1 });
  const worded = (value: number | null) => (value === null ? '–' : number.format(value));
  if (commands.length === 0) return null;
  return (
    <Panel title={t('console.commands')}>
      <div className="scroller" tabIndex={0} role="group" aria-label={t('console.commands')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('console.command')}</th>
              <th scope="col">{t('console.sinceStart')}</th>
              <th scope="col">{t('console.lastMinute')}</th>
              <th scope="col">p50 ms</th>
              <th scope="col">p95 ms</th>
              <th scope="col">p99 ms</th>
              <th scope="col">{t('console.refused')}</th>
              <th scope="col">{t('console.failed')}</th>
            </tr>
          </thead>
          <tbody>
            {commands.map(({ name, since_start: all, last_minute: minute }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{worded(all.count)}</td>
                <td>{worded(minute.count)}</td>
                <td>{worded(minute.p50_ms ?? all.p50_ms)}</td>
                <td>{worded(minute.p95_ms ?? all.p95_ms)}</td>
                <td>{worded(minute.p99_ms ?? all.p99_ms)}</td>
                <td>{worded(all.refused)}</td>
                <td>{worded(all.failed)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Jobs({ figures: { jobs } }: { figures: Figures }) {
  const { t } = useTranslation();
  if (jobs.length === 0) return null;
  return (
    <Panel title={t('console.jobs')}>
      <div className="scroller" tabIndex={0} role="group" aria-label={t('console.jobs')}>
        <table>
          <thead>
            <tr>
              <th scope="col">{t('console.queue')}</th>
              <th scope="col">{t('job.waiting')}</th>
              <th scope="col">{t('job.active')}</th>
              <th scope="col">{t('job.failed')}</th>
            </tr>
          </thead>
          <tbody>
            {jobs.map(({ name, waiting, active, failed }) => (
              <tr key={name}>
                <th scope="row">
                  <code>{name}</code>
                </th>
                <td>{waiting}</td>
                <td>{active}</td>
                <td>{failed}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  );
}

function Process({ figures: { process } }: { figures: Figures }) {
  const { t } = useTranslation();
  const facts: [string, string][] = [
    [t('console.version'), process.version],
    ['Node.js', process.node],
    [t('console.processId'), String(process.id)],
    [t('console.uptime'), duration(process.uptime_seconds)],
    [t('console.memory'), size(process.memory.rss)],
    [t('console.heap'), `${size(process.memory.heap_used)} / ${size(process.memory.heap_total)}`],
  ];
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
