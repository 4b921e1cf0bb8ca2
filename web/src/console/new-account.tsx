// An account made for somebody, who signs in with the password given here.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { createAccount } from '../api/ai-messaging-admin.ts';
import { act } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';

export function NewAccount({ onClose, onMade }: { onClose: () => void; onMade: (username: string) => Promise<void> }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const isReady = username.trim() !== '' && email.includes('@') && password.length >= 8;
  const make = async () => {
    await createAccount({ name: name.trim(), username: username.trim(), email: email.trim(), password });
    await onMade(username.trim());
  };
  return (
    <Dialog title={t('console.newAccount')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) act(make);
        }}
      >
        <Field
          label={t('signIn.username')}
          value={username}
          onChange={setUsername}
          maxLength={100}
          autoComplete="off"
          autoFocus
        />
        <Field label={t('console.fullName')} value={name} onChange={setName} maxLength={255} autoComplete="off" />
        <Field label={t('signIn.email')} value={email} onChange={setEmail} type="email" autoComplete="off" />
        <Field
          label={t('signIn.password')}
          hint={t('console.passwordHint')}
          value={password}
          onChange={setPassword}
          type="password"
          autoComplete="new-password"
        />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button kind="primary" type="submit" isDisabled={!isReady}>
            {t('console.make')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
