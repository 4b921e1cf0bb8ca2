// What I reported, and what became of it.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { myReports } from '../api/ai-messaging.ts';
import { sentence } from '../ui/acting.ts';
import { Empty, Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';

export default function ReportsPart() {
  const { t } = useTranslation();
  const reports = useQuery({ queryKey: ['my reports'], queryFn: myReports, staleTime: 0, refetchInterval: 15_000 });
  if (reports.isPending) return <Skeleton rows={3} />;
  if (reports.isError) return <p className="hint">{sentence(reports.error)}</p>;
  if (reports.data.length === 0) {
    return (
      <Empty icon="flag" title={t('settings.noReports')}>
        <p>{t('settings.noReportsHint')}</p>
      </Empty>
    );
  }
  return (
    <ul className="cards">
      {reports.data.map(({ id, title, content, status, comment, answeredBy, createdAt }) => (
        <li key={id} className="card report">
          <div className="panel-row">
            <strong>{title}</strong>
            <span className={`state state-${status}`}>{t(`reportStatus.${status}`)}</span>
          </div>
          {content !== '' && <p dir="auto">{content}</p>}
          <small>{stamp(createdAt)}</small>
          {comment !== null && (
            <blockquote dir="auto">
              <strong>
                {answeredBy === null ? t('settings.answer') : t('settings.answerBy', { name: answeredBy })}
              </strong>
              <p>{comment}</p>
            </blockquote>
          )}
        </li>
      ))}
    </ul>
  );
}
