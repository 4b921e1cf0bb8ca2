// Sends a message on to another conversation.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { conversations } from '../store/conversations.ts';
import { useStore } from '../store/store.ts';
import { act } from '../ui/acting.ts';
import { SearchField } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Avatar, note } from '../ui/pieces.tsx';
import { preview } from './message-words.ts';

export default function ForwardDialog({ message, onClose }: { message: Message; onClose: () => void }) {
  const { t } = useTranslation();
  const { byId, order } = useStore(conversations);
  const [words, setWords] = useState('');
  const wanted = words.trim().toLocaleLowerCase();
  const shown = order.map((id) => byId.get(id)!).filter(({ name }) => name.toLocaleLowerCase().includes(wanted));
  const forward = async (id: string, name: string) => {
    onClose();
    await urge.forward([message.id], id);
    note(t('forward.done', { name }));
  };
  return (
    <Dialog title={t('forward.title')} onClose={onClose}>
      <blockquote className="quote">
        <strong>{message.senderName}</strong>
        <span>{preview(message)}</span>
      </blockquote>
      <SearchField label={t('list.filter')} value={words} onChange={setWords} autoFocus />
      <ul className="choices">
        {shown.map(({ id, name, avatarUrl, isGroup }) => (
          <li key={id}>
            <button type="button" onClick={() => act(() => forward(id, name))}>
              <Avatar id={id} name={name} url={avatarUrl} size="small" shape={isGroup ? 'square' : 'round'} />
              <span>{name}</span>
            </button>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
