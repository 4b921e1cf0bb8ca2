// My face in the rail, and what it opens: the theme, the language, signing out, and what a short rail has no room for.

import { useTranslation } from 'react-i18next';
import type { Section } from './sections.tsx';
import { signOut } from './signing-in/sign-out.ts';
import { useMe } from './api/session.ts';
import { chooseLanguage, languages } from './texts/texts.ts';
import { chooseTheme, themes, theme } from './ui/theme.ts';
import { useStore } from './store/store.ts';
import { Icon } from './ui/icons.tsx';
import { Avatar } from './ui/pieces.tsx';
import { Button } from './ui/controls.tsx';
import { FloatAt } from './ui/floating.tsx';
import { useRef, useState } from 'react';
import { Link } from 'wouter';
import { act } from './ui/acting.ts';
import { PushSwitch } from './notifications/push-switch.tsx';

export function AccountMenu({ asides }: { asides: readonly Section[] }) {
  const { t, i18n } = useTranslation();
  const me = useMe();
  const chosen = useStore(theme);
  const [isOpen, setOpen] = useState(false);
  const anchor = useRef<HTMLButtonElement>(null);
  return (
    <>
      <button
        ref={anchor}
        type="button"
        className="rail-me"
        aria-haspopup="dialog"
        aria-expanded={isOpen}
        aria-label={t('account.open', { name: me.name })}
        onClick={() => setOpen(true)}
      >
        <Avatar id={me.id} name={me.name} url={me.avatarUrl} size="small" />
      </button>
      {isOpen && (
        <FloatAt label={t('account.title')} anchor={anchor} onClose={() => setOpen(false)}>
          <div className="account">
            <header>
              <Avatar id={me.id} name={me.name} url={me.avatarUrl} />
              <strong>{me.name}</strong>
            </header>
            <ul className="account-sections">
              {asides.map(({ path, name, icon }) => (
                <li key={path}>
                  <Link href={path} onClick={() => setOpen(false)}>
                    <Icon name={icon} />
                    <span>{t(name)}</span>
                  </Link>
                </li>
              ))}
            </ul>
            <label>
              <span>{t('account.theme')}</span>
              <select value={chosen} onChange={(event) => chooseTheme(event.target.value as (typeof themes)[number])}>
                {themes.map((each) => (
                  <option key={each} value={each}>
                    {t(`theme.${each}`)}
                  </option>
                ))}
              </select>
            </label>
            <label>
              <span>{t('account.language')}</span>
              <select
                value={i18n.language}
                onChange={(event) => act(() => chooseLanguage(event.target.value as (typeof languages)[number]))}
              >
                {languages.map((each) => (
                  <option key={each} value={each} lang={each}>
                    {t(`language.${each}`)}
                  </option>
                ))}
              </select>
            </label>
            <PushSwitch />
            <Button icon="signOut" wide onPress={() => act(signOut)}>
              {t('account.signOut')}
            </Button>
          </div>
        </FloatAt>
      )}
    </>
  );
}
