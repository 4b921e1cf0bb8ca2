// Pictures of a room, as large as the screen, one after the other.

import { useEffect, useState } from 'react';
import { Dialog, Modal, ModalOverlay } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import type { Message } from '../api/shapes.ts';
import type { Timeline } from '../store/timeline.ts';
import { IconButton } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { full } from '../ui/times.ts';

export default function ImageViewer({
  timeline,
  message,
  onClose,
}: {
  timeline: Timeline;
  message: Message;
  onClose: () => void;
}) {
  const { t } = useTranslation();
  const [id, setId] = useState(message.id);
  const pictures = timeline.items.filter(({ kind, mediaUrl }) => kind === 'IMAGE' && mediaUrl !== null);
  const at = pictures.findIndex((each) => each.id === id);
  const shown = pictures[at] ?? message;
  const before = pictures[at - 1];
  const after = pictures[at + 1];

  useEffect(() => {
    const press = ({ key }: KeyboardEvent) => {
      if (key === 'ArrowLeft' && before) setId(before.id);
      if (key === 'ArrowRight' && after) setId(after.id);
    };
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, [before, after]);

  return (
    <ModalOverlay className="viewer" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal>
        <Dialog aria-label={shown.content || t('message.photo')}>
          <header>
            <span>
              <strong>{shown.senderName}</strong>
              <small>{full(shown.createdAt)}</small>
            </span>
            <a
              className="icon-button"
              href={shown.mediaUrl!}
              download
              target="_blank"
              rel="noopener"
              aria-label={t('viewer.save')}
            >
              <Icon name="download" />
            </a>
            <IconButton icon="close" label={t('common.close')} onPress={onClose} autoFocus />
          </header>
          <img src={shown.mediaUrl!} alt={shown.content || t('message.photo')} />
          {shown.content !== '' && <p dir="auto">{shown.content}</p>}
          {before && (
            <span className="viewer-before">
              <IconButton icon="back" label={t('viewer.before')} onPress={() => setId(before.id)} />
            </span>
          )}
          {after && (
            <span className="viewer-after">
              <IconButton icon="back" label={t('viewer.after')} onPress={() => setId(after.id)} />
            </span>
          )}
        </Dialog>
      </Modal>
    </ModalOverlay>
  );
}
