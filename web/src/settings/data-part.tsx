// All that is kept of me, as a file; and leaving for good.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe, session } from '../api/session.ts';
import * as nerutalk from '../api/nerutalk-account.ts';
import { act } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Panel } from '../ui/parts.tsx';

/** Hands a file over to whoever is looking. */
function save(name: string, content: Blob): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

export default function DataPart() {
  const { t } = useTranslation();
  const [isBusy, setBusy] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const download = async () => {
    setBusy(true);
    try {
      const mine = JSON.stringify(await nerutalk.everythingOfMine(), null, 2);
      save(`parlance-${new Date().toISOString().slice(0, 10)}.json`, new Blob([mine], { type: 'application/json' }));
    } finally {
      setBusy(false);
    }
  };
  return (
    <>
      <Panel title={t('settings.export')} hint={t('settings.exportHint')}>
        <div className="panel-actions">
          <Button icon="download" isDisabled={isBusy} onPress={() => act(download)}>
            {t('settings.download')}
          </Button>
        </div>
      </Panel>
      <Panel title={t('settings.leave')} hint={t('settings.leaveHint')}>
        <div className="panel-actions">
          <Button kind="danger" icon="trash" onPress={() => setLeaving(true)}>
            {t('settings.deleteAccount')}
          </Button>
        </div>
      </Panel>
      {isLeaving && <Leaving onClose={() => setLeaving(false)} />}
    </>
  );
}

/** Nobody presses it by mistake: one's own name is to be written first. */
function Leaving({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { name } = useMe();
  const [written, setWritten] = useState('');
  const isSure = written.trim() === name.trim();
  const leave = async () => {
    await nerutalk.deleteAccount();
    session.set(null);
  };
  return (
    <Dialog title={t('settings.deleteAccount')} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (isSure) act(leave);
        }}
      >
        <p>{t('settings.deleteText')}</p>
        <Field
          label={t('settings.writeName', { name })}
          value={written}
          onChange={setWritten}
          autoComplete="off"
          autoFocus
        />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button kind="danger" type="submit" isDisabled={!isSure}>
            {t('settings.deleteForGood')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
