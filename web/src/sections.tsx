// The parts of the page that the rail leads to. Each is a module of its own, loaded when it is first opened.

import { lazy, type ComponentType } from 'react';
import type { IconName } from './ui/icons.tsx';
import { MessengerPage } from './messenger/messenger-page.tsx';

export interface Section {
  /** Below /app; what follows it is the section's own. */
  path: string;
  /** Its name's key in texts/. */
  name: string;
  icon: IconName;
  Page: ComponentType;
  /** Where the rail is short, in the account's menu instead. */
  isAside?: true;
  /** Only superusers see it; the server refuses others anyway. */
  superusersOnly?: true;
}

/** In the order of the rail. The messenger is in the first load: it is what most come for. */
export const sections: readonly Section[] = [
  { path: '/', name: 'nav.chats', icon: 'chats', Page: MessengerPage },
  {
    path: '/channels',
    name: 'nav.channels',
    icon: 'hash',
    Page: lazy(() => import('./messenger/channels-page.tsx')),
  },
  { path: '/calls', name: 'nav.calls', icon: 'call', Page: lazy(() => import('./calls/calls-page.tsx')) },
  {
    path: '/location',
    name: 'nav.location',
    icon: 'location',
    Page: lazy(() => import('./location/location-page.tsx')),
  },
  { path: '/search', name: 'nav.search', icon: 'search', Page: lazy(() => import('./messenger/search-page.tsx')) },
  { path: '/saved', name: 'nav.saved', icon: 'star', Page: lazy(() => import('./messenger/saved-page.tsx')) },
  {
    path: '/settings',
    name: 'nav.settings',
    icon: 'settings',
    isAside: true,
    Page: lazy(() => import('./settings/settings-page.tsx')),
  },
  {
    path: '/console',
    name: 'nav.console',
    icon: 'console',
    isAside: true,
    superusersOnly: true,
    Page: lazy(() => import('./console/console-page.tsx')),
  },
];
