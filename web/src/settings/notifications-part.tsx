// What I am told while I do not look, and on which devices.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import * as nerutalk from '../api/nerutalk-account.ts';
import * as urge from '../api/urge-settings.ts';
import { PushSwitch } from '../notifications/push-switch.tsx';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Panel } from '../ui/parts.tsx';
import { Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';
import { Switches } from './switches.tsx';

export default function NotificationsPart() {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t('settings.thisBrowser')}>
        <PushSwitch />
        <p className="hint">{t('settings.pushHint')}</p>
      </Panel>
      <Panel title={t('settings.everywhere')}>
        <Switches queryKey={['notices']} names={urge.notices} ask={urge.noticeSettings} change={urge.changeNotices} />
      </Panel>
      <Panel title={t('settings.devices')} hint={t('settings.devicesHint')}>
        <Devices />
      </Panel>
    </>
  );
}

function Devices() {
  const { t } = useTranslation();
  const queryKey = ['devices'];
  const devices = useQuery({ queryKey, queryFn: nerutalk.devices, staleTime: 0 });
  if (devices.isPending) return <Skeleton rows={2} />;
  if (devices.isError) return <p className="hint">{sentence(devices.error)}</p>;
  if (devices.data.length === 0) return <p className="hint">{t('settings.noDevices')}</p>;
  const remove = async (id: number) => {
    await nerutalk.removeDevice(id);
    await Promise.all([queries.invalidateQueries({ queryKey }), queries.invalidateQueries({ queryKey: ['push'] })]);
  };
  return (
    <ul className="panel-rows">
      {devices.data.map(({ id, kind, name, lastUsedAt }) => {
        const title = name || t(`device.${kind}`);
        return (
          <li key={id}>
            <Icon name={kind === 'web' ? 'devices' : 'phone'} />
            <span className="panel-text">
              {title}
              <small>{stamp(lastUsedAt)}</small>
            </span>
            <Button aria-label={t('settings.removeOf', { name: title })} onPress={() => act(() => remove(id))}>
              {t('settings.remove')}
            </Button>
          </li>
        );
      })}
    </ul>
  );
}
