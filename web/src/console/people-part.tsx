// People: found by username, made, and looked at one by one.

import { useQuery } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, Route, Switch } from 'wouter';
import * as pythia from '../api/pythia-admin.ts';
import { queries } from '../store/queries.ts';
import { sentence } from '../ui/acting.ts';
import { Button, SearchField } from '../ui/controls.tsx';
import { Avatar, note, Skeleton } from '../ui/pieces.tsx';
import { NewAccount } from './new-account.tsx';
import { PersonView } from './person-view.tsx';

export default function PeoplePart() {
  return (
    <Switch>
      <Route path="/console/people/:id">{({ id }) => <PersonView key={id} id={id} />}</Route>
      <Route>
        <PeopleList />
      </Route>
    </Switch>
  );
}

function PeopleList() {
  const { t } = useTranslation();
  const [words, setWords] = useState('');
  const [page, setPage] = useState(1);
  const [isMaking, setMaking] = useState(false);
  const search = useDeferredValue(words.trim());
  const people = useQuery({
    queryKey: ['admin people', search, page],
    queryFn: () => pythia.people(search, page),
    placeholderData: (before) => before,
  });
  return (
    <>
      <div className="toolbar">
        <SearchField
          label={t('console.findPeople')}
          value={words}
          onChange={(next) => {
            setWords(next);
            setPage(1);
          }}
        />
        <Button kind="primary" icon="plus" onPress={() => setMaking(true)}>
          {t('console.newAccount')}
        </Button>
      </div>
      {people.isPending && <Skeleton rows={5} />}
      {people.isError && <p className="hint">{sentence(people.error)}</p>}
      {people.data?.length === 0 && <p className="hint">{t('people.none')}</p>}
      <ul className="choices">
        {people.data?.map((person) => (
          <li key={person.id}>
            <Link href={`/console/people/${person.id}`}>
              <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="small" />
              <span>
                {person.username}
                {person.ranks.length > 0 && (
                  <small>{[...new Set(person.ranks.map(({ rank }) => rank))].join(', ')}</small>
                )}
              </span>
              {person.standing !== 'ACTIVE' && (
                <span className="state state-refused">{t(`standing.${person.standing}`)}</span>
              )}
            </Link>
          </li>
        ))}
      </ul>
      {(page > 1 || people.data?.length === pythia.pageSize) && (
        <div className="pager">
          <Button isDisabled={page === 1} onPress={() => setPage(page - 1)}>
            {t('console.before')}
          </Button>
          <Button isDisabled={people.data?.length !== pythia.pageSize} onPress={() => setPage(page + 1)}>
            {t('console.after')}
          </Button>
        </div>
      )}
      {isMaking && (
        <NewAccount
          onClose={() => setMaking(false)}
          onMade={async (username) => {
            setMaking(false);
            setWords(username);
            note(t('console.accountMade', { name: username }));
            await queries.invalidateQueries({ queryKey: ['admin people'] });
          }}
        />
      )}
    </>
  );
}
