// Signing up and in: by a code sent to a phone (URGE), or by name and password (NeruTalk).

import { useState, type FormEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Refused } from '../api/http.ts';
import * as nerutalk from '../api/nerutalk.ts';
import { session, type Session } from '../api/session.ts';
import * as urge from '../api/urge.ts';
import { chooseLanguage, languages, type Language } from '../texts/texts.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';

type Way = 'phone' | 'password' | 'register';

export function SignInPage() {
  const { t, i18n } = useTranslation();
  const [way, setWay] = useState<Way>('phone');
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <img src="/app/icon.svg" alt="" width="56" height="56" />
        <h1>{t('signIn.title')}</h1>
        {way === 'phone' && <ByPhone />}
        {way === 'password' && <ByPassword />}
        {way === 'register' && <Registering />}
        <hr />
        <div className="sign-in-ways">
          {way !== 'phone' && (
            <Button icon="call" wide onPress={() => setWay('phone')}>
              {t('signIn.byPhone')}
            </Button>
          )}
          {way !== 'password' && (
            <Button icon="user" wide onPress={() => setWay('password')}>
              {t('signIn.byPassword')}
            </Button>
          )}
          {way === 'password' && (
            <Button icon="plus" wide onPress={() => setWay('register')}>
              {t('signIn.newAccount')}
            </Button>
          )}
        </div>
      </div>
      <label className="sign-in-language">
        <span className="hidden-text">{t('account.language')}</span>
        <select value={i18n.language} onChange={(event) => act(() => chooseLanguage(event.target.value as Language))}>
          {languages.map((each) => (
            <option key={each} value={each} lang={each}>
              {t(`language.${each}`)}
            </option>
          ))}
        </select>
      </label>
    </main>
  );
}

/** One step of a form: what it asks, and what it does about it. */
function Step({
  action,
  isReady,
  submit,
  error,
  children,
}: {
  action: string;
  isReady: boolean;
  submit: () => Promise<void>;
  error: string | null;
  children: ReactNode;
}) {
  const [isBusy, setBusy] = useState(false);
  const go = (event: FormEvent) => {
    event.preventDefault();
    if (!isReady || isBusy) return;
    setBusy(true);
    submit().then(
      () => setBusy(false),
      () => setBusy(false),
    );
  };
  return (
    <form onSubmit={go} noValidate>
      {children}
      {error !== null && (
        <p className="form-error" role="alert">
          {error}
        </p>
      )}
      <Button kind="primary" wide type="submit" isDisabled={!isReady || isBusy}>
        {action}
      </Button>
    </form>
  );
}

/** Runs a step and keeps what went wrong. */
function useSteps() {
  const [error, setError] = useState<string | null>(null);
  const run = (work: () => Promise<void>) => async () => {
    setError(null);
    await work().catch((reason: unknown) => setError(sentence(reason)));
  };
  return { error, setError, run };
}

function ByPhone() {
  const { t } = useTranslation();
  const [step, setStep] = useState<'phone' | 'code' | 'name'>('phone');
  const [phone, setPhone] = useState('');
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const { error, setError, run } = useSteps();

  const sendCode = async () => {
    await urge.sendCode(phone);
    setStep('code');
  };
  const signIn = async () => {
    try {
      await urge.verifyPhone(phone, code);
    } catch (reason) {
      if (!(reason instanceof Refused && reason.status === 404)) throw reason;
      setStep('name');
      return;
    }
    await enter(await urge.signIn(phone, code), 'urge');
  };
  const signUp = async () => {
    await urge.register(phone, name.trim()).catch((reason: unknown) => {
      // Registered by an attempt before this one: the code decides.
      if (!(reason instanceof Refused && reason.status === 400)) throw reason;
    });
    try {
      await urge.verifyPhone(phone, code);
      await enter(await urge.signIn(phone, code), 'urge');
    } catch (reason) {
      if (!(reason instanceof Refused)) throw reason;
      setCode('');
      setStep('code');
      setError(sentence(reason));
    }
  };

  if (step === 'phone') {
    return (
      <Step
        action={t('signIn.sendCode')}
        isReady={phone.replaceAll(/\D/g, '').length >= 10}
        submit={run(sendCode)}
        error={error}
      >
        <p>{t('signIn.phoneHint')}</p>
        <Field
          label={t('signIn.phone')}
          value={phone}
          onChange={setPhone}
          type="tel"
          autoComplete="tel"
          inputMode="tel"
          placeholder="+1 555 000 0000"
          autoFocus
        />
      </Step>
    );
  }
  if (step === 'code') {
    return (
      <Step action={t('signIn.go')} isReady={/^\d{6}$/.test(code)} submit={run(signIn)} error={error}>
        <p>{t('signIn.codeSent', { phone })}</p>
        <Field
          label={t('signIn.code')}
          value={code}
          onChange={(text) => setCode(text.replaceAll(/\D/g, '').slice(0, 6))}
          inputMode="numeric"
          autoComplete="one-time-code"
          hint={t('signIn.codeHint')}
          autoFocus
        />
        <Button wide onPress={() => (setCode(''), setError(null), setStep('phone'))}>
          {t('signIn.otherPhone')}
        </Button>
      </Step>
    );
  }
  return (
    <Step action={t('signIn.start')} isReady={name.trim() !== ''} submit={run(signUp)} error={error}>
      <p>{t('signIn.nameHint')}</p>
      <Field label={t('signIn.name')} value={name} onChange={setName} autoComplete="name" maxLength={100} autoFocus />
    </Step>
  );
}

function ByPassword() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { error, run } = useSteps();
  const signIn = async () => enter(await nerutalk.signIn(name.trim(), password), 'nerutalk');
  return (
    <Step action={t('signIn.go')} isReady={name.trim() !== '' && password !== ''} submit={run(signIn)} error={error}>
      <Field label={t('signIn.usernameOrEmail')} value={name} onChange={setName} autoComplete="username" autoFocus />
      <Field
        label={t('signIn.password')}
        value={password}
        onChange={setPassword}
        type="password"
        autoComplete="current-password"
      />
    </Step>
  );
}

function Registering() {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [username, setUsername] = useState('');
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const { error, run } = useSteps();
  const isStrong = password.length >= 8 && /[A-Z]/.test(password) && /[a-z]/.test(password) && /\d/.test(password);
  const isReady = name.trim() !== '' && /^\w{3,50}$/.test(username) && email.includes('@') && isStrong;
  const signUp = async () =>
    enter(await nerutalk.register({ name: name.trim(), username, email: email.trim(), password }), 'nerutalk');
  return (
    <Step action={t('signIn.start')} isReady={isReady} submit={run(signUp)} error={error}>
      <Field label={t('signIn.name')} value={name} onChange={setName} autoComplete="name" maxLength={100} autoFocus />
      <Field
        label={t('signIn.username')}
        hint={t('signIn.usernameHint')}
        value={username}
        onChange={setUsername}
        autoComplete="username"
        maxLength={50}
      />
      <Field label={t('signIn.email')} value={email} onChange={setEmail} type="email" autoComplete="email" />
      <Field
        label={t('signIn.password')}
        hint={t('signIn.passwordHint')}
        value={password}
        onChange={setPassword}
        type="password"
        autoComplete="new-password"
      />
    </Step>
  );
}

/** Tokens are good in every dialect: URGE says whose they are. */
async function enter(tokens: nerutalk.SignedIn, dialect: Session['dialect']): Promise<void> {
  const { access_token: accessToken, refresh_token: refreshToken } = tokens;
  const { id, name, avatarUrl } = await urge.whoHas(accessToken);
  session.set({ accessToken, refreshToken, dialect, me: { id, name, avatarUrl } });
}
