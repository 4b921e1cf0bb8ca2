// What others see of me, how I am found, and whom I block.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import * as nerutalk from '../api/nerutalk-account.ts';
import * as urge from '../api/urge-settings.ts';
import type { Person } from '../api/shapes.ts';
import { unblock } from '../api/urge.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Panel } from '../ui/parts.tsx';
import { Avatar, note, Skeleton } from '../ui/pieces.tsx';
import { Switches } from './switches.tsx';

export default function PrivacyPart() {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t('settings.seen')}>
        <Switches
          queryKey={['privacy']}
          names={urge.switches}
          ask={urge.privacy}
          change={urge.changePrivacy}
          hasHints
        />
      </Panel>
      <Panel title={t('settings.found')}>
        <Switches
          queryKey={['profile privacy']}
          names={nerutalk.profileSwitches}
          ask={nerutalk.changeProfilePrivacy}
          change={nerutalk.changeProfilePrivacy}
          hasHints
        />
      </Panel>
      <Panel title={t('settings.blocked')} hint={t('settings.blockedHint')}>
        <Blocked />
      </Panel>
    </>
  );
}

function Blocked() {
  const { t } = useTranslation();
  const queryKey = ['blocked people'];
  const blocked = useQuery({ queryKey, queryFn: urge.blocked, staleTime: 0 });
  if (blocked.isPending) return <Skeleton rows={2} />;
  if (blocked.isError) return <p className="hint">{sentence(blocked.error)}</p>;
  if (blocked.data.length === 0) return <p className="hint">{t('settings.noneBlocked')}</p>;
  const free = async (person: Person) => {
    await unblock(person.id);
    queries.setQueryData(
      queryKey,
      blocked.data.filter(({ id }) => id !== person.id),
    );
    await queries.invalidateQueries({ queryKey: ['blocked', person.id] });
    note(t('settings.unblocked', { name: person.name }));
  };
  return (
    <ul className="panel-rows">
      {blocked.data.map((person) => (
        <li key={person.id}>
          <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="small" />
          <span className="panel-text">{person.name}</span>
          <Button aria-label={t('settings.unblockOf', { name: person.name })} onPress={() => act(() => free(person))}>
            {t('info.unblock')}
          </Button>
        </li>
      ))}
    </ul>
  );
}
