// Calls without a vendor: browsers meet through our own signalling, and if need be through a relay of one's own.

import { createHmac } from 'node:crypto';
import type { Calls, IceServer } from '../../core/ports.ts';

export interface WebRtcOptions {
  /** How long a relay's credentials are good. */
  seconds: number;
  iceServers: readonly string[];
  turn: { urls: readonly string[]; secret: string } | null;
}

/** Makes ICE servers; a relay's credentials are coturn's `use-auth-secret`: the name says when they end. */
export function createWebRtcCalls({ seconds, iceServers, turn }: WebRtcOptions): Calls {
  const open = iceServers.map((urls): IceServer => ({ urls }));
  return {
    seconds,
    ticket: () => null,
    iceServers(user, now) {
      if (turn === null || user === null) return open;
      const username = `${Math.floor(now / 1_000) + seconds}:${user}`;
      const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
      return [...open, ...turn.urls.map((urls) => ({ urls, username, credential }))];
    },
  };
}

/** For what works with the core and calls nobody: tools, and tests of other things. */
export const noCalls: Calls = createWebRtcCalls({ seconds: 86_400, iceServers: [], turn: null });
