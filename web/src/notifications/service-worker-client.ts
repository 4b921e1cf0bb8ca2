// The page's side of the service worker: starting it, handing it what it came too late for, and going where a notification
// leads.

import { navigate } from 'wouter/use-browser-location';

/** Where the browser has none, or refuses it (plain http off this machine), all goes on without. */
export function watchServiceWorker(): void {
  if (!('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/app/service-worker.js', { scope: '/app', type: 'module' }).catch(() => undefined);
  navigator.serviceWorker.ready.then(keepLoaded).catch(() => undefined);
  navigator.serviceWorker.addEventListener('message', ({ data }: MessageEvent<{ open?: string }>) => {
    if (data.open?.startsWith('/app') === true) navigate(data.open);
  });
}

/**
 * What this page loads past the worker, before it is there and in charge, is kept with the rest: it comes out of the
 * browser's own cache.
 */
async function keepLoaded(): Promise<void> {
  const cache = await caches.open('shell');
  const keep = async (url: string) => {
    if (!(await cache.match(url, { ignoreVary: true }))) await cache.add(url);
  };
  new PerformanceObserver((loaded) => {
    for (const { name } of loaded.getEntries()) {
      if (name.includes('/app/assets/')) keep(name).catch(() => undefined);
    }
  }).observe({ type: 'resource', buffered: true });
}
