// What floats above the page: menus, dialogs, and anything beside something. Screens take these from floating.tsx, which
// loads this later.

import type { ReactNode, RefObject } from 'react';
import {
  Dialog as AriaDialog,
  Heading,
  Menu as AriaMenu,
  MenuItem,
  Modal,
  ModalOverlay,
  Popover,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Button, IconButton } from './controls.tsx';
import { Icon, type IconName } from './icons.tsx';

export interface MenuChoice {
  id: string;
  label: string;
  icon?: IconName;
  danger?: boolean;
  /** Leads on to another question, so it closes nothing. */
  stays?: true;
  act: () => void;
}

function Choices({ label, choices }: { label: string; choices: readonly MenuChoice[] }) {
  return (
    <AriaMenu aria-label={label} className="menu" autoFocus="first">
      {choices.map(({ id, label: text, icon, danger, act }) => (
        <MenuItem
          key={id}
          id={id}
          textValue={text}
          onAction={act}
          className={danger ? 'menu-item danger' : 'menu-item'}
        >
          {icon && <Icon name={icon} />}
          <span>{text}</span>
        </MenuItem>
      ))}
    </AriaMenu>
  );
}

export interface MenuAtProps {
  label: string;
  anchor: RefObject<Element | null>;
  choices: readonly MenuChoice[];
  onClose: () => void;
  above?: ReactNode;
}

export function MenuAt({ label, anchor, choices, onClose, above }: MenuAtProps) {
  const closing = choices.map((each) => (each.stays ? each : { ...each, act: () => (onClose(), each.act()) }));
  return (
    <Popover className="popover" triggerRef={anchor} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <AriaDialog className="menu-dialog" aria-label={label}>
        {above}
        <Choices label={label} choices={closing} />
      </AriaDialog>
    </Popover>
  );
}

export interface FloatAtProps {
  label: string;
  anchor: RefObject<Element | null>;
  onClose: () => void;
  children: ReactNode;
}

export function FloatAt({ label, anchor, onClose, children }: FloatAtProps) {
  return (
    <Popover className="popover" triggerRef={anchor} isOpen onOpenChange={(isOpen) => !isOpen && onClose()}>
      <AriaDialog className="float" aria-label={label}>
        {children}
      </AriaDialog>
    </Popover>
  );
}

export interface DialogProps {
  title: string;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
}

export function Dialog({ title, onClose, children, wide = false }: DialogProps) {
  const { t } = useTranslation();
  return (
    <ModalOverlay className="overlay" isOpen isDismissable onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Modal className={wide ? 'modal modal-wide' : 'modal'}>
        <AriaDialog className="dialog">
          <header className="dialog-head">
            <Heading slot="title">{title}</Heading>
            <IconButton icon="close" label={t('common.close')} onPress={onClose} />
          </header>
          <div className="dialog-body">{children}</div>
        </AriaDialog>
      </Modal>
    </ModalOverlay>
  );
}

export interface ConfirmProps {
  title: string;
  text: string;
  action: string;
  onConfirm: () => void;
  onClose: () => void;
}

export function Confirm({ title, text, action, onConfirm, onClose }: ConfirmProps) {
  const { t } = useTranslation();
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{text}</p>
      <div className="dialog-actions">
        <Button onPress={onClose}>{t('common.cancel')}</Button>
        <Button kind="danger" autoFocus onPress={() => (onClose(), onConfirm())}>
          {action}
        </Button>
      </div>
    </Dialog>
  );
}
