// The page's side of the service worker: starting it, and going where a notification leads.

import { navigate } from 'wouter/use-browser-location';

/** Where the browser has none, or refuses it (plain http off this machine), all goes on without. */
export function watchServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/app/service-worker.js', { scope: '/app', type: 'module' }).catch(() => undefined);
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open?.startsWith('/app') === true) navigate(data.open);
  });
}
