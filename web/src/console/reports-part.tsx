// The queue of reports: each with what it is about, answered, and resolved.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import type { Report } from '../api/ai-messaging.ts';
import * as admin from '../api/ai-messaging-admin.ts';
import { reportSubject, type Spoken } from '../api/operations.ts';
import { removeMessage } from '../api/pythia-admin.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Confirm, Dialog } from '../ui/floating.tsx';
import { Empty, note, Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';

const stages = ['open', 'in_progress', 'resolved'] as const;

export default function ReportsPart() {
  const { t } = useTranslation();
  const [open, setOpen] = useState<Report | null>(null);
  return (
    <>
      <Tabs>
        <TabList className="tabs" aria-label={t('console.reports')}>
          {stages.map((stage) => (
            <Tab key={stage} id={stage}>
              {t(`reportStatus.${stage}`)}
            </Tab>
          ))}
        </TabList>
        {stages.map((stage) => (
          <TabPanel key={stage} id={stage}>
            <Queue stage={stage} onOpen={setOpen} />
          </TabPanel>
        ))}
      </Tabs>
      {open && <OneReport report={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function Queue({ stage, onOpen }: { stage: Report['status']; onOpen: (report: Report) => void }) {
  const { t } = useTranslation();
  const reports = useQuery({
    queryKey: ['reports', stage],
    queryFn: () => admin.allReports(stage),
    refetchInterval: 5_000,
    staleTime: 0,
  });
  if (reports.isPending) return <Skeleton rows={4} />;
  if (reports.isError) return <p className="hint">{sentence(reports.error)}</p>;
  if (reports.data.length === 0) return <Empty icon="flag" title={t('console.noReports')} />;
  return (
    <ul className="cards">
      {reports.data.map((report) => (
        <li key={report.id} className="card report">
          <div className="panel-row">
            <strong>{report.title}</strong>
            <small>{stamp(report.createdAt)}</small>
          </div>
          {report.content !== '' && <p dir="auto">{report.content}</p>}
          <div className="panel-row">
            <small>{t('console.reportBy', { name: report.by ?? '–' })}</small>
            <Button aria-label={t('console.lookAtOf', { title: report.title })} onPress={() => onOpen(report)}>
              {t('console.lookAt')}
            </Button>
          </div>
        </li>
      ))}
    </ul>
  );
}

function OneReport({ report, onClose }: { report: Report; onClose: () => void }) {
  const { t } = useTranslation();
  const [comment, setComment] = useState(report.comment ?? '');
  const settle = async (work: () => Promise<unknown>, said: string) => {
    await work();
    await queries.invalidateQueries({ queryKey: ['reports'] });
    onClose();
    note(said);
  };
  const resolve = () => settle(() => admin.resolveReport(report.id, comment.trim()), t('console.resolved'));
  const take = () =>
    settle(() => admin.answerReport(report.id, comment.trim(), 'in_progress'), t('console.inProgress'));
  return (
    <Dialog title={report.title} onClose={onClose} wide>
      <p className="hint">
        {t('console.reportBy', { name: report.by ?? '–' })} · {stamp(report.createdAt)}
      </p>
      {report.content !== '' && <p dir="auto">{report.content}</p>}
      <Subject report={report} />
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act(resolve);
        }}
      >
        <Field
          label={t('console.answer')}
          hint={t('console.answerHint')}
          value={comment}
          onChange={setComment}
          lines={3}
        />
        <div className="dialog-actions">
          {report.status !== 'in_progress' && (
            <Button isDisabled={comment.trim() === ''} onPress={() => act(take)}>
              {t('console.take')}
            </Button>
          )}
          <Button kind="primary" type="submit">
            {t('console.resolve')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The reported message among what was said around it. */
function Subject({ report }: { report: Report }) {
  const { t } = useTranslation();
  const queryKey = ['report subject', report.id];
  const subject = useQuery({ queryKey, queryFn: () => reportSubject(report.id), staleTime: 0 });
  const [removing, setRemoving] = useState<Spoken | null>(null);
  if (subject.isPending) return <Skeleton rows={3} />;
  if (subject.isError) return <p className="hint">{sentence(subject.error)}</p>;
  const { account, conversation, messages } = subject.data;
  const remove = async (spoken: Spoken) => {
    await removeMessage(spoken.id, report.title);
    await queries.invalidateQueries({ queryKey });
    note(t('console.removed'));
  };
  return (
    <section aria-label={t('console.context')}>
      {account && (
        <p>
          {t('console.reportAbout')} <Link href={`/console/people/${account.id}`}>{account.username}</Link>
          {typeof conversation?.name === 'string' && ` · ${conversation.name}`}
        </p>
      )}
      {messages.length > 0 && (
        <ol className="context">
          {messages.map((spoken) => (
            <li key={spoken.id} className={spoken.is_reported ? 'context-reported' : undefined}>
              <div className="panel-row">
                <strong>{spoken.sender.username}</strong>
                <small>{stamp(spoken.created_at)}</small>
              </div>
              <p dir="auto">{spoken.content ?? <em>{t('console.notReadable')}</em>}</p>
              <Media spoken={spoken} />
              {spoken.is_reported && spoken.content !== null && (
                <Button kind="danger" icon="trash" onPress={() => setRemoving(spoken)}>
                  {t('console.removeMessage')}
                </Button>
              )}
            </li>
          ))}
        </ol>
      )}
      {removing && (
        <Confirm
          title={t('console.removeMessage')}
          text={t('message.deleteMine')}
          action={t('console.removeMessage')}
          onConfirm={() => act(() => remove(removing))}
          onClose={() => setRemoving(null)}
        />
      )}
    </section>
  );
}

const names: Readonly<Record<string, string>> = {
  video: 'message.video',
  audio: 'message.audio',
  voice: 'message.voice',
  file: 'message.document',
};
const pictures = ['image', 'sticker', 'gif'];

/** What was sent along: pictures as they are, all else to be opened. */
function Media({ spoken: { kind, media_url } }: { spoken: Spoken }) {
  const { t } = useTranslation();
  if (media_url === null || !/^https?:\/\//i.test(media_url)) return null;
  const name = t(names[kind] ?? 'message.photo');
  return (
    <a className="context-media" href={media_url} target="_blank" rel="noopener noreferrer nofollow">
      {pictures.includes(kind) ? <img src={media_url} alt={name} loading="lazy" /> : t('message.open', { name })}
    </a>
  );
}
