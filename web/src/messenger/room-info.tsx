// All about a conversation: who is in it, the way in, the way out.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import { useMe } from '../api/session.ts';
import type { Conversation, Person } from '../api/shapes.ts';
import * as urge from '../api/urge.ts';
import { dropConversation, fetchConversation } from '../store/conversations.ts';
import { queries } from '../store/queries.ts';
import { act } from '../ui/acting.ts';
import { Button, Field, IconButton } from '../ui/controls.tsx';
import { Confirm, Dialog } from '../ui/floating.tsx';
import { Avatar, note, Skeleton } from '../ui/pieces.tsx';
import { useOther } from './other.ts';
import { PeoplePicker } from './people-picker.tsx';

export default function RoomInfo({ conversation, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Dialog title={t('room.info')} onClose={onClose}>
      <div className="about">
        <Avatar
          id={conversation.id}
          name={conversation.name}
          url={conversation.avatarUrl}
          size="large"
          shape={conversation.isGroup ? 'square' : 'round'}
        />
        <strong>{conversation.name}</strong>
        {conversation.description !== null && conversation.description !== '' && <p>{conversation.description}</p>}
      </div>
      {conversation.isGroup ? (
        <GroupInfo conversation={conversation} onClose={onClose} />
      ) : (
        <PersonInfo conversation={conversation} />
      )}
    </Dialog>
  );
}

function PersonInfo({ conversation }: { conversation: Conversation }) {
  const { t } = useTranslation();
  const me = useMe();
  const other = useOther(conversation);
  const standing = useQuery({
    queryKey: ['blocked', other?.id],
    queryFn: () => urge.blockStanding(other!.id),
    enabled: other !== undefined && other.id !== me.id,
  });
  if (!other || other.id === me.id) return null;
  const isBlocked = standing.data?.i_blocked_them === true;
  const toggle = async () => {
    await (isBlocked ? urge.unblock(other.id) : urge.block(other.id));
    await queries.invalidateQueries({ queryKey: ['blocked', other.id] });
  };
  return (
    <>
      {other.bio !== null && other.bio !== undefined && other.bio !== '' && <p className="about-bio">{other.bio}</p>}
      <Button kind="danger" wide isDisabled={standing.isPending} onPress={() => act(toggle)}>
        {t(isBlocked ? 'info.unblock' : 'info.block')}
      </Button>
    </>
  );
}

function GroupInfo({ conversation: { id }, onClose }: { conversation: Conversation; onClose: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const [, navigate] = useLocation();
  const [isAdding, setAdding] = useState(false);
  const [isLeaving, setLeaving] = useState(false);
  const group = useQuery({ queryKey: ['group', id], queryFn: () => urge.group(id) });
  const again = async () => {
    await Promise.all([queries.invalidateQueries({ queryKey: ['group', id] }), fetchConversation(id)]);
  };
  if (!group.data) return <Skeleton rows={4} />;
  const { members, myRole, inviteCode, name } = group.data;
  const mayManage = myRole === 'FOUNDER' || myRole === 'MODERATOR' || myRole === 'RECRUITER';

  const add = async (person: Person) => {
    await urge.addMembers(id, [person.id]);
    await again();
    note(t('info.added', { name: person.name }));
  };
  const takeOut = async (person: Person) => {
    await urge.removeMember(id, person.id);
    await again();
  };
  const leave = async () => {
    await urge.leaveGroup(id);
    dropConversation(id);
    onClose();
    navigate('/');
  };
  const copyInvitation = async () => {
    await navigator.clipboard.writeText(new URL(`/app/join/${inviteCode}`, location.href).href);
    note(t('common.copied'));
  };

  return (
    <>
      {myRole !== null && myRole !== 'MEMBER' && (
        <Rename name={name} onRename={(next) => act(() => urge.changeGroup(id, { name: next }).then(again))} />
      )}
      <div className="about-actions">
        {inviteCode !== null && (
          <Button icon="link" onPress={() => act(copyInvitation)}>
            {t('info.copyInvitation')}
          </Button>
        )}
        <Button icon="plus" onPress={() => setAdding(!isAdding)} aria-expanded={isAdding}>
          {t('info.add')}
        </Button>
      </div>
      {isAdding && (
        <PeoplePicker onChoose={(person) => act(() => add(person))} hidden={members.map((each) => each.id)} />
      )}
      <h3>{t('room.members', { count: members.length })}</h3>
      <ul className="choices">
        {members.map((person) => (
          <li key={person.id} className="member">
            <Avatar id={person.id} name={person.name} url={person.avatarUrl} size="small" isOnline={person.isOnline} />
            <span>
              {person.id === me.id ? t('list.you') : person.name}
              {person.role !== 'MEMBER' && <small>{t(`role.${person.role}`)}</small>}
            </span>
            {mayManage && person.id !== me.id && person.role !== 'FOUNDER' && (
              <IconButton
                icon="close"
                label={t('start.takeOut', { name: person.name })}
                onPress={() => act(() => takeOut(person))}
              />
            )}
          </li>
        ))}
      </ul>
      {myRole !== 'FOUNDER' && (
        <Button kind="danger" wide icon="signOut" onPress={() => setLeaving(true)}>
          {t('info.leave')}
        </Button>
      )}
      {isLeaving && (
        <Confirm
          title={t('info.leave')}
          text={t('info.leaveText', { name })}
          action={t('info.leave')}
          onConfirm={() => act(leave)}
          onClose={() => setLeaving(false)}
        />
      )}
    </>
  );
}

function Rename({ name, onRename }: { name: string; onRename: (name: string) => void }) {
  const { t } = useTranslation();
  const [text, setText] = useState(name);
  const isChanged = text.trim() !== '' && text.trim() !== name;
  return (
    <form
      className="rename"
      onSubmit={(event) => {
        event.preventDefault();
        if (isChanged) onRename(text.trim());
      }}
    >
      <Field label={t('start.groupName')} value={text} onChange={setText} maxLength={100} />
      <Button type="submit" kind="primary" isDisabled={!isChanged}>
        {t('common.save')}
      </Button>
    </form>
  );
}
