// Somebody to talk to, or a group of them.

import { useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import type { Person } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { fetchConversation, putConversations } from '../store/conversations.ts';
import { act, attempt } from '../ui/acting.ts';
import { Button, Field } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { PeoplePicker } from './people-picker.tsx';

export default function NewConversation({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const go = (id: string) => {
    onClose();
    navigate(`/c/${id}`);
  };
  const talk = async ({ id }: Person) => {
    const opened = await urge.openDirect(id);
    putConversations(opened);
    go(opened.id);
  };
  return (
    <Dialog title={t('list.start')} onClose={onClose}>
      <Tabs>
        <TabList className="tabs" aria-label={t('list.start')}>
          <Tab id="person">{t('start.person')}</Tab>
          <Tab id="group">{t('start.group')}</Tab>
        </TabList>
        <TabPanel id="person">
          <PeoplePicker onChoose={(person) => act(() => talk(person))} />
        </TabPanel>
        <TabPanel id="group">
          <NewGroup onMade={go} />
        </TabPanel>
      </Tabs>
    </Dialog>
  );
}

function NewGroup({ onMade }: { onMade: (id: string) => void }) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const [members, setMembers] = useState<readonly Person[]>([]);
  const [isBusy, setBusy] = useState(false);
  const toggle = (person: Person) =>
    setMembers((now) =>
      now.some(({ id }) => id === person.id) ? now.filter(({ id }) => id !== person.id) : [...now, person],
    );
  const make = async () => {
    setBusy(true);
    await attempt(async () => {
      const { id } = await urge.createGroup(
        name.trim(),
        '',
        members.map((each) => each.id),
      );
      await fetchConversation(id);
      onMade(id);
    });
    setBusy(false);
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        if (name.trim() !== '') act(make);
      }}
    >
      <Field label={t('start.groupName')} value={name} onChange={setName} maxLength={100} />
      {members.length > 0 && (
        <ul className="chosen" aria-label={t('start.chosen')}>
          {members.map((person) => (
            <li key={person.id}>
              <button
                type="button"
                onClick={() => toggle(person)}
                aria-label={t('start.takeOut', { name: person.name })}
              >
                {person.name} <span aria-hidden="true">×</span>
              </button>
            </li>
          ))}
        </ul>
      )}
      <PeoplePicker chosen={members} onChoose={toggle} />
      <div className="dialog-actions">
        <Button kind="primary" type="submit" isDisabled={name.trim() === '' || isBusy}>
          {t('start.makeGroup')}
        </Button>
      </div>
    </form>
  );
}
