// NeruTalk's calls: ringing, answering, ending, and how a browser finds the others.

import { request } from './http.ts';

export type CallKind = 'video' | 'audio';

export interface CallParticipant {
  id: string;
  name: string;
  avatarUrl: string | null;
  /** On the line now. */
  isIn: boolean;
  /** Left, or said no. */
  isOut: boolean;
}

export interface Call {
  id: number;
  kind: CallKind;
  status: 'initiated' | 'ongoing' | 'ended';
  isGroup: boolean;
  callerId: string;
  startedAt: string;
  answeredAt: string | null;
  /** `missed`, `declined`, or what it was ended with. */
  endReason: string | null;
  /** In seconds; null until it has ended. */
  duration: number | null;
  /** The caller first. */
  participants: readonly CallParticipant[];
  /** Where to look for a way to the others; with credentials of my own in an answer that lets me in. */
  iceServers: RTCIceServer[];
}

interface WireCall {
  id: number;
  call_type: CallKind;
  status: Call['status'];
  is_group_call: boolean;
  caller_id: string;
  started_at: string;
  answered_at: string | null;
  end_reason: string | null;
  duration: number | null;
  participants: {
    user_id: string;
    name: string | null;
    avatar_url: string | null;
    joined_at: string | null;
    left_at: string | null;
  }[];
  ice_config: { iceServers: RTCIceServer[] };
}

function readCall(call: WireCall): Call {
  return {
    id: call.id,
    kind: call.call_type,
    status: call.status,
    isGroup: call.is_group_call,
    callerId: call.caller_id,
    startedAt: call.started_at,
    answeredAt: call.answered_at,
    endReason: call.end_reason,
    duration: call.duration,
    participants: call.participants.map(({ user_id, name, avatar_url, joined_at, left_at }) => ({
      id: user_id,
      name: name ?? '',
      avatarUrl: avatar_url,
      isIn: joined_at !== null && left_at === null,
      isOut: left_at !== null,
    })),
    iceServers: call.ice_config.iceServers,
  };
}

const base = '/api/v1/video-calls';

/** Rings them. Asked again while it rings, it is the same call. */
export const initiate = async (people: readonly string[], kind: CallKind): Promise<Call> =>
  readCall(
    await request<WireCall>('POST', `${base}/initiate`, {
      body: { participant_ids: people, call_type: kind, is_group_call: people.length > 1 },
    }),
  );

export const answer = async (id: number): Promise<Call> =>
  readCall(await request<WireCall>('POST', `${base}/${id}/answer`, { body: {} }));

export const decline = (id: number) => request<unknown>('POST', `${base}/${id}/decline`);

/** For all. */
export const end = (id: number, reason?: string) =>
  request<unknown>('POST', `${base}/${id}/end`, { body: reason === undefined ? {} : { end_reason: reason } });

/** For me alone; with one left it is over. */
export const leave = (id: number, myId: string) => request<unknown>('PUT', `${base}/${id}/participants/${myId}/remove`);

export const call = async (id: number): Promise<Call> => readCall(await request<WireCall>('GET', `${base}/${id}`));

/** Those of mine that ring or go on. */
export const liveCalls = async (): Promise<Call[]> => (await request<WireCall[]>('GET', base)).map(readCall);

export const history = async (offset: number, limit: number): Promise<Call[]> =>
  (await request<WireCall[]>('GET', `${base}/history`, { query: { offset, limit } })).map(readCall);
