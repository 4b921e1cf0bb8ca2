// Notifications while the page is closed: Web Push, through the service worker, registered with URGE.

import { registerDevice, unregisterDevice, webPushKey } from '../api/urge.ts';

export type PushState = 'unsupported' | 'denied' | 'off' | 'on';

function isPushPossible(): boolean {
  return 'serviceWorker' in navigator && 'PushManager' in window && 'Notification' in window;
}

export async function pushState(): Promise<PushState> {
  if (!isPushPossible()) return 'unsupported';
  if (Notification.permission === 'denied') return 'denied';
  const registration = await navigator.serviceWorker.getRegistration('/app');
  return (await registration?.pushManager.getSubscription()) ? 'on' : 'off';
}

/** Asks the browser, then tells the server where to. Throws if the browser's service cannot be reached. */
export async function turnPushOn(): Promise<PushState> {
  if ((await Notification.requestPermission()) !== 'granted') return pushState();
  const registration = await navigator.serviceWorker.ready;
  const { public_key } = await webPushKey();
  if (public_key === null) return 'unsupported';
  const subscription = await registration.pushManager.subscribe({
    userVisibleOnly: true,
    applicationServerKey: public_key,
  });
  await registerDevice(subscription);
  return 'on';
}

export async function turnPushOff(): Promise<PushState> {
  const registration = await navigator.serviceWorker.getRegistration('/app');
  const subscription = await registration?.pushManager.getSubscription();
  if (subscription) {
    await unregisterDevice(subscription);
    await subscription.unsubscribe();
  }
  return 'off';
}
