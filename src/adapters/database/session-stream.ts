// A socket as pg sees one, ending not in a network but in the engine's thread.

import { Duplex } from 'node:stream';

/** First bytes of the messages that make a server answer: Query, Sync, Flush, Terminate, CopyDone, CopyFail, startup. */
const ANSWERED = new Set([...Buffer.from('QSHXcf'), 0]);
const TERMINATE = Uint8Array.of(0x58, 0, 0, 0, 4);

/** The engine's side of a session. */
export interface SessionLine {
  /** Sends whole messages; the buffer is given away. */
  send(bytes: Uint8Array<ArrayBuffer>): void;
  /** No answers are wanted any more. */
  leave(): void;
}

interface Written {
  chunk: Buffer;
}

/**
 * Gathers what pg writes (one whole message a chunk) until something in it needs an answer, so that a query costs one
 * message there and one back. `dial` is called when pg connects; it throws if the engine is gone.
 */
export class SessionStream extends Duplex {
  readonly #dial: (stream: SessionStream) => SessionLine;
  #line: SessionLine | undefined;
  #held: Buffer[] = [];
  #heldBytes = 0;
  #terminated = false;

  constructor(dial: (stream: SessionStream) => SessionLine) {
    super();
    this.#dial = dial;
  }

  /** pg calls these on its socket. */
  connect(): this {
    try {
      this.#line = this.#dial(this);
      process.nextTick(() => this.emit('connect'));
    } catch (error) {
      this.destroy(error instanceof Error ? error : new Error(String(error)));
    }
    return this;
  }
  setNoDelay(): this {
    return this;
  }
  setKeepAlive(): this {
    return this;
  }
  ref(): this {
    return this;
  }
  unref(): this {
    return this;
  }

  override _read(): void {
    // Answers are pushed as they come.
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error) => void): void {
    this.#hold(chunk);
    done();
  }

  override _writev(chunks: Written[], done: (error?: Error) => void): void {
    for (const { chunk } of chunks) this.#hold(chunk, chunk === chunks.at(-1)?.chunk);
    done();
  }

  override _final(done: (error?: Error) => void): void {
    this.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    if (!this.#terminated) this.#line?.send(TERMINATE.slice());
    this.#line?.leave();
    this.#line = undefined;
    done(error);
  }

  #hold(chunk: Buffer, last = true): void {
    this.#held.push(chunk);
    this.#heldBytes += chunk.length;
    if (!last || !ANSWERED.has(chunk[0] ?? 0)) return;
    const bytes = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const part of this.#held) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    this.#terminated = chunk[0] === TERMINATE[0];
    this.#line?.send(bytes);
  }
}
