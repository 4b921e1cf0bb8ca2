// What a client has sent and its handler has not seen yet: strictly in order, one at a time, bounded.

import type { Limits } from './limits.ts';

export interface Valve {
  /** Stop and go on reading from the client, where its transport can. */
  pause(): void;
  resume(): void;
  /** More is waiting than one client may have waiting. */
  overflow(): void;
}

export class Inbox<F> {
  #waiting: { frame: F; bytes: number }[] = [];
  #next = 0;
  #bytes = 0;
  #started = false;
  #stopped = false;
  #paused = false;
  #working: Promise<void> | null = null;
  readonly #handle: (frame: F) => Promise<void>;
  readonly #valve: Valve;
  readonly #limits: Limits;

  /** `handle` must not reject. */
  constructor(handle: (frame: F) => Promise<void>, valve: Valve, limits: Limits) {
    this.#handle = handle;
    this.#valve = valve;
    this.#limits = limits;
  }

  /** True while reading is held back because the handler is busy. */
  get paused(): boolean {
    return this.#paused;
  }

  push(frame: F, bytes: number): void {
    if (this.#stopped) return;
    this.#waiting.push({ frame, bytes });
    this.#bytes += bytes;
    if (this.#count() > this.#limits.queuedFrames) return this.#valve.overflow();
    if (!this.#paused && this.#full()) {
      this.#paused = true;
      this.#valve.pause();
    }
    this.#work();
  }

  /** Nothing is handled before this. */
  start(): void {
    this.#started = true;
    this.#work();
  }

  /** Takes nothing more; what waits is still handled. */
  stop(): void {
    this.#stopped = true;
  }

  /** Takes nothing more and forgets what waits; only a handler already at work goes on. */
  discard(): void {
    this.#stopped = true;
    this.#clear();
  }

  /** Resolves when no handler is at work and nothing waits for one. */
  async idle(): Promise<void> {
    while (this.#working) await this.#working;
  }

  #work(): void {
    if (this.#working || !this.#started || this.#count() === 0) return;
    this.#working = this.#handleAll();
  }

  async #handleAll(): Promise<void> {
    for (let next = this.#take(); next; next = this.#take()) {
      await this.#handle(next.frame);
      if (this.#paused && !this.#full()) {
        this.#paused = false;
        this.#valve.resume();
      }
    }
    this.#clear();
    this.#working = null;
  }

  #take(): { frame: F; bytes: number } | undefined {
    const next = this.#waiting[this.#next];
    if (!next) return undefined;
    this.#next += 1;
    this.#bytes -= next.bytes;
    if (this.#next === this.#limits.pauseFrames) {
      this.#waiting.splice(0, this.#next);
      this.#next = 0;
    }
    return next;
  }

  #count(): number {
    return this.#waiting.length - this.#next;
  }

  #full(): boolean {
    return this.#count() >= this.#limits.pauseFrames || this.#bytes >= this.#limits.pauseBytes;
  }

  #clear(): void {
    this.#waiting = [];
    this.#next = 0;
    this.#bytes = 0;
  }
}
