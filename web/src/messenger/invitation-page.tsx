// Where a link of invitation leads: what the group is, and the way in.

import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { useLocation } from 'wouter';
import * as urge from '../api/urge.ts';
import { fetchConversation } from '../store/conversations.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';

export function InvitationPage({ code }: { code: string }) {
  const { t } = useTranslation();
  const [, navigate] = useLocation();
  const invited = useQuery({ queryKey: ['invitation', code], queryFn: () => urge.invitation(code) });
  if (invited.isPending) return <Skeleton rows={2} />;
  if (invited.isError) return <Empty icon="link" title={sentence(invited.error)} />;
  const { id, name, description, memberCount, isMember } = invited.data;
  const enter = async () => {
    if (!isMember) await urge.acceptInvitation(code);
    await fetchConversation(id);
    navigate(`/c/${id}`, { replace: true });
  };
  return (
    <section className="page invitation" aria-label={t('invitation.title')}>
      <h1>{t('invitation.title')}</h1>
      <div className="about">
        <Avatar id={id} name={name} url={null} size="large" shape="square" />
        <strong>{name}</strong>
        {description !== null && description !== '' && <p>{description}</p>}
        <small>{t('room.members', { count: memberCount })}</small>
        <Button kind="primary" onPress={() => act(enter)}>
          {t(isMember ? 'channels.open' : 'channels.join')}
        </Button>
      </div>
    </section>
  );
}
