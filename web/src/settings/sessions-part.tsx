// Where I am signed in, and ending it elsewhere.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as aiMessaging from '../api/ai-messaging.ts';
import { session } from '../api/session.ts';
import { queries } from '../store/queries.ts';
import { useStore } from '../store/store.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Confirm } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { Panel } from '../ui/parts.tsx';
import { note, Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';
import { deviceOf } from './device-name.ts';

const queryKey = ['sessions'];

/** The session that a token is bound to; null where a token does not say. */
function sessionIdOf(token: string | undefined): number | null {
  try {
    const payload = token?.split('.')[1]?.replaceAll('-', '+').replaceAll('_', '/');
    const { sid } = JSON.parse(atob(payload ?? '')) as { sid?: unknown };
    return typeof sid === 'number' ? sid : null;
  } catch {
    return null;
  }
}

export default function SessionsPart() {
  const { t } = useTranslation();
  const sessions = useQuery({ queryKey, queryFn: aiMessaging.sessions, staleTime: 0 });
  const here = useStore(session, (now) => sessionIdOf(now?.accessToken));
  const [isEnding, setEnding] = useState(false);
  if (sessions.isPending) return <Skeleton rows={3} />;
  if (sessions.isError) return <p className="hint">{sentence(sessions.error)}</p>;
  const current = sessions.data.filter(({ id }) => id === here);
  const others = sessions.data.filter(({ id }) => id !== here);

  const end = async (ids: readonly number[]) => {
    await Promise.all(ids.map(aiMessaging.endSession));
    await queries.invalidateQueries({ queryKey });
    note(t('settings.ended', { count: ids.length }));
  };
  return (
    <>
      <Panel title={t('settings.thisSession')}>
        <ul className="panel-rows">
          {current.map((each) => (
            <Line key={each.id} session={each} />
          ))}
        </ul>
      </Panel>
      <Panel title={t('settings.otherSessions')}>
        {others.length === 0 && <p className="hint">{t('settings.noOthers')}</p>}
        <ul className="panel-rows">
          {others.map((each) => (
            <Line key={each.id} session={each} onEnd={() => act(() => end([each.id]))} />
          ))}
        </ul>
        {others.length > 1 && (
          <Button kind="danger" icon="signOut" wide onPress={() => setEnding(true)}>
            {t('settings.endOthers')}
          </Button>
        )}
      </Panel>
      {isEnding && (
        <Confirm
          title={t('settings.endOthers')}
          text={t('settings.endOthersText', { count: others.length })}
          action={t('settings.endOthers')}
          onConfirm={() => act(() => end(others.map(({ id }) => id)))}
          onClose={() => setEnding(false)}
        />
      )}
    </>
  );
}

function Line({
  session: { device, address, createdAt },
  onEnd,
}: {
  session: aiMessaging.OwnSession;
  onEnd?: () => void;
}) {
  const { t } = useTranslation();
  const { name, isPhone } = deviceOf(device);
  const title = name ?? t('settings.unknownDevice');
  return (
    <li>
      <Icon name={isPhone ? 'phone' : 'devices'} />
      <span className="panel-text">
        {title}
        <small>{[address, stamp(createdAt)].filter(Boolean).join(' · ')}</small>
      </span>
      {onEnd && (
        <Button aria-label={t('settings.endOf', { name: title })} onPress={onEnd}>
          {t('settings.end')}
        </Button>
      )}
    </li>
  );
}
