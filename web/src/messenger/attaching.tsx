// Files that were chosen, before they go: what they are, and a word to go with them.

import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Conversation, Message, MessageKind } from '../api/shapes.ts';
import { post } from '../store/outbox.ts';
import { act } from '../ui/acting.ts';
import { Button, Field, IconButton } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { size } from '../ui/times.ts';
import { quoteOf } from './composer.tsx';

/** In MiB, as URGE takes them. */
const limits: Partial<Record<MessageKind, number>> = { IMAGE: 10, VIDEO: 100, AUDIO: 20, DOCUMENT: 20 };

function kindOf({ type }: File): MessageKind {
  if (/^image\/(jpeg|png|gif|webp)$/.test(type)) return 'IMAGE';
  if (type.startsWith('video/')) return 'VIDEO';
  return type.startsWith('audio/') ? 'AUDIO' : 'DOCUMENT';
}

function isTooLarge(file: File): boolean {
  return file.size > limits[kindOf(file)]! * 1024 * 1024;
}

export default function Attaching({
  conversation,
  files,
  replyTo,
  onChange,
  onSent,
}: {
  conversation: Conversation;
  files: readonly File[];
  replyTo: Message | null;
  onChange: (files: readonly File[]) => void;
  onSent: () => void;
}) {
  const { t } = useTranslation();
  const [caption, setCaption] = useState('');
  const sendable = files.filter((file) => !isTooLarge(file));
  const takesCaption = sendable.some((file) => kindOf(file) === 'IMAGE' || kindOf(file) === 'VIDEO');

  const send = async () => {
    onChange([]);
    onSent();
    let words = caption.trim();
    for (const file of sendable) {
      const kind = kindOf(file);
      let content = '';
      if (kind === 'DOCUMENT') content = JSON.stringify({ name: file.name, size: file.size, type: file.type });
      else if (kind === 'IMAGE' || kind === 'VIDEO') {
        content = words;
        words = '';
      }
      const reply = replyTo && file === sendable[0] ? { replyTo: quoteOf(replyTo) } : {};
      await post({ conversationId: conversation.id, kind, content, file, ...reply });
    }
  };

  return (
    <Dialog title={t('attach.title', { name: conversation.name })} onClose={() => onChange([])}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          act(send);
        }}
      >
        <ul className="attaching">
          {files.map((file, index) => (
            <li key={index}>
              <Preview file={file} />
              <span>
                <strong>{file.name}</strong>
                <small className={isTooLarge(file) ? 'form-error' : ''}>
                  {isTooLarge(file) ? t('attach.tooLarge', { megabytes: limits[kindOf(file)] }) : size(file.size)}
                </small>
              </span>
              <IconButton
                icon="close"
                label={t('attach.remove', { name: file.name })}
                onPress={() => onChange(files.filter((each) => each !== file))}
              />
            </li>
          ))}
        </ul>
        {takesCaption && <Field label={t('attach.caption')} value={caption} onChange={setCaption} autoFocus />}
        <div className="dialog-actions">
          <Button onPress={() => onChange([])}>{t('common.cancel')}</Button>
          <Button kind="primary" type="submit" icon="send" isDisabled={sendable.length === 0}>
            {t('composer.send')}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

function Preview({ file }: { file: File }) {
  const isPicture = kindOf(file) === 'IMAGE';
  const address = useMemo(() => (isPicture ? URL.createObjectURL(file) : null), [file, isPicture]);
  useEffect(() => () => void (address !== null && URL.revokeObjectURL(address)), [address]);
  return (
    <span className="attaching-preview">
      {address === null ? (
        <Icon name={kindOf(file) === 'VIDEO' ? 'video' : 'document'} />
      ) : (
        <img src={address} alt="" />
      )}
    </span>
  );
}
