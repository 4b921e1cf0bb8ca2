// The switch for notifications while the page is closed; absent where the browser has none.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { queries } from '../store/queries.ts';
import { act } from '../ui/acting.ts';
import { Toggle } from '../ui/controls.tsx';
import { pushState, turnPushOff, turnPushOn } from './push.ts';

export function PushSwitch() {
  const { t } = useTranslation();
  const { data: state } = useQuery({ queryKey: ['push'], queryFn: pushState, staleTime: 0 });
  if (state === undefined || state === 'unsupported') return null;
  if (state === 'denied') return <p className="hint">{t('push.denied')}</p>;
  const change = async (isOn: boolean) => {
    queries.setQueryData(['push'], await (isOn ? turnPushOn() : turnPushOff()));
  };
  return (
    <Toggle
      label={t('push.label')}
      hint={t('push.hint')}
      isOn={state === 'on'}
      onChange={(isOn) => act(() => change(isOn))}
    />
  );
}
