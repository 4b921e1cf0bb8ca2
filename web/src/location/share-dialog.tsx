// Showing somebody where I am: whom, for how long, and how closely.

import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import { precisions, type Precision } from '../api/nerutalk-places.ts';
import { PeoplePicker } from '../messenger/people-picker.tsx';
import { conversations } from '../store/conversations.ts';
import { queries } from '../store/queries.ts';
import { useStore } from '../store/store.ts';
import { act } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Avatar, note } from '../ui/pieces.tsx';
import { locate, reportNow, startReporting } from './reporter.ts';
import { Unlocatable, useUnlocated } from './unlocatable.tsx';

const spans = [15, 60, 480] as const;

interface Target {
  name: string;
  to: { personId: string } | { chatId: string };
}

export function ShareDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [target, setTarget] = useState<Target | null>(null);
  return (
    <Dialog title={target ? t('places.shareWith', { name: target.name }) : t('places.share')} onClose={onClose}>
      {target ? (
        <Terms target={target} onBack={() => setTarget(null)} onClose={onClose} />
      ) : (
        <Tabs>
          <TabList className="tabs" aria-label={t('places.shareTo')}>
            <Tab id="person">{t('start.person')}</Tab>
            <Tab id="chat">{t('start.group')}</Tab>
          </TabList>
          <TabPanel id="person">
            <PeoplePicker onChoose={({ id, name }) => setTarget({ name, to: { personId: id } })} />
          </TabPanel>
          <TabPanel id="chat">
            <Chats onChoose={setTarget} />
          </TabPanel>
        </Tabs>
      )}
    </Dialog>
  );
}

function Chats({ onChoose }: { onChoose: (target: Target) => void }) {
  const { t } = useTranslation();
  const { byId, order } = useStore(conversations);
  const groups = order.map((id) => byId.get(id)!).filter(({ isGroup }) => isGroup);
  if (groups.length === 0) return <p className="hint">{t('places.noChats')}</p>;
  return (
    <ul className="choices">
      {groups.map(({ id, name, avatarUrl }) => (
        <li key={id}>
          <button type="button" onClick={() => onChoose({ name, to: { chatId: id } })}>
            <Avatar id={id} name={name} url={avatarUrl} size="small" shape="square" />
            <span>{name}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

function Terms({ target, onBack, onClose }: { target: Target; onBack: () => void; onClose: () => void }) {
  const { t } = useTranslation();
  const [minutes, setMinutes] = useState<number>(60);
  const [precision, setPrecision] = useState<Precision>('exact');
  const [isBusy, setBusy] = useState(false);
  const unlocated = useUnlocated();
  const share = async () => {
    const place = await locate();
    await places.openShare(target.to, minutes, precision);
    startReporting();
    await reportNow(place);
    await queries.invalidateQueries({ queryKey: ['places', 'outgoing'] });
    note(t('places.shared', { name: target.name }));
    onClose();
  };
  const go = () =>
    act(async () => {
      setBusy(true);
      await unlocated.of(share).finally(() => setBusy(false));
    });
  return (
    <>
      <Choice
        label={t('places.howLong')}
        options={spans.map((each) => ({ value: each, label: t(`places.span_${each}`) }))}
        value={minutes}
        onChange={setMinutes}
      />
      <Choice
        label={t('places.howClosely')}
        options={precisions.map((each) => ({ value: each, label: t(`places.precision_${each}`) }))}
        value={precision}
        onChange={setPrecision}
      />
      <p className="hint">{t(`places.precisionHint_${precision}`)}</p>
      {unlocated.kind && <Unlocatable kind={unlocated.kind} />}
      <div className="dialog-actions">
        <Button onPress={onBack}>{t('places.back')}</Button>
        <Button kind="primary" isDisabled={isBusy} onPress={go}>
          {t('places.go')}
        </Button>
      </div>
    </>
  );
}

/** One of a few, side by side. */
function Choice<T extends string | number>({
  label,
  options,
  value,
  onChange,
}: {
  label: string;
  options: readonly { value: T; label: string }[];
  value: T;
  onChange: (value: T) => void;
}) {
  return (
    <fieldset className="segments">
      <legend>{label}</legend>
      <div>
        {options.map((option) => (
          <label key={option.value}>
            <input type="radio" name={label} checked={option.value === value} onChange={() => onChange(option.value)} />
            <span>{option.label}</span>
          </label>
        ))}
      </div>
    </fieldset>
  );
}
