// The frame around everything: who is not signed in signs in; who is has the rail, the sections and the lines to the server.

import { Component, lazy, Suspense, useEffect, type ReactNode } from 'react';
import { QueryClientProvider, useQuery } from '@tanstack/react-query';
import { I18nProvider } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import { Link, Redirect, Route, Router, Switch, useLocation } from 'wouter';
import * as aiMessaging from './api/ai-messaging.ts';
import { session } from './api/session.ts';
import { goLive, line } from './live/live.ts';
import { AccountMenu } from './account-menu.tsx';
import { InvitationPage } from './messenger/invitation-page.tsx';
import { sections, type Section } from './sections.tsx';
import { SignInPage } from './signing-in/sign-in-page.tsx';
import { conversations, unreadInAll } from './store/conversations.ts';
import { queries } from './store/queries.ts';
import { useStore } from './store/store.ts';
import { Button } from './ui/controls.tsx';
import { Icon } from './ui/icons.tsx';
import { Empty, Notes, Spinner } from './ui/pieces.tsx';

const CallsLayer = lazy(() => import('./calls/calls-layer.tsx'));

export function App() {
  const { i18n } = useTranslation();
  const isSignedIn = useStore(session, (now) => now !== null);
  return (
    <I18nProvider locale={i18n.language}>
      <QueryClientProvider client={queries}>
        <Router base="/app">
          <Catch>{isSignedIn ? <Inside /> : <SignInPage />}</Catch>
        </Router>
        <Notes />
      </QueryClientProvider>
    </I18nProvider>
  );
}

function Inside() {
  const { t } = useTranslation();
  // Somebody else signing in is another person's page.
  const accountId = useStore(session, (now) => now?.me.id);
  useEffect(goLive, [accountId]);
  useTitle();
  const superuser = useQuery({ queryKey: ['standing', accountId], queryFn: aiMessaging.standing, staleTime: Infinity });
  const shown = sections.filter((each) => each.superusersOnly !== true || superuser.data?.is_superuser === true);

  return (
    <div className="shell">
      <a className="skip" href="#main">
        {t('nav.skip')}
      </a>
      <Rail shown={shown} />
      <main id="main" tabIndex={-1}>
        <LineState />
        <Suspense
          fallback={
            <div className="waiting">
              <Spinner />
            </div>
          }
        >
          <Switch>
            <Route path="/join/:code">{({ code }) => <InvitationPage code={code} />}</Route>
            {shown
              .filter(({ path }) => path !== '/')
              .map(({ path, Page }) => (
                <Route key={path} path={`${path}/*?`}>
                  <Catch>
                    <Page />
                  </Catch>
                </Route>
              ))}
            <Route path="/c/*" component={sections[0]!.Page} />
            <Route path="/" component={sections[0]!.Page} />
            {/* Whether it is theirs to see is not known yet. */}
            {superuser.isPending && <Route path="/console/*?" />}
            <Route>
              <Redirect to="/" replace />
            </Route>
          </Switch>
        </Suspense>
      </main>
      <Catch instead={null}>
        <Suspense>
          <CallsLayer />
        </Suspense>
      </Catch>
    </div>
  );
}

function Rail({ shown }: { shown: readonly Section[] }) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const unread = useStore(conversations, unreadInAll);
  const isInRoom = location.startsWith('/c/');
  return (
    <nav className={isInRoom ? 'rail rail-in-room' : 'rail'} aria-label={t('nav.sections')}>
      <img className="rail-mark" src="/app/icon.svg" alt="" width="32" height="32" />
      {shown.map(({ path, name, icon, isAside }) => {
        const isHere = path === '/' ? location === '/' || isInRoom : location.startsWith(path);
        return (
          <Link
            key={path}
            href={path}
            className={isAside ? 'rail-link rail-link-aside' : 'rail-link'}
            aria-current={isHere ? 'page' : undefined}
          >
            <Icon name={icon} filled={false} />
            <span>{t(name)}</span>
            {path === '/' && unread > 0 && (
              <b className="count" aria-label={t('list.unread', { count: unread })}>
                {unread > 99 ? '99+' : unread}
              </b>
            )}
          </Link>
        );
      })}
      <AccountMenu asides={shown.filter(({ isAside }) => isAside)} />
    </nav>
  );
}

/** Only a loss that lasts is worth saying. */
function LineState() {
  const { t } = useTranslation();
  const state = useStore(line);
  return (
    <p className="line-state" role="status" hidden={state !== 'lost'}>
      {state === 'lost' ? t('common.offline') : ''}
    </p>
  );
}

/** How many are unread, where a tab shows it. */
function useTitle(): void {
  const unread = useStore(conversations, unreadInAll);
  useEffect(() => {
    document.title = unread > 0 ? `(${unread > 99 ? '99+' : unread}) Parlance` : 'Parlance';
  }, [unread]);
}

interface Caught {
  error: unknown;
}

/** What a bug breaks is one section, not the page. */
class Catch extends Component<{ children: ReactNode; instead?: ReactNode }, Caught> {
  override state: Caught = { error: null };
  static getDerivedStateFromError = (error: unknown): Caught => ({ error });
  override render() {
    const { children, instead = <Broken /> } = this.props;
    return this.state.error === null ? children : instead;
  }
}

function Broken() {
  const { t } = useTranslation();
  return (
    <Empty icon="warning" title={t('common.broken')}>
      <Button kind="primary" onPress={() => location.reload()}>
        {t('common.reload')}
      </Button>
    </Empty>
  );
}
