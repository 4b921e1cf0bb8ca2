// Settings: who I am here, what others see of me, and what the page does for me.

import { lazy } from 'react';
import { useTranslation } from 'react-i18next';
import { Parts, type Part } from '../ui/parts.tsx';
import './settings.css';

const parts: readonly Part[] = [
  { path: 'profile', name: 'settings.profile', icon: 'user', Page: lazy(() => import('./profile-part.tsx')) },
  { path: 'look', name: 'settings.look', icon: 'sun', Page: lazy(() => import('./look-part.tsx')) },
  {
    path: 'notifications',
    name: 'settings.notifications',
    icon: 'bell',
    Page: lazy(() => import('./notifications-part.tsx')),
  },
  { path: 'privacy', name: 'settings.privacy', icon: 'eye', Page: lazy(() => import('./privacy-part.tsx')) },
  { path: 'security', name: 'settings.security', icon: 'lock', Page: lazy(() => import('./security-part.tsx')) },
  { path: 'sessions', name: 'settings.sessions', icon: 'devices', Page: lazy(() => import('./sessions-part.tsx')) },
  { path: 'reports', name: 'settings.reports', icon: 'flag', Page: lazy(() => import('./reports-part.tsx')) },
  { path: 'data', name: 'settings.data', icon: 'download', Page: lazy(() => import('./data-part.tsx')) },
];

export default function SettingsPage() {
  const { t } = useTranslation();
  return <Parts base="/settings" title={t('nav.settings')} parts={parts} />;
}
