// People to choose from, found by name, username or phone number.

import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { session } from '../api/session.ts';
import type { Person } from '../api/shapes.ts';
import * as pythia from '../api/pythia.ts';
import * as urge from '../api/urge.ts';
import { conversations } from '../store/conversations.ts';
import { useStore } from '../store/store.ts';
import { SearchField } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar, Skeleton } from '../ui/pieces.tsx';

/** By shown name and phone (URGE), and by username (Pythia), each person once. */
export async function findPeople(words: string, signal?: AbortSignal): Promise<Person[]> {
  const [byName, byUsername] = await Promise.all([
    urge.findPeople(words, signal),
    pythia.findPeople(words.replace(/^@/, ''), signal),
  ]);
  const found = new Map(byUsername.map((each) => [each.id, each]));
  const nameless = byUsername.map(({ id }) => id).filter((id) => !byName.some((each) => each.id === id));
  const named = nameless.length === 0 ? [] : await urge.peopleOf(nameless);
  for (const each of [...byName, ...named]) found.set(each.id, { ...found.get(each.id), ...each });
  found.delete(session.get()?.me.id ?? '');
  return [...found.values()];
}

export function PeoplePicker({
  chosen = [],
  onChoose,
  hidden = [],
}: {
  /** Marked; absent where choosing is all. */
  chosen?: readonly Person[];
  onChoose: (person: Person) => void;
  /** Ids of those who are not offered. */
  hidden?: readonly string[];
}) {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const sought = useDeferredValue(words.trim());
  const found = useQuery({
    queryKey: ['people', sought],
    queryFn: ({ signal }) => findPeople(sought, signal),
    enabled: sought !== '',
  });
  const known = useKnown();
  const shown = (sought === '' ? known : (found.data ?? [])).filter(({ id }) => !hidden.includes(id));
  return (
    <>
      <SearchField label={t('people.find')} value={words} onChange={setWords} autoFocus />
      {found.isLoading && <Skeleton rows={3} />}
      {found.data?.length === 0 && sought !== '' && <p className="hint">{t('people.none')}</p>}
      {sought === '' && known.length === 0 && <p className="hint">{t('people.hint')}</p>}
      <ul className="choices">
        {shown.map((person) => {
          const isChosen = chosen.some(({ id }) => id === person.id);
          return (
            <li key={person.id}>
              <button
                type="button"
                aria-pressed={chosen.length > 0 ? isChosen : undefined}
                onClick={() => onChoose(person)}
              >
                <Avatar
                  id={person.id}
                  name={person.name}
                  url={person.avatarUrl}
                  isOnline={person.isOnline}
                  size="small"
                />
                <span>
                  {person.name}
                  {person.username !== undefined && person.username !== person.name && (
                    <small>@{person.username}</small>
                  )}
                </span>
                {isChosen && <Icon name="check" />}
              </button>
            </li>
          );
        })}
      </ul>
    </>
  );
}

/** Those I talk with already. */
function useKnown(): Person[] {
  const { byId, order } = useStore(conversations);
  const myId = useStore(session, (now) => now?.me.id);
  return order
    .map((id) => byId.get(id)!)
    .filter(({ isGroup }) => !isGroup)
    .flatMap(({ participants }) => participants.filter(({ id }) => id !== myId))
    .slice(0, 20);
}
