// What goes on without a page: the shell of the app while offline, and notifications.

const worker = self as unknown as ServiceWorkerGlobalScope;

const cacheName = 'shell';
const page = '/app';
/** `Vary` names what the page sends and the worker, asking for the same file beforehand, does not: an origin, say. */
const anyhow: CacheQueryOptions = { ignoreVary: true };

worker.addEventListener('install', (event) => {
  event.waitUntil(keepShell().then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(worker.clients.claim());
});

/** The page and what it loads first; the rest is kept as it is used. */
async function keepShell(): Promise<void> {
  const cache = await caches.open(cacheName);
  const answer = await fetch(page, { cache: 'no-cache' });
  const text = await answer.clone().text();
  await cache.put(page, answer);
  const named = [...text.matchAll(/(?:src|href)="(\/app\/[^"]+)"/g)].flatMap(([, path]) => path ?? []);
  await cache.addAll(named);
}

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== 'GET' || url.origin !== location.origin || !/^\/app(\/|$)/.test(url.pathname)) return;
  if (request.mode === 'navigate') event.respondWith(newestPage());
  else event.respondWith(url.pathname.startsWith('/app/assets/') ? keptFirst(request) : newest(request));
});

/** From the server if it answers, else as it was last. */
async function newestPage(): Promise<Response> {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(page, { cache: 'no-cache' });
    if (!answer.ok) return (await cache.match(page, anyhow)) ?? answer;
    await cache.put(page, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(page, anyhow);
    if (kept) return kept;
    throw error;
  }
}

async function newest(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  try {
    const answer = await fetch(request);
    if (answer.ok) await cache.put(request, answer.clone());
    return answer;
  } catch (error) {
    const kept = await cache.match(request, anyhow);
    if (kept) return kept;
    throw error;
  }
}

/** Files with their hash in their name never change; the oldest make room. */
async function keptFirst(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  const kept = await cache.match(request, anyhow);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) {
    await cache.put(request, answer.clone());
    const assets = (await cache.keys()).filter(({ url }) => url.includes('/assets/'));
    for (const old of assets.slice(0, Math.max(0, assets.length - 120))) await cache.delete(old);
  }
  return answer;
}

interface Pushed {
  title: string;
  body: string;
  data?: Record<string, string>;
  tag?: string;
  silent?: boolean;
}

worker.addEventListener('push', (event) => {
  if (!event.data) return;
  const { title, body, data, tag, silent } = event.data.json() as Pushed;
  const options: NotificationOptions = {
    body,
    icon: '/app/icon.svg',
    data: addressOf(data),
    ...(tag !== undefined && { tag }),
    ...(silent !== undefined && { silent }),
  };
  event.waitUntil(worker.registration.showNotification(title, options));
});

function addressOf(data: Record<string, string> = {}): string {
  const conversation = data.conversation_id ?? data.group_id;
  return conversation === undefined ? page : `${page}/c/${encodeURIComponent(conversation)}`;
}

worker.addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data as string));
});

/** In a page that is open, if there is one. */
async function show(address: string): Promise<void> {
  const [open] = await worker.clients.matchAll({ type: 'window', includeUncontrolled: true });
  if (!open) {
    await worker.clients.openWindow(address);
    return;
  }
  open.postMessage({ open: address });
  await open.focus();
}
