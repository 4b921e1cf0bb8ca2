// Password and second factor.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { changePassword } from '../api/nerutalk-account.ts';
import { act } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Panel } from '../ui/parts.tsx';
import { note } from '../ui/pieces.tsx';
import { TwoFactor } from './two-factor.tsx';

export default function SecurityPart() {
  const { t } = useTranslation();
  return (
    <>
      <Panel title={t('settings.twoFactor')} hint={t('settings.twoFactorHint')}>
        <TwoFactor />
      </Panel>
      <Panel title={t('settings.password')} hint={t('settings.passwordHint')}>
        <Password />
      </Panel>
    </>
  );
}

/** As NeruTalk wants it. */
const isStrong = (password: string) =>
  password.length >= 8 && /[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password);

function Password() {
  const { t } = useTranslation();
  const [current, setCurrent] = useState('');
  const [next, setNext] = useState('');
  const [again, setAgain] = useState('');
  const isReady = current !== '' && isStrong(next) && again === next;
  const change = async () => {
    await changePassword(current, next);
    setCurrent('');
    setNext('');
    setAgain('');
    note(t('settings.passwordChanged'));
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) act(change);
      }}
    >
      <Field
        label={t('settings.currentPassword')}
        value={current}
        onChange={setCurrent}
        type="password"
        autoComplete="current-password"
      />
      <Field
        label={t('settings.newPassword')}
        hint={t('signIn.passwordHint')}
        value={next}
        onChange={setNext}
        type="password"
        autoComplete="new-password"
      />
      <Field
        label={t('settings.samePassword')}
        error={again !== '' && again !== next && !next.startsWith(again) ? t('settings.notTheSame') : undefined}
        value={again}
        onChange={setAgain}
        type="password"
        autoComplete="new-password"
      />
      <div className="panel-actions">
        <Button type="submit" kind="primary" isDisabled={!isReady}>
          {t('settings.changePassword')}
        </Button>
      </div>
    </form>
  );
}
