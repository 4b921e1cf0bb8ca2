// The controls of every screen, over React Aria: buttons, fields, menus, dialogs. Use these, not bare elements.

import { useId, type Ref } from 'react';
import {
  Button as AriaButton,
  FieldError,
  Input,
  Label,
  Text,
  TextArea,
  TextField as AriaTextField,
  type ButtonProps as AriaButtonProps,
  type TextFieldProps as AriaTextFieldProps,
} from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Icon, type IconName } from './icons.tsx';

interface ButtonProps extends Omit<AriaButtonProps, 'className'> {
  /** `primary`: the one thing this screen is for. */
  kind?: 'primary' | 'plain' | 'danger';
  icon?: IconName;
  wide?: boolean;
}

export function Button({ kind = 'plain', icon, wide = false, children, ...props }: ButtonProps) {
  return (
    <AriaButton {...props} className={`button button-${kind}${wide ? ' button-wide' : ''}`}>
      {icon && <Icon name={icon} />}
      <>{children}</>
    </AriaButton>
  );
}

interface IconButtonProps extends Omit<AriaButtonProps, 'className' | 'children'> {
  icon: IconName;
  /** Its name: read out, and shown when one rests on it. */
  label: string;
  kind?: 'plain' | 'primary' | 'danger';
  filled?: boolean;
  ref?: Ref<HTMLButtonElement>;
}

export function IconButton({ icon, label, kind = 'plain', filled = false, ref, ...props }: IconButtonProps) {
  return (
    <AriaButton
      {...props}
      {...(ref && { ref })}
      aria-label={label}
      className={`icon-button icon-button-${kind}`}
      render={(own) => <button {...own} title={label} />}
    >
      <Icon name={icon} filled={filled} />
    </AriaButton>
  );
}

interface FieldProps extends Omit<AriaTextFieldProps, 'className' | 'children'> {
  label: string;
  hint?: string;
  /** What is wrong with it. */
  error?: string | undefined;
  placeholder?: string;
  lines?: number;
}

export function Field({ label, hint, error, placeholder, lines, ...props }: FieldProps) {
  return (
    <AriaTextField {...props} isInvalid={error !== undefined} className="field">
      <Label>{label}</Label>
      {lines === undefined ? (
        <Input {...(placeholder !== undefined && { placeholder })} />
      ) : (
        <TextArea rows={lines} {...(placeholder !== undefined && { placeholder })} />
      )}
      {hint !== undefined && error === undefined && <Text slot="description">{hint}</Text>}
      <FieldError>{error}</FieldError>
    </AriaTextField>
  );
}

/** A field to search by: its name is not shown. */
export function SearchField({
  label,
  value,
  onChange,
  autoFocus = false,
}: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  autoFocus?: boolean;
}) {
  const { t } = useTranslation();
  return (
    <AriaTextField
      aria-label={label}
      value={value}
      onChange={onChange}
      autoFocus={autoFocus}
      type="search"
      className="search-field"
    >
      <Icon name="search" />
      <Input placeholder={label} enterKeyHint="search" />
      {value !== '' && <IconButton icon="close" label={t('common.clear')} onPress={() => onChange('')} />}
    </AriaTextField>
  );
}

/** A switch with its name and, under it, what it means. */
export function Toggle({
  label,
  hint,
  isOn,
  onChange,
}: {
  label: string;
  hint?: string;
  isOn: boolean;
  onChange: (isOn: boolean) => void;
}) {
  const id = useId();
  return (
    <div className="toggle">
      <div>
        <label htmlFor={id}>{label}</label>
        {hint !== undefined && <p id={`${id}-hint`}>{hint}</p>}
      </div>
      <input
        id={id}
        type="checkbox"
        role="switch"
        checked={isOn}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
        onChange={(event) => onChange(event.target.checked)}
      />
    </div>
  );
}
