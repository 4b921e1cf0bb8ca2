// The line to one other person in a call: found by what the server passes on between the two, and found again when it
// breaks. Whoever enters a call offers; whoever is in it answers.

import { createStore } from '../store/store.ts';
import type { OwnMedia, Shown } from './own-media.ts';

/** What the server passes on. `line` names the page that speaks, `to` the one it means: a reloaded page is another. */
export interface Signal {
  type: 'offer' | 'answer' | 'candidate';
  sdp?: string;
  candidate?: RTCIceCandidateInit;
  line: string;
  to?: string | undefined;
}

interface PeerView {
  state: 'connecting' | 'connected' | 'lost';
  stream: MediaStream | null;
  shown: Shown;
}

const patience = 5_000;

export class Peer {
  readonly view = createStore<PeerView>({
    state: 'connecting',
    stream: null,
    shown: { sound: true, film: false, screen: false },
  });
  readonly #line = crypto.randomUUID();
  #theirLine: string | undefined;
  #connection!: RTCPeerConnection;
  #channel: RTCDataChannel | null = null;
  #ignoresOffer = false;
  #isClosed = false;
  readonly #waiting: RTCIceCandidateInit[] = [];
  // One after the other: no signal overtakes what it belongs to.
  #turn: Promise<void> = Promise.resolve();
  readonly #again: ReturnType<typeof setInterval>;
  readonly #unwatch: () => void;
  #iceServers: RTCIceServer[];
  readonly #media: OwnMedia;
  readonly #send: (signal: Signal) => void;
  readonly #yields: boolean;

  /** `offers`: I am the one who comes. `yields`: of two offers that cross, the other one's counts. */
  constructor(options: {
    iceServers: RTCIceServer[];
    media: OwnMedia;
    send: (signal: Signal) => void;
    offers: boolean;
    yields: boolean;
  }) {
    this.#iceServers = options.iceServers;
    this.#media = options.media;
    this.#send = options.send;
    this.#yields = options.yields;
    this.#connect(options.offers);
    this.#unwatch = this.#media.view.subscribe(() => this.#bring());
    this.#again = setInterval(() => this.#insist(), patience);
  }

  /** What the other's page said. */
  hear(signal: Signal): void {
    this.#turn = this.#turn.then(() => this.#heard(signal)).catch(() => undefined);
  }

  /** Looks for another way: the network changed. */
  restart(iceServers: RTCIceServer[] = this.#iceServers): void {
    this.#iceServers = iceServers;
    if (this.#isClosed || this.#theirLine === undefined) return;
    this.#connection.setConfiguration({ iceServers });
    this.#connection.restartIce();
  }

  close(): void {
    this.#isClosed = true;
    clearInterval(this.#again);
    this.#unwatch();
    this.#connection.close();
  }

  #connect(offers: boolean): void {
    const connection = new RTCPeerConnection({ iceServers: this.#iceServers });
    this.#connection = connection;
    this.#channel = null;
    this.#waiting.length = 0;
    const stream = new MediaStream();
    connection.addEventListener('track', ({ track }) => {
      stream.addTrack(track);
      this.view.set((now) => ({ ...now, stream }));
    });
    connection.addEventListener('icecandidate', ({ candidate }) => {
      if (candidate) this.#say({ type: 'candidate', candidate: candidate.toJSON() });
    });
    connection.addEventListener('connectionstatechange', () => this.#stateChanged(connection));
    connection.addEventListener('negotiationneeded', () => {
      this.#turn = this.#turn.then(() => this.#offer(connection)).catch(() => undefined);
    });
    connection.addEventListener('datachannel', ({ channel }) => this.#open(channel));
    if (!offers) return;
    connection.addTransceiver('audio');
    connection.addTransceiver('video');
    this.#open(connection.createDataChannel('shown'));
    this.#bring();
  }

  async #offer(connection: RTCPeerConnection): Promise<void> {
    if (connection !== this.#connection || connection.signalingState !== 'stable') return;
    await connection.setLocalDescription();
    this.#describe();
  }

  async #heard(signal: Signal): Promise<void> {
    if (this.#isClosed || (signal.to !== undefined && signal.to !== this.#line)) return;
    if (signal.type === 'candidate') return this.#heardCandidate(signal);
    if (signal.type === 'answer') {
      if (this.#connection.signalingState !== 'have-local-offer') return;
      this.#theirLine = signal.line;
    } else {
      const isCrossing = this.#connection.signalingState !== 'stable';
      const isAnother = this.#theirLine !== undefined && this.#theirLine !== signal.line;
      this.#ignoresOffer = isCrossing && !isAnother && !this.#yields;
      if (this.#ignoresOffer) return;
      // Another page than before, or my first offer has crossed theirs: from the beginning, as the one who answers.
      if (isAnother || (isCrossing && this.#theirLine === undefined)) {
        this.#connection.close();
        this.#connect(false);
      }
      this.#theirLine = signal.line;
    }
    await this.#connection.setRemoteDescription({ type: signal.type, sdp: signal.sdp ?? '' });
    for (const candidate of this.#waiting.splice(0)) await this.#connection.addIceCandidate(candidate);
    if (signal.type === 'answer') return;
    for (const transceiver of this.#connection.getTransceivers()) transceiver.direction = 'sendrecv';
    this.#bring();
    await this.#connection.setLocalDescription();
    this.#describe();
  }

  async #heardCandidate({ candidate, line }: Signal): Promise<void> {
    if (candidate === undefined || (this.#theirLine !== undefined && line !== this.#theirLine)) return;
    if (this.#connection.remoteDescription === null) this.#waiting.push(candidate);
    else if (!this.#ignoresOffer) await this.#connection.addIceCandidate(candidate);
  }

  #describe(): void {
    const { type, sdp } = this.#connection.localDescription!;
    this.#say({ type: type as 'offer' | 'answer', sdp });
  }

  #say(signal: Omit<Signal, 'line' | 'to'>): void {
    this.#send({ ...signal, line: this.#line, to: this.#theirLine });
  }

  /** My sound and film onto the line, or off it: nothing has to be agreed on anew. */
  #bring(): void {
    const { sound, film } = this.#media;
    for (const { sender, receiver } of this.#connection.getTransceivers()) {
      const track = receiver.track.kind === 'audio' ? sound : film;
      if (sender.track !== track) sender.replaceTrack(track).catch(() => undefined);
    }
    if (this.#channel?.readyState === 'open') this.#channel.send(JSON.stringify(this.#media.shown));
  }

  #open(channel: RTCDataChannel): void {
    this.#channel = channel;
    channel.addEventListener('open', () => this.#bring());
    channel.addEventListener('message', ({ data }) => {
      const said = JSON.parse(String(data)) as Record<keyof Shown, unknown>;
      const is = (name: keyof Shown) => said[name] === true;
      this.view.set((now) => ({ ...now, shown: { sound: is('sound'), film: is('film'), screen: is('screen') } }));
    });
  }

  #stateChanged(connection: RTCPeerConnection): void {
    if (connection !== this.#connection || this.#isClosed) return;
    const { connectionState } = connection;
    if (connectionState === 'connected') this.view.set((now) => ({ ...now, state: 'connected' }));
    if (connectionState === 'disconnected') this.view.set((now) => ({ ...now, state: 'lost' }));
    if (connectionState === 'failed') {
      this.view.set((now) => ({ ...now, state: 'lost' }));
      connection.restartIce();
    }
  }

  /** A signal may be lost on its way: what was not answered is said again, and what stays broken is tried anew. */
  #insist(): void {
    if (this.view.get().state === 'connected') return;
    if (this.#connection.signalingState === 'have-local-offer') this.#describe();
    else if (this.view.get().state === 'lost') this.#connection.restartIce();
  }
}
