// Names after an @, completed as they are written.

import { useQuery } from '@tanstack/react-query';
import { useId, useLayoutEffect, useRef, useState, type KeyboardEvent, type RefObject } from 'react';
import { useTranslation } from 'react-i18next';
import * as pythia from '../api/pythia.ts';
import type { Conversation, Person } from '../api/shapes.ts';
import { Avatar } from '../ui/pieces.tsx';

const most = 8;

interface Begun {
  /** Where the @ is. */
  at: number;
  word: string;
}

export function useCompletion(
  conversation: Conversation,
  ref: RefObject<HTMLTextAreaElement | null>,
  text: string,
  setText: (text: string) => void,
) {
  const id = useId();
  const [begun, setBegun] = useState<Begun | null>(null);
  const [chosen, setChosen] = useState(0);
  const caret = useRef<number | null>(null);
  /** Where an @ is that was not to be completed. */
  const dismissed = useRef<number | null>(null);
  const { data: members = [] } = useQuery({
    queryKey: ['members', conversation.id],
    queryFn: () => pythia.membersOf(conversation.id),
    enabled: begun !== null,
  });

  const found = begun ? matching(members, conversation, begun.word) : [];
  const at = Math.min(chosen, found.length - 1);

  const look = () => {
    const place = ref.current?.selectionStart ?? 0;
    const match = /(?:^|[^\p{L}\p{N}_])@([\p{L}\p{N}_]*)$/u.exec(ref.current?.value.slice(0, place) ?? '');
    const next = match ? { at: place - match[1]!.length - 1, word: match[1]! } : null;
    if (next?.at !== dismissed.current) dismissed.current = null;
    else if (next) return;
    if (next?.at === begun?.at && next?.word === begun?.word) return;
    setBegun(next);
    setChosen(0);
  };

  const complete = ({ username = '' }: Person) => {
    if (!begun) return;
    const before = `${text.slice(0, begun.at)}@${username} `;
    caret.current = before.length;
    setText(before + text.slice(begun.at + 1 + begun.word.length).replace(/^ /, ''));
    setBegun(null);
    ref.current?.focus();
  };

  useLayoutEffect(() => {
    if (caret.current === null) return;
    ref.current?.setSelectionRange(caret.current, caret.current);
    caret.current = null;
  });

  /** Whether the key was for the list. */
  const press = (event: KeyboardEvent): boolean => {
    if (found.length === 0) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) setChosen((at + step + found.length) % found.length);
    else if (event.key === 'Enter' || event.key === 'Tab') complete(found[at]!);
    else if (event.key === 'Escape') {
      dismissed.current = begun?.at ?? null;
      setBegun(null);
    } else return false;
    event.preventDefault();
    return true;
  };

  const isOpen = found.length > 0;
  return {
    id,
    found,
    at,
    look,
    press,
    complete,
    aria: {
      'aria-autocomplete': 'list' as const,
      'aria-haspopup': 'listbox' as const,
      'aria-controls': isOpen ? id : undefined,
      'aria-activedescendant': isOpen ? `${id}-${at}` : undefined,
    },
  };
}

/** By username or by the name they are shown under. */
function matching(members: readonly Person[], { participants }: Conversation, word: string): Person[] {
  const names = new Map(participants.map((each) => [each.id, each]));
  const wanted = word.toLocaleLowerCase();
  return members
    .map((each) => ({ ...each, name: names.get(each.id)?.name ?? each.name }))
    .filter(({ name, username = '' }) =>
      [name, username].some((each) =>
        each
          .toLocaleLowerCase()
          .split(/\s+/)
          .some((part) => part.startsWith(wanted)),
      ),
    )
    .slice(0, most);
}

export function Completion({ completion }: { completion: ReturnType<typeof useCompletion> }) {
  const { t } = useTranslation();
  const { id, found, at, complete } = completion;
  if (found.length === 0) return null;
  return (
    <ul id={id} className="completion" role="listbox" aria-label={t('composer.mention')}>
      {found.map((person, index) => (
        <li
          key={person.id}
          id={`${id}-${index}`}
          role="option"
          aria-selected={index === at}
          onPointerDown={(event) => {
            event.preventDefault();
            complete(person);
          }}
        >
          <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="small" />
          <strong>{person.name}</strong>
          <small>@{person.username}</small>
        </li>
      ))}
    </ul>
  );
}
