// The second factor: set up by a QR code and its first code, backup codes shown once, turned off by a code.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as urge from '../api/urge-settings.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field, IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { note, Skeleton, Spinner } from '../ui/pieces.tsx';

const QrCode = lazy(() => import('./qr-code.tsx'));

const queryKey = ['two factor'];
const reload = () => queries.invalidateQueries({ queryKey });

type Step =
  | { name: 'resting' }
  | { name: 'scanning'; secret: string; address: string }
  | { name: 'told'; backupCodes: readonly string[] }
  | { name: 'asking'; about: 'disable' | 'codes' };

export function TwoFactor() {
  const { t } = useTranslation();
  const status = useQuery({ queryKey, queryFn: urge.twoFactor, staleTime: 0 });
  const [step, setStep] = useState<Step>({ name: 'resting' });
  if (status.isPending) return <Skeleton rows={1} />;
  if (status.isError) return <p className="hint">{sentence(status.error)}</p>;

  const rest = () => setStep({ name: 'resting' });
  const begin = async () => {
    const { secret, provisioning_uri } = await urge.setUpTwoFactor();
    setStep({ name: 'scanning', secret, address: provisioning_uri });
  };
  const enable = async (code: string) => {
    setStep({ name: 'told', backupCodes: await urge.enableTwoFactor(code) });
    await reload();
  };
  const renew = async (code: string) => {
    setStep({ name: 'told', backupCodes: await urge.newBackupCodes(code) });
    await reload();
  };
  const disable = async (code: string) => {
    await urge.disableTwoFactor(code);
    rest();
    note(t('settings.factorOff'));
    await reload();
  };

  switch (step.name) {
    case 'scanning':
      return (
        <div className="factor">
          <p>{t('settings.scan')}</p>
          <Suspense fallback={<Spinner />}>
            <QrCode text={step.address} label={t('settings.qrCode')} />
          </Suspense>
          <p className="hint">{t('settings.orType')}</p>
          <p className="factor-secret">
            <code>{step.secret.replaceAll(/(.{4})(?=.)/g, '$1 ')}</code>
            <IconButton icon="copy" label={t('settings.copySecret')} onPress={() => act(() => copy(step.secret))} />
          </p>
          <CodeForm action={t('settings.turnOn')} onCode={enable} onCancel={rest} />
        </div>
      );
    case 'told':
      return (
        <div className="factor">
          <p>
            <strong>{t('settings.backupCodes')}</strong>
          </p>
          <p>{t('settings.backupHint')}</p>
          <ul className="factor-codes" aria-label={t('settings.backupCodes')}>
            {step.backupCodes.map((code) => (
              <li key={code}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          <div className="panel-actions">
            <Button icon="copy" onPress={() => act(() => copy(step.backupCodes.join('\n')))}>
              {t('settings.copyCodes')}
            </Button>
            <Button kind="primary" onPress={rest}>
              {t('settings.keptThem')}
            </Button>
          </div>
        </div>
      );
    case 'asking':
      return (
        <div className="factor">
          <p>{t(step.about === 'disable' ? 'settings.codeToDisable' : 'settings.codeToRenew')}</p>
          <CodeForm
            action={t(step.about === 'disable' ? 'settings.turnOff' : 'settings.newCodes')}
            orBackup={step.about === 'disable'}
            onCode={step.about === 'disable' ? disable : renew}
            onCancel={rest}
          />
        </div>
      );
    case 'resting':
      return (
        <div className="panel-row">
          <span className="factor-state">
            <Icon name={status.data.enabled ? 'check' : 'lock'} />
            {t(status.data.enabled ? 'settings.factorIsOn' : 'settings.factorIsOff')}
          </span>
          <div className="panel-actions">
            {status.data.enabled ? (
              <>
                <Button onPress={() => setStep({ name: 'asking', about: 'codes' })}>{t('settings.newCodes')}</Button>
                <Button kind="danger" onPress={() => setStep({ name: 'asking', about: 'disable' })}>
                  {t('settings.turnOff')}
                </Button>
              </>
            ) : (
              <Button kind="primary" onPress={() => act(begin)}>
                {t('settings.setUp')}
              </Button>
            )}
          </div>
        </div>
      );
  }

  async function copy(text: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    note(t('common.copied'));
  }
}

function CodeForm({
  action,
  orBackup = false,
  onCode,
  onCancel,
}: {
  action: string;
  /** A backup code will do. */
  orBackup?: boolean;
  onCode: (code: string) => Promise<void>;
  onCancel: () => void;
}) {
  const { t } = useTranslation();
  const [code, setCode] = useState('');
  const [error, setError] = useState<string>();
  const isReady = /^\d{6}$/.test(code) || (orBackup && code.length >= 8);
  const go = async () => {
    setError(undefined);
    await onCode(code).catch((reason: unknown) => setError(sentence(reason)));
  };
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isReady) act(go);
      }}
    >
      <Field
        label={t('settings.codeInApp')}
        {...(orBackup && { hint: t('settings.orBackup') })}
        error={error}
        value={code}
        onChange={(text) => {
          setError(undefined);
          setCode(orBackup ? text.trim() : text.replaceAll(/\D/g, '').slice(0, 6));
        }}
        inputMode={orBackup ? 'text' : 'numeric'}
        autoComplete="one-time-code"
        autoFocus
      />
      <div className="panel-actions">
        <Button onPress={onCancel}>{t('common.cancel')}</Button>
        <Button type="submit" kind="primary" isDisabled={!isReady}>
          {action}
        </Button>
      </div>
    </form>
  );
}
