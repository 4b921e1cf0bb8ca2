// What happens to one account, as it happens: kinds, ids and times, never what was said.

import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Refused } from '../api/http.ts';
import { changes, type Change } from '../api/operations.ts';
import { sentence } from '../ui/acting.ts';
import { Skeleton } from '../ui/pieces.tsx';
import { clockWithSeconds, full } from '../ui/times.ts';

const pause = 1_500;
const kept = 200;

export function Changes({ account }: { account: string }) {
  const { t } = useTranslation();
  const [shown, setShown] = useState<readonly Change[] | null>(null);
  const [error, setError] = useState<string | null>(null);

  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let isOver = false;
    let cursor: string | undefined;
    const look = async () => {
      try {
        const page = await changes(account, cursor);
        if (isOver) return;
        cursor = page.cursor;
        setShown((now) => [...page.changes.toReversed(), ...(now ?? [])].slice(0, kept));
        setError(null);
        timer = setTimeout(look, page.more ? 0 : pause);
      } catch (reason) {
        if (isOver) return;
        // Away for longer than the log reaches back: from its beginning.
        if (reason instanceof Refused && reason.status === 410) cursor = undefined;
        setError(sentence(reason));
        timer = setTimeout(look, pause * 4);
      }
    };
    void look();
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [account]);

  if (shown === null && error === null) return <Skeleton rows={3} />;
  return (
    <>
      {error !== null && (
        <p className="hint" role="alert">
          {error}
        </p>
      )}
      {shown?.length === 0 && <p className="hint">{t('console.noChanges')}</p>}
      <div className="scroller changes" tabIndex={0} role="group" aria-label={t('console.changes')}>
        <ul>
          {shown?.map((change, place) => (
            <li
              key={`${change.at} ${change.kind} ${change.conversation_id} ${change.change_no} ${shown.length - place}`}
            >
              <time dateTime={change.at} title={full(change.at)}>
                {clockWithSeconds(new Date(change.at))}
              </time>
              <code>{change.kind}</code>
              <small>{factsOf(change)}</small>
            </li>
          ))}
        </ul>
      </div>
    </>
  );
}

function factsOf({ conversation_id, change_no, message_id, by, detail }: Change): string {
  const facts = [
    conversation_id !== null && `conversation ${conversation_id}${change_no === null ? '' : ` #${change_no}`}`,
    message_id !== null && `message ${message_id}`,
    by !== null && `by ${by}`,
    detail !== null && JSON.stringify(detail),
  ];
  return facts.filter(Boolean).join(' · ');
}
