// The page begins.

import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { watchServiceWorker } from './notifications/service-worker-client.ts';
import { openTexts } from './texts/texts.ts';
import './ui/tokens.css';
import './ui/base.css';
import './ui/controls.css';
import './messenger/messenger.css';

await openTexts();
createRoot(document.querySelector('#root')!).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
watchServiceWorker();
