// Who notifies devices here, by what they are and what is configured.

import type { Push } from '../../core/ports.ts';
import { createConsolePush } from './console.ts';
import { createFcm, readServiceAccount } from './fcm.ts';
import { createWebPush, type VapidKeys } from './web-push.ts';

export interface PushOptions {
  /** As `src/config.ts` reads it. */
  environment: 'development' | 'production' | 'test';
  /** Writes one line to standard output, as it is. */
  print: (line: string) => void;
  /** A service account's file; null: apps are not reached, but on the console. */
  credentialsPath: string | null;
  /** The file's own project if null. */
  projectId: string | null;
  fcmBaseUrl: string;
  vapidKeys: VapidKeys;
  vapidSubject: string;
  /** Browsers may subscribe at plain http and private addresses. */
  allowPrivateEndpoints: boolean;
}

/**
 * Opens the push port: FCM for apps if there are credentials, else the console, which is silent in production; Web Push
 * for browsers. Throws an Error with a sentence for the operator if the credentials are no use.
 */
export function openPush(options: PushOptions): Push {
  const browser = createWebPush({
    keys: options.vapidKeys,
    subject: options.vapidSubject,
    allowPrivate: options.allowPrivateEndpoints,
  });
  const app = openApp(options);
  return {
    adapters: { ...(app && { app: app.name }), browser: 'web-push' },
    browserKey: options.vapidKeys.publicKey,
    async send(device, notification) {
      const adapter = device.service === 'browser' ? browser : app;
      return adapter?.send(device, notification) ?? { kind: 'refused', reason: 'no provider' };
    },
  };
}

function openApp(options: PushOptions): (Pick<Push, 'send'> & { name: string }) | null {
  const { environment, credentialsPath, projectId, fcmBaseUrl, print } = options;
  if (credentialsPath !== null) {
    const account = readServiceAccount(credentialsPath);
    const fcm = createFcm({ account, projectId: projectId ?? account.project_id, baseUrl: fcmBaseUrl });
    return { name: 'fcm', ...fcm };
  }
  return environment === 'production' ? null : { name: 'console', ...createConsolePush(print) };
}
