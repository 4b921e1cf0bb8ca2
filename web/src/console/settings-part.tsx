// The settings in force, as the server reads them; of a secret only whether it is set.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { settingsInForce, type SettingInForce } from '../api/operations.ts';
import { sentence } from '../ui/acting.ts';
import { SearchField, Toggle } from '../ui/controls.tsx';
import { Panel } from '../ui/parts.tsx';
import { Skeleton } from '../ui/pieces.tsx';

export default function SettingsPart() {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [isOnlyChanged, setOnlyChanged] = useState(false);
  const groups = useQuery({ queryKey: ['settings in force'], queryFn: settingsInForce });
  if (groups.isPending) return <Skeleton rows={6} />;
  if (groups.isError) return <p className="hint">{sentence(groups.error)}</p>;
  const wanted = words.trim().toLocaleLowerCase();
  const isShown = ({ name, aliases, meaning, is_default }: SettingInForce) =>
    !(isOnlyChanged && is_default) && [name, ...aliases, meaning].join(' ').toLocaleLowerCase().includes(wanted);
  return (
    <>
      <SearchField label={t('console.findSetting')} value={words} onChange={setWords} />
      <Toggle label={t('console.onlyChanged')} isOn={isOnlyChanged} onChange={setOnlyChanged} />
      {groups.data.map(({ name, settings }) => {
        const shown = settings.filter(isShown);
        if (shown.length === 0) return null;
        return (
          <Panel key={name} title={name}>
            <ul className="panel-rows">
              {shown.map((setting) => (
                <li key={setting.name} className="setting">
                  <div className="panel-text">
                    <code>{setting.name}</code>
                    <small>{setting.meaning}</small>
                    {setting.aliases.length > 0 && <small>{setting.aliases.join(', ')}</small>}
                  </div>
                  <Value setting={setting} />
                </li>
              ))}
            </ul>
          </Panel>
        );
      })}
    </>
  );
}

function Value({ setting: { value, is_set, is_default, is_secret } }: { setting: SettingInForce }) {
  const { t } = useTranslation();
  if (is_secret) return <span className="state">{t(is_set ? 'console.secretSet' : 'console.secretUnset')}</span>;
  const text = value === null || value === '' ? '–' : typeof value === 'string' ? value : JSON.stringify(value);
  return (
    <span className="setting-value">
      <code>{text}</code>
      {!is_default && <span className="state state-delivered">{t('console.changed')}</span>}
    </span>
  );
}
