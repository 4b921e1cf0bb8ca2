// The roles of an account (AI Messaging): given and taken by a press; new ones are made here too.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as admin from '../api/ai-messaging-admin.ts';
import { assume, queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field, IconButton } from '../ui/controls.tsx';
import { Confirm } from '../ui/floating.tsx';
import { Skeleton } from '../ui/pieces.tsx';

export function Roles({ account }: { account: number }) {
  const { t } = useTranslation();
  const all = useQuery({ queryKey: ['roles'], queryFn: admin.roles });
  const queryKey = ['roles of', account];
  const held = useQuery({ queryKey, queryFn: () => admin.rolesOf(account), staleTime: 0 });
  const [name, setName] = useState('');
  const [leaving, setLeaving] = useState<admin.Role | null>(null);
  if (all.isPending || held.isPending) return <Skeleton rows={1} />;
  if (all.isError) return <p className="hint">{sentence(all.error)}</p>;
  if (held.isError) return <p className="hint">{sentence(held.error)}</p>;

  const holds = (role: admin.Role) => held.data.some(({ id }) => id === role.id);
  const assign = async (roles: readonly admin.Role[]) => {
    assume(queryKey, roles);
    try {
      await admin.assignRoles(
        account,
        roles.map(({ id }) => id),
      );
    } finally {
      await queries.invalidateQueries({ queryKey });
    }
  };
  const toggle = (role: admin.Role) => {
    const others = held.data.filter(({ id }) => id !== role.id);
    return assign(holds(role) ? others : [...others, role]);
  };
  const make = async () => {
    const made = await admin.createRole(name.trim(), '');
    setName('');
    await queries.invalidateQueries({ queryKey: ['roles'] });
    await assign([...held.data, made]);
  };
  const remove = async (role: admin.Role) => {
    await admin.deleteRole(role.id);
    await Promise.all([queries.invalidateQueries({ queryKey: ['roles'] }), queries.invalidateQueries({ queryKey })]);
  };
  return (
    <>
      {all.data.length > 0 && (
        <ul className="panel-rows">
          {all.data.map((role) => (
            <li key={role.id}>
              <label className="check">
                <input type="checkbox" checked={holds(role)} onChange={() => act(() => toggle(role))} />
                <span>
                  {role.name}
                  {role.description !== null && <small>{role.description}</small>}
                </span>
              </label>
              <IconButton
                icon="trash"
                label={t('console.removeRole', { name: role.name })}
                onPress={() => setLeaving(role)}
              />
            </li>
          ))}
        </ul>
      )}
      <form
        className="inline-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (name.trim() !== '') act(make);
        }}
      >
        <Field label={t('console.newRole')} value={name} onChange={setName} maxLength={100} />
        <Button type="submit" isDisabled={name.trim() === ''}>
          {t('console.giveRole')}
        </Button>
      </form>
      {leaving && (
        <Confirm
          title={t('console.removeRole', { name: leaving.name })}
          text={t('console.removeRoleText')}
          action={t('settings.remove')}
          onConfirm={() => act(() => remove(leaving))}
          onClose={() => setLeaving(null)}
        />
      )}
    </>
  );
}
