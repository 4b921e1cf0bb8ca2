// The two kinds of line, and the only place that knows what is inside ws and Socket.IO (versions are pinned for it).

import type { Duplex } from 'node:stream';
import type { Socket as SocketIo } from 'socket.io';
import type { RawData, WebSocket } from 'ws';
import type { SocketIoFrame } from '../dialects/dialect.ts';
import { type Identity, Line, type Shared, type Upstream } from './connection.ts';
import type { Frame } from './frame.ts';
import type { Valve } from './inbox.ts';
import { TokenBucket } from './limits.ts';

/** Pings all plain WebSockets on one timer; who does not answer in time is cut off. */
export class Heartbeat {
  readonly #lines = new Set<WebSocketLine>();
  readonly #every: number;
  readonly #within: number;
  readonly #timer: NodeJS.Timeout;

  constructor(every: number, within: number) {
    this.#every = every;
    this.#within = within;
    this.#timer = setInterval(() => this.#beat(performance.now()), Math.min(1_000, every / 4, within / 4)).unref();
  }

  add(line: WebSocketLine): void {
    this.#lines.add(line);
  }

  delete(line: WebSocketLine): void {
    this.#lines.delete(line);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(now: number): void {
    for (const line of this.#lines) line.beat(now, this.#every, this.#within);
  }
}

/** A plain WebSocket. Reads nothing until it is started. */
export class WebSocketLine extends Line<string> {
  readonly #ws: WebSocket;
  readonly #raw: Duplex;
  readonly #heartbeat: Heartbeat;
  #beatAt = performance.now();
  #awaitingPong = false;

  /** `raw` is the stream under `ws`, on which permessage-deflate must be off: frames are written to it as they are. */
  constructor(
    ws: WebSocket,
    raw: Duplex,
    heartbeat: Heartbeat,
    identity: Identity,
    shared: Shared,
    upstream: Upstream<string>,
  ) {
    super(identity, shared, upstream);
    this.#ws = ws;
    this.#raw = raw;
    this.#heartbeat = heartbeat;
    const bucket = new TokenBucket(shared.limits.rate);
    const counted = () => {
      if (!bucket.take()) this.close(1008, 'too many frames');
    };
    ws.on('message', (data) => {
      counted();
      this.inbox.push(asText(data), byteLength(data));
    });
    ws.on('ping', counted);
    ws.on('pong', () => {
      this.#awaitingPong = false;
      counted();
    });
    ws.on('close', () => {
      heartbeat.delete(this);
      this.lost();
    });
    heartbeat.add(this);
  }

  /** From here on the client is heard. */
  start(): void {
    this.inbox.start();
    if (!this.inbox.paused) this.#ws.resume();
  }

  /** Pings when it is time, and cuts off who has not answered; while we do not read, no answer is nobody's fault. */
  beat(now: number, every: number, within: number): void {
    const since = now - this.#beatAt;
    if (this.#awaitingPong && since >= within && !this.#ws.isPaused) return this.#ws.terminate();
    if (since < every || this.#ws.readyState !== this.#ws.OPEN) return;
    this.#beatAt = now;
    this.#awaitingPong = true;
    this.#ws.ping();
  }

  protected override valve(): Valve {
    return {
      pause: () => this.#ws.pause(),
      resume: () => this.#ws.resume(),
      overflow: () => this.close(1008, 'too many frames'),
    };
  }

  protected override write(frames: readonly Frame[]): void {
    if (this.#ws.readyState !== this.#ws.OPEN) return;
    if (frames.length === 1 && frames[0]) {
      this.#raw.write(frames[0].webSocket);
      return;
    }
    this.#raw.cork();
    for (const frame of frames) this.#raw.write(frame.webSocket);
    this.#raw.uncork();
  }

  protected override unsent(): number {
    return this.#raw.writableLength;
  }

  protected override onDrained(done: () => void): void {
    if (this.#raw.writableNeedDrain) this.#raw.once('drain', done);
    else done();
  }

  protected override hangUp(code: number, reason: string): void {
    this.#heartbeat.delete(this);
    hangUp(this.#ws, code, reason, this.limits.hangUpWithin);
  }
}

/** Says goodbye to a WebSocket, and lets go of it if the client does not hang up in time. */
export function hangUp(ws: WebSocket, code: number, reason: string, within: number): void {
  ws.close(code, shortened(reason));
  ws.resume();
  const timer = setTimeout(() => ws.terminate(), within).unref();
  ws.once('close', () => clearTimeout(timer));
}

/** Codes after which the client is welcome to come back by itself. */
const passing = new Set([1001, 1012, 1013]);

/** A Socket.IO socket, over WebSocket or polling. */
export class SocketIoLine extends Line<SocketIoFrame> {
  readonly #socket: SocketIo;
  readonly #engine: SocketIo['conn'];
  /** Bytes the engine keeps because its transport is busy. */
  #kept = 0;
  #arrivedBytes = 0;

  constructor(socket: SocketIo, identity: Identity, shared: Shared, upstream: Upstream<SocketIoFrame>) {
    super(identity, shared, upstream);
    this.#socket = socket;
    this.#engine = socket.conn;
    this.#writeOnce();
    this.#engine.on('packet', ({ data }: { data?: string | Buffer }) => {
      this.#arrivedBytes += data?.length ?? 0;
    });
    // Never calls `next`: no listener of Socket.IO's own, whose names clients choose, is to hear it.
    socket.use(([event, ...args]: [string, ...unknown[]]) => this.#received(event, args));
    socket.on('error', () => {});
    socket.on('disconnect', (reason) => {
      this.lost();
      if (reason === 'client namespace disconnect') this.#engine.close();
    });
  }

  /** From here on the client is heard. */
  start(): void {
    this.inbox.start();
  }

  #received(event: string, args: unknown[]): void {
    const last = args.at(-1);
    const frame: SocketIoFrame = { event, args };
    if (typeof last === 'function') {
      args.pop();
      frame.acknowledge = (...answer) => {
        this.flush();
        last(...answer);
      };
    }
    this.inbox.push(frame, this.#arrivedBytes);
    this.#arrivedBytes = 0;
  }

  /** The engine writes each packet by itself: what it flushes at once is held together. */
  #writeOnce(): void {
    let corked: Duplex | null = null;
    this.#engine.on('flush', () => {
      corked = rawOf(this.#engine);
      corked?.cork();
    });
    this.#engine.on('drain', () => {
      this.#kept = 0;
      corked?.uncork();
      corked = null;
    });
  }

  protected override valve(): Valve {
    return {
      pause: () => webSocketOf(this.#engine)?.pause(),
      resume: () => webSocketOf(this.#engine)?.resume(),
      overflow: () => this.close(1008, 'too many frames'),
    };
  }

  protected override write(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const { data, options, bytes } = frame.packet;
      this.#kept += bytes;
      this.#engine.write(data, options);
    }
  }

  protected override unsent(): number {
    return this.#kept + (rawOf(this.#engine)?.writableLength ?? 0);
  }

  protected override onDrained(done: () => void): void {
    if (this.#kept > 0) return void this.#engine.once('drain', () => this.onDrained(done));
    const raw = rawOf(this.#engine);
    if (raw?.writableNeedDrain) raw.once('drain', done);
    else done();
  }

  /**
   * A client told to disconnect does not come back by itself; one whose transport closes does. So the first is for those
   * who are sent away, the second for those who are only cut off here and now.
   */
  protected override hangUp(code: number): void {
    webSocketOf(this.#engine)?.resume();
    if (!passing.has(code)) this.#socket.disconnect(true);
    else this.#engine.close(code === 1013);
    const raw = rawOf(this.#engine);
    const timer = setTimeout(() => {
      this.#engine.close(true);
      raw?.destroy();
    }, this.limits.hangUpWithin).unref();
    raw?.once('close', () => clearTimeout(timer));
  }
}

interface EngineInside {
  transport: { name: string; socket?: WebSocket & { _socket?: Duplex | null } };
}

function webSocketOf(engine: SocketIo['conn']): (WebSocket & { _socket?: Duplex | null }) | null {
  const { transport } = engine as unknown as EngineInside;
  return transport.name === 'websocket' ? (transport.socket ?? null) : null;
}

function rawOf(engine: SocketIo['conn']): Duplex | null {
  return webSocketOf(engine)?._socket ?? null;
}

function asText(data: RawData): string {
  return Array.isArray(data) ? Buffer.concat(data).toString() : Buffer.from(data as Buffer).toString();
}

function byteLength(data: RawData): number {
  return Array.isArray(data) ? data.reduce((sum, part) => sum + part.length, 0) : data.byteLength;
}

/** A close frame has room for 123 bytes of reason. */
function shortened(reason: string): string {
  let short = reason;
  while (Buffer.byteLength(short) > 123) short = short.slice(0, -1);
  return short;
}
