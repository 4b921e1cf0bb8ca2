// Calls through Agora: whoever may join gets an AccessToken2 (version 007) for one channel and one number.

import agora from 'agora-token';
import type { Calls } from '../../core/ports.ts';

const { RtcRole, RtcTokenBuilder } = agora;

/** Whether a text can be an app id or a certificate: for others the vendor's library makes empty tokens, and no error. */
export function isAgoraKey(text: string): boolean {
  return /^[\da-f]{32}$/i.test(text);
}

/** Makes tickets; where no vendor is in between, browsers find each other as `direct` says. */
export function createAgoraCalls({ appId, certificate }: { appId: string; certificate: string }, direct: Calls): Calls {
  const { seconds } = direct;
  return {
    ...direct,
    ticket({ channel, uid, speaks }, now) {
      const role = speaks ? RtcRole.PUBLISHER : RtcRole.SUBSCRIBER;
      const token = RtcTokenBuilder.buildTokenWithUid(appId, certificate, channel, uid, role, seconds, seconds);
      if (token === '') throw new Error('Agora made no token');
      return { appId, token, expiresAt: now + seconds * 1_000 };
    },
  };
}
