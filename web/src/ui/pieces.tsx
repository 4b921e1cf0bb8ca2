// Small things that many screens show: faces, empty and waiting states, times, notes that pass.

import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { createStore, useStore } from '../store/store.ts';
import { Icon, type IconName } from './icons.tsx';

/** A place on the colour circle that stays with a text. */
function hueOf(text: string): number {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)!) % 360;
  return sum;
}

function initials(name: string): string {
  const words = name.replace(/^[@#]/, '').trim().split(/\s+/);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters
    .map((word) => Array.from(word ?? '')[0] ?? '')
    .join('')
    .toUpperCase();
}

export function Avatar({
  id,
  name,
  url,
  size = 'normal',
  isOnline = false,
  shape = 'round',
}: {
  id: string;
  name: string;
  url: string | null;
  size?: 'small' | 'normal' | 'large';
  isOnline?: boolean;
  shape?: 'round' | 'square';
}) {
  return (
    <span className={`avatar avatar-${size} avatar-${shape}`} style={{ '--hue': hueOf(id) } as React.CSSProperties}>
      <span aria-hidden="true">{initials(name)}</span>
      {url !== null && <img src={url} alt="" loading="lazy" onError={(event) => (event.currentTarget.hidden = true)} />}
      {isOnline && <i className="avatar-online" />}
    </span>
  );
}

/** Where nothing is yet: what would be here, and what to do about it. */
export function Empty({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <span className="empty-icon">
        <Icon name={icon} />
      </span>
      <h2>{title}</h2>
      {children}
    </div>
  );
}

/** Rows that are on their way. */
export function Skeleton({ rows = 6 }: { rows?: number }) {
  const { t } = useTranslation();
  return (
    <div className="skeleton" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        <div key={row} className="skeleton-row">
          <span />
          <div>
            <i />
            <i />
          </div>
        </div>
      ))}
    </div>
  );
}

export function Spinner() {
  const { t } = useTranslation();
  return <span className="spinner" role="status" aria-label={t('common.loading')} />;
}

interface Note {
  id: number;
  text: string;
  kind: 'info' | 'error';
}

const notes = createStore<readonly Note[]>([]);
let lastNote = 0;

/** Says something at the edge of the screen, for a while. */
export function note(text: string, kind: Note['kind'] = 'info'): void {
  lastNote += 1;
  const id = lastNote;
  notes.set((all) => [...all.filter((each) => each.text !== text).slice(-2), { id, text, kind }]);
  setTimeout(() => notes.set((all) => all.filter((each) => each.id !== id)), kind === 'error' ? 7_000 : 4_000);
}

export function Notes() {
  const all = useStore(notes);
  return (
    <div className="notes" role="status" aria-live="polite">
      {all.map(({ id, text, kind }) => (
        <p key={id} className={`note note-${kind}`}>
          {text}
        </p>
      ))}
    </div>
  );
}
