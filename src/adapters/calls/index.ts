// How the media of calls travel here.

import type { Calls } from '../../core/ports.ts';
import { createAgoraCalls, isAgoraKey } from './agora.ts';
import { createWebRtcCalls } from './webrtc.ts';

export interface CallsOptions {
  /** How long tickets and credentials are good. */
  hours: number;
  /** Null: none of its settings are there. */
  agora: { appId: string; certificate: string } | null;
  /** STUN servers, and others that ask for no credentials; null: none were chosen. */
  iceServers: readonly string[] | null;
  /** Relays that share a secret with this server, as coturn's `use-auth-secret`. */
  turn: { urls: readonly string[]; secret: string } | null;
  log: { warn(message: string): void };
}

/** Opens the calls port: Agora if its keys are there and can be its keys, else browsers meet without a vendor. */
export function openCalls({ hours, agora, iceServers, turn, log }: CallsOptions): Calls {
  const seconds = hours * 3_600;
  const usable = agora !== null && isAgoraKey(agora.appId) && isAgoraKey(agora.certificate);
  if (agora && !usable) {
    log.warn('Agora is not used: AGORA_APP_ID and AGORA_APP_CERTIFICATE should have 32 hexadecimal digits each.');
  }
  if (!usable) return createWebRtcCalls({ seconds, iceServers: iceServers ?? [], turn });
  const webrtc = createWebRtcCalls({ seconds, iceServers: iceServers ?? ['stun:stun.agora.io'], turn });
  return createAgoraCalls(agora, webrtc);
}
