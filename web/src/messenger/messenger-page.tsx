// Chats: the list beside a room; on a phone one of the two.

import { useTranslation } from 'react-i18next';
import { Route, Switch } from 'wouter';
import { Empty } from '../ui/pieces.tsx';
import { ConversationList } from './conversation-list.tsx';
import { Room } from './room.tsx';

export function MessengerPage() {
  const { t } = useTranslation();
  return (
    <div className="messenger">
      <Route path="/c/:id/*?">{(params) => <ConversationList openId={params.id} />}</Route>
      <Route path="/">
        <ConversationList openId={null} />
      </Route>
      <Switch>
        <Route path="/c/:id/m/:message">{({ id, message }) => <Room key={id} id={id} sought={message} />}</Route>
        <Route path="/c/:id">{({ id }) => <Room key={id} id={id} sought={null} />}</Route>
        <Route>
          <section className="room room-none" aria-label={t('list.nothingOpen')}>
            <Empty icon="chats" title={t('list.nothingOpen')}>
              <p>{t('list.nothingOpenHint')}</p>
            </Empty>
          </section>
        </Route>
      </Switch>
    </div>
  );
}
