// Language and theme: both at once, everywhere.

import { Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { tellLanguage } from '../api/nerutalk-account.ts';
import { useStore } from '../store/store.ts';
import { chooseLanguage, languages, type Language } from '../texts/texts.ts';
import { act } from '../ui/acting.ts';
import { Icon } from '../ui/icons.tsx';
import { Panel } from '../ui/parts.tsx';
import { chooseTheme, theme, themes, type Theme } from '../ui/theme.ts';

export default function LookPart() {
  const { t, i18n } = useTranslation();
  const chosen = useStore(theme);
  const speak = async (language: Language) => {
    await chooseLanguage(language);
    // Pushes are written by the server.
    await tellLanguage(language);
  };
  return (
    <>
      <Panel title={t('account.language')}>
        <RadioGroup
          aria-label={t('account.language')}
          className="options"
          value={i18n.language}
          onChange={(language) => act(() => speak(language as Language))}
        >
          {languages.map((each) => (
            <Radio key={each} value={each} className="option" lang={each}>
              <span>{t(`language.${each}`)}</span>
              <Icon name="check" />
            </Radio>
          ))}
        </RadioGroup>
      </Panel>
      <Panel title={t('account.theme')}>
        <RadioGroup
          aria-label={t('account.theme')}
          className="options options-looks"
          value={chosen}
          onChange={(next) => chooseTheme(next as Theme)}
        >
          {themes.map((each) => (
            <Radio key={each} value={each} className="option option-look">
              <span className={`look look-${each}`} aria-hidden="true">
                <i />
                <i />
                <i />
              </span>
              <span>{t(`theme.${each}`)}</span>
              <Icon name="check" />
            </Radio>
          ))}
        </RadioGroup>
      </Panel>
    </>
  );
}
