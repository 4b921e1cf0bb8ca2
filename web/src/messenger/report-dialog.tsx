// Telling the superusers of a message (AI Messaging): why, and perhaps a few words.

import { useState } from 'react';
import { Label, Radio, RadioGroup } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { reportMessage } from '../api/ai-messaging.ts';
import type { Message } from '../api/shapes.ts';
import { act } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { note } from '../ui/pieces.tsx';

const reasons = ['spam', 'abuse', 'danger', 'other'] as const;

export default function ReportDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const [reason, setReason] = useState<(typeof reasons)[number] | null>(null);
  const [words, setWords] = useState('');
  const [isBusy, setBusy] = useState(false);
  const report = async () => {
    setBusy(true);
    try {
      await reportMessage(message.id, t(`report.${reason!}`), words.trim());
      onClose();
      note(t('report.done'));
    } finally {
      setBusy(false);
    }
  };
  return (
    <Dialog title={t('report.title', { name: message.senderName })} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          if (reason !== null && !isBusy) act(report);
        }}
      >
        <p>{t('report.hint')}</p>
        <RadioGroup className="options" value={reason} onChange={(next) => setReason(next as (typeof reasons)[number])}>
          <Label className="hidden-text">{t('report.why')}</Label>
          {reasons.map((each) => (
            <Radio key={each} value={each} className="option">
              <span>{t(`report.${each}`)}</span>
              <Icon name="check" />
            </Radio>
          ))}
        </RadioGroup>
        <Field label={t('report.words')} value={words} onChange={setWords} lines={3} maxLength={4_000} />
        <div className="dialog-actions">
          <Button onPress={onClose}>{t('common.cancel')}</Button>
          <Button kind="primary" type="submit" isDisabled={reason === null || isBusy}>
            {t('report.send')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
