// How much one connection may ask of the server, and how long things may take.

export interface Limits {
  /** Unsent bytes above which a connection is too slow and is closed. */
  unsentBytes: number;
  /** The largest frame a client may send. */
  frameBytes: number;
  /** Frames a client may send; null for no limit. */
  rate: { perSecond: number; burst: number } | null;
  /** Frames waiting for their handler: from `pauseFrames` or `pauseBytes` reading stops, past `queuedFrames` it is cut. */
  pauseFrames: number;
  pauseBytes: number;
  queuedFrames: number;
  /** Open connections above which newcomers are sent away. */
  connections: number;
  /** Milliseconds. */
  pingEvery: number;
  pongWithin: number;
  socketIoPingEvery: number;
  socketIoPongWithin: number;
  authenticateWithin: number;
  /** How long a departure is held back, so that a page reload is none. */
  departureGrace: number;
  /** How long closing waits for handlers, and then for clients to hang up. */
  finishWithin: number;
  hangUpWithin: number;
}

export const defaultLimits: Limits = {
  unsentBytes: 1 << 20,
  frameBytes: 1 << 20,
  rate: { perSecond: 200, burst: 1_000 },
  pauseFrames: 64,
  pauseBytes: 256 << 10,
  queuedFrames: 4_096,
  connections: Infinity,
  pingEvery: 30_000,
  pongWithin: 10_000,
  socketIoPingEvery: 25_000,
  socketIoPongWithin: 20_000,
  authenticateWithin: 10_000,
  departureGrace: 0,
  finishWithin: 5_000,
  hangUpWithin: 5_000,
};

/** Lets `burst` through at once and `perSecond` in the long run. */
export class TokenBucket {
  #tokens: number;
  #filledAt = performance.now();
  readonly #rate: Limits['rate'];

  constructor(rate: Limits['rate']) {
    this.#rate = rate;
    this.#tokens = rate?.burst ?? 0;
  }

  /** Takes one token; false when there is none. */
  take(): boolean {
    if (!this.#rate) return true;
    if (this.#tokens < 1) {
      const now = performance.now();
      const earned = ((now - this.#filledAt) / 1_000) * this.#rate.perSecond;
      this.#tokens = Math.min(this.#rate.burst, this.#tokens + earned);
      this.#filledAt = now;
      if (this.#tokens < 1) return false;
    }
    this.#tokens -= 1;
    return true;
  }
}
