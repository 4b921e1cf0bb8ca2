// The console: what superusers see and do. The server refuses everybody else, whatever their page shows.

import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { Parts, type Part } from '../ui/parts.tsx';
import './console.css';

const parts: readonly Part[] = [
  { path: 'overview', name: 'console.overview', icon: 'chart', Page: lazy(() => import('./overview-part.tsx')) },
  { path: 'people', name: 'console.people', icon: 'group', Page: lazy(() => import('./people-part.tsx')) },
  { path: 'reports', name: 'console.reports', icon: 'flag', Page: lazy(() => import('./reports-part.tsx')) },
  { path: 'channels', name: 'console.channels', icon: 'hash', Page: lazy(() => import('./channels-part.tsx')) },
  { path: 'broadcast', name: 'console.broadcast', icon: 'megaphone', Page: lazy(() => import('./broadcast-part.tsx')) },
  { path: 'deliveries', name: 'console.deliveries', icon: 'send', Page: lazy(() => import('./deliveries-part.tsx')) },
  { path: 'settings', name: 'console.settings', icon: 'settings', Page: lazy(() => import('./settings-part.tsx')) },
];

export default function ConsolePage() {
  const { t } = useTranslation();
  return <Parts base="/console" title={t('nav.console')} parts={parts} wide />;
}
