// What I am called to, and the call I am in: from ringing to hanging up. The server's call is the truth; this follows it.

import * as calls from '../api/nerutalk-calls.ts';
import type { Call, CallKind } from '../api/nerutalk-calls.ts';
import { Refused } from '../api/http.ts';
import { me } from '../api/session.ts';
import { hear, tell } from '../live/nerutalk.ts';
import { queries } from '../store/queries.ts';
import { createStore } from '../store/store.ts';
import { say } from '../texts/texts.ts';
import { act } from '../ui/acting.ts';
import { note } from '../ui/pieces.tsx';
import { MediaRefused, OwnMedia } from './own-media.ts';
import { Peer, type Signal } from './peer.ts';

/** What a mesh carries: each sends to each. */
export const mostInCall = 4;
/** Whoever has not answered by then did not. */
export const ringTime = 60_000;
const storedKey = 'parlance.call';
/** So long one waits for somebody who has fallen off the line. */
const patience = 45_000;

export interface Current {
  call: Call;
  media: OwnMedia;
  /** By the person's id. */
  peers: ReadonlyMap<string, Peer>;
}

export const current = createStore<Current | null>(null);
/** Calls that ring here, the oldest first. */
export const rings = createStore<readonly Call[]>([]);
/** Why no call can be had here, and what to do once it can. */
export const trouble = createStore<{ kind: MediaRefused['kind']; again: () => void } | null>(null);
/** Whether the call fills the screen, or stands beside what I do. */
export const isWide = createStore(true);

/** What I am about to enter; null: nothing. Signals that come before I am in wait here. */
let entering: { id: number | null; early: [string, Signal][] } | null = null;
let letGo: (() => void) | null = null;
const waits = new Map<string, ReturnType<typeof setTimeout>>();

/** Rings people. */
export function startCall(people: readonly string[], kind: CallKind): void {
  if (current.get()) return isWide.set(true);
  act(() =>
    enter(
      null,
      kind,
      people.length + 1,
      () => calls.initiate(people, kind),
      () => startCall(people, kind),
    ),
  );
}

/** Takes a call; one I am in already ends for me. */
export function answer(call: Call, kind: CallKind = call.kind): void {
  const size = call.participants.length;
  act(async () => {
    if (current.get()) await hangUp();
    await enter(
      call.id,
      kind,
      size,
      () => calls.answer(call.id),
      () => answer(call, kind),
    );
  });
}

export function decline(call: Call): void {
  dropRing(call.id);
  act(() => calls.decline(call.id));
}

/** Goes back into a call that goes on: after a reload, or from another page that is closed by now. */
export function rejoin(call: Call): void {
  const again = () => rejoin(call);
  act(() => enter(call.id, call.kind, call.participants.length, () => calls.call(call.id), again, true));
}

export async function hangUp(reason?: string): Promise<void> {
  const now = current.get();
  if (!now) return;
  leave();
  const { id, isGroup } = now.call;
  await (isGroup ? calls.leave(id, me().id) : calls.end(id, reason));
}

async function enter(
  id: number | null,
  kind: CallKind,
  size: number,
  ask: () => Promise<Call>,
  again: () => void,
  isReturn = false,
): Promise<void> {
  if (entering || current.get()) return;
  entering = { id, early: [] };
  const media = new OwnMedia(size);
  try {
    letGo = await takeLine(isReturn);
    if (letGo === null) return note(say('calls.otherTab'), 'error');
    await media.open(kind);
    const call = await ask();
    if (call.status === 'ended') throw new Refused(409, say('calls.over'));
    sessionStorage.setItem(storedKey, String(call.id));
    dropRing(call.id);
    isWide.set(true);
    current.set({ call, media, peers: new Map() });
    // Whoever comes offers to those who are there.
    for (const { id: other, isIn } of call.participants) if (isIn && other !== me().id) peerTo(other, true);
    for (const [from, signal] of entering.early) peerTo(from, false)?.hear(signal);
  } catch (error) {
    media.close();
    free();
    if (!(error instanceof MediaRefused)) throw error;
    trouble.set({ kind: error.kind, again });
  } finally {
    entering = null;
  }
}

/** One page of this browser is in a call, not two. On a return the page before a reload may still hold on to it. */
function takeLine(isReturn: boolean): Promise<(() => void) | null> {
  if (!('locks' in navigator)) return Promise.resolve(() => undefined);
  const options = isReturn ? { signal: AbortSignal.timeout(3_000) } : { ifAvailable: true };
  return new Promise((resolve) => {
    navigator.locks
      .request('parlance.call', options, (lock) => {
        if (lock === null) return resolve(null);
        return new Promise<void>((release) => resolve(release));
      })
      .catch(() => resolve(null));
  });
}

function free(): void {
  sessionStorage.removeItem(storedKey);
  letGo?.();
  letGo = null;
}

/** Off the line, here; the server is told elsewhere. */
function leave(): void {
  const now = current.get();
  if (!now) return;
  for (const wait of waits.values()) clearTimeout(wait);
  waits.clear();
  for (const peer of now.peers.values()) peer.close();
  now.media.close();
  current.set(null);
  free();
  forgetHistory();
}

function peerTo(other: string, offers: boolean): Peer | undefined {
  const now = current.get();
  if (!now || !now.call.participants.some(({ id }) => id === other)) return undefined;
  const known = now.peers.get(other);
  if (known) return known;
  const peer = new Peer({
    iceServers: now.call.iceServers,
    media: now.media,
    send: (signal) => tell('call_signal', { call_id: now.call.id, to_user_id: other, signal }),
    offers,
    yields: me().id < other,
  });
  peer.view.subscribe(() => watchFor(other, peer));
  current.set({ ...now, peers: new Map(now.peers).set(other, peer) });
  watchFor(other, peer);
  return peer;
}

/** Whoever stays away for too long is not waited for; of two that ends the call. */
function watchFor(other: string, peer: Peer): void {
  const isThere = peer.view.get().state === 'connected';
  if (isThere === !waits.has(other)) return;
  clearTimeout(waits.get(other));
  waits.delete(other);
  if (isThere) return;
  const giveUp = () => {
    const now = current.get();
    if (now?.peers.get(other) !== peer || now.call.isGroup) return;
    note(say('calls.lost'));
    act(() => hangUp('connection_lost'));
  };
  waits.set(other, setTimeout(giveUp, patience));
}

function dropPeer(other: string): void {
  const now = current.get();
  const peer = now?.peers.get(other);
  if (!now || !peer) return;
  clearTimeout(waits.get(other));
  waits.delete(other);
  peer.close();
  const peers = new Map(now.peers);
  peers.delete(other);
  current.set({ ...now, peers });
}

function dropRing(id: number): void {
  rings.set((all) => (all.some((call) => call.id === id) ? all.filter((call) => call.id !== id) : all));
}

/** The call as the server has it now. */
async function refresh(id: number): Promise<void> {
  const call = await calls.call(id);
  const now = current.get();
  if (now?.call.id !== id) return;
  if (call.status === 'ended') return over(call.endReason);
  current.set({ ...now, call });
  for (const { id: other, isIn } of call.participants) {
    if (!isIn) dropPeer(other);
    else if (other !== me().id) peerTo(other, false);
  }
}

function over(reason: string | null): void {
  leave();
  const said = { declined: 'calls.wasDeclined', missed: 'calls.noAnswer' }[reason ?? ''] ?? 'calls.over';
  note(say(said));
}

function forgetHistory(): void {
  queries.invalidateQueries({ queryKey: ['calls'] }).catch(() => undefined);
}

async function ring(id: number): Promise<void> {
  if (current.get()?.call.id === id || entering?.id === id) return;
  const call = await calls.call(id);
  if (call.status === 'ended' || rings.get().some((each) => each.id === id)) return;
  rings.set((all) => [...all, call]);
  // A group’s call goes on without whoever did not come.
  setTimeout(() => dropRing(id), ringTime);
}

/** What rings, and whether I am still in my call: after the line was broken, or the page was opened. */
async function resume(): Promise<void> {
  const live = await calls.liveCalls();
  const mine = me().id;
  const ringing = live.filter(({ status, startedAt, callerId, participants }) => {
    const own = participants.find(({ id }) => id === mine);
    const rang = status === 'initiated' || Date.now() - Date.parse(startedAt) < ringTime;
    return rang && callerId !== mine && own?.isIn === false && !own.isOut;
  });
  rings.set(ringing.filter(({ id }) => id !== entering?.id));
  const now = current.get();
  if (now)
    return back(
      now,
      live.some(({ id }) => id === now.call.id),
    );
  const before = live.find(
    ({ id, status }) => String(id) === sessionStorage.getItem(storedKey) && status === 'ongoing',
  );
  if (before) rejoin(before);
  else if (!entering) sessionStorage.removeItem(storedKey);
}

/** The line to the server is back. Whoever was away for long has left, as it sees it, and comes in again. */
async function back({ call: { id }, peers }: Current, isIn: boolean): Promise<void> {
  if (isIn) {
    await refresh(id);
    return findWays();
  }
  for (const other of peers.keys()) dropPeer(other);
  tell('call_participant_joined', { call_id: id });
  await refresh(id);
  for (const other of current.get()?.peers.keys() ?? []) {
    dropPeer(other);
    peerTo(other, true);
  }
}

/** The network is another one: other ways lead to the others. */
function findWays(): void {
  const now = current.get();
  if (!now) return;
  calls
    .call(now.call.id)
    .then(({ iceServers }) => {
      for (const peer of now.peers.values()) if (peer.view.get().state !== 'connected') peer.restart(iceServers);
    })
    .catch(() => undefined);
}

/** Follows what the server tells of calls; the answer ends it, and the call. */
export function followCalls(): () => void {
  const quietly = (work: Promise<void>) => work.catch(() => undefined);
  const idIn = (data: Record<string, unknown>) => data.call_id as number;
  const isCurrent = (data: Record<string, unknown>) => current.get()?.call.id === idIn(data);
  const isMe = (id: unknown) => id === me().id;

  const ends = [
    hear('connection_established', () => void quietly(resume())),
    hear('incoming_call', (data) => {
      if (!isMe(data.caller_id)) void quietly(ring(idIn(data)));
    }),
    hear('call_answered', (data) => {
      if (isMe(data.callee_id) && entering?.id !== idIn(data) && rings.get().some(({ id }) => id === idIn(data))) {
        dropRing(idIn(data));
        note(say('calls.elsewhere'));
      }
      if (isCurrent(data)) void quietly(refresh(idIn(data)));
    }),
    hear('call_declined', (data) => {
      if (isMe(data.callee_id)) dropRing(idIn(data));
      if (isCurrent(data)) void quietly(refresh(idIn(data)));
      forgetHistory();
    }),
    hear('call_ended', (data) => {
      dropRing(idIn(data));
      if (isCurrent(data)) over(data.end_reason as string | null);
      forgetHistory();
    }),
    hear('call_participant_joined', (data) => {
      if (isCurrent(data)) void quietly(refresh(idIn(data)));
    }),
    hear('call_participant_left', (data) => {
      if (isMe(data.participant_id)) dropRing(idIn(data));
      else if (isCurrent(data)) void quietly(refresh(idIn(data)));
    }),
    hear('call_signal', (data) => {
      const [from, signal] = [data.from_user_id as string, data.signal as Signal];
      if (entering?.id === idIn(data)) entering.early.push([from, signal]);
      if (isCurrent(data)) peerTo(from, false)?.hear(signal);
    }),
  ];
  // A page that is closed while it rings others has changed its mind; one that talks may be about to come back.
  const hide = () => {
    const now = current.get();
    if (now?.call.status === 'initiated') tell('call_ended', { call_id: now.call.id });
  };
  addEventListener('pagehide', hide);
  addEventListener('online', findWays);
  void quietly(resume());
  return () => {
    for (const end of ends) end();
    removeEventListener('pagehide', hide);
    removeEventListener('online', findWays);
    leave();
    rings.set([]);
  };
}
