// The server's end of one open connection, whatever carries it: gathers what it sends, takes what it receives in order.

import { randomUUID } from 'node:crypto';
import type { DialectName, Member } from '../core/context.ts';
import type { ConversationId } from '../core/ids.ts';
import type { Listener } from '../dialects/dialect.ts';
import { Frame } from './frame.ts';
import type { Connection } from './hub.ts';
import { Inbox, type Valve } from './inbox.ts';
import type { Limits } from './limits.ts';

/** Writes once per turn of the event loop what every connection was sent in it. */
export class Tick {
  #due: { flush(): void }[] = [];

  /** `gatherer.flush` is called when this turn's input is dealt with. */
  add(gatherer: { flush(): void }): void {
    if (this.#due.push(gatherer) === 1) setImmediate(() => this.#flush());
  }

  #flush(): void {
    const due = this.#due;
    this.#due = [];
    for (const gatherer of due) gatherer.flush();
  }
}

/** Who a connection belongs to and how it speaks. */
export interface Identity {
  member: Member;
  dialect: DialectName;
  language: Listener['language'];
  /** It goes by cursors. */
  syncing: boolean;
}

/** What all lines of one gateway share. */
export interface Shared {
  limits: Limits;
  tick: Tick;
  /** A connection was closed because its client did not keep up. */
  cut(): void;
}

/** What becomes of what a client does. */
export interface Upstream<F> {
  /** One frame. Must not reject. */
  received(frame: F): Promise<void>;
  /** The connection is over: nothing more is sent or received. Called once. */
  gone(): void;
}

export abstract class Line<F> implements Connection {
  readonly connectionId = randomUUID();
  readonly member: Member;
  readonly dialect: DialectName;
  readonly language: Listener['language'];
  readonly syncing: boolean;
  readonly left = new Set<ConversationId>();
  readonly joined = new Set<ConversationId>();
  readonly inbox: Inbox<F>;
  protected readonly limits: Limits;
  readonly #shared: Shared;
  readonly #gone: () => void;
  #gathered: Frame[] = [];
  #over = false;
  #drained: (() => void) | null = null;

  constructor(identity: Identity, shared: Shared, upstream: Upstream<F>) {
    this.member = { ...identity.member, dialect: identity.dialect, connectionId: this.connectionId };
    this.dialect = identity.dialect;
    this.language = identity.language;
    this.syncing = identity.syncing;
    this.limits = shared.limits;
    this.#shared = shared;
    this.#gone = () => upstream.gone();
    this.inbox = new Inbox((frame) => upstream.received(frame), this.valve(), shared.limits);
  }

  send(frame: string): void {
    this.deliver(new Frame(frame));
  }

  deliver(frame: Frame): void {
    if (this.#over) return;
    if (this.#gathered.push(frame) === 1) this.#shared.tick.add(this);
  }

  /** Writes what was gathered; a client too far behind is let go. */
  flush(): void {
    if (this.#over || this.#gathered.length === 0) return;
    const frames = this.#gathered;
    this.#gathered = [];
    this.write(frames);
    if (this.unsent() <= this.limits.unsentBytes) return;
    this.#shared.cut();
    this.close(1013, 'too slow');
  }

  /**
   * Writes what was gathered and waits until the client's side has taken it: for whoever has more to say than may wait
   * unsent. False: the connection is over. One at a time.
   */
  async drained(): Promise<boolean> {
    this.flush();
    if (!this.#over) {
      await new Promise<void>((resolve) => {
        this.#drained = resolve;
        this.onDrained(resolve);
      });
      this.#drained = null;
    }
    return !this.#over;
  }

  /** Ends the connection from our side: what the client has sent and nobody handled yet is forgotten. */
  close(code: number, reason: string): void {
    if (this.#over) return;
    this.flush();
    if (this.#over) return;
    this.inbox.discard();
    this.#end();
    this.hangUp(code, reason);
  }

  /** The client hung up: what it sent before is still handled. */
  protected lost(): void {
    if (this.#over) return;
    this.inbox.stop();
    this.#end();
  }

  #end(): void {
    this.#over = true;
    this.#gathered = [];
    this.#drained?.();
    this.#gone();
  }

  /** Holds back and lets go what the client sends. */
  protected abstract valve(): Valve;
  /** Hands frames to the transport, as one write where it can. */
  protected abstract write(frames: readonly Frame[]): void;
  /** Bytes handed over that have not left. */
  protected abstract unsent(): number;
  /** Calls back once what was handed over has left, at once if it has. */
  protected abstract onDrained(done: () => void): void;
  protected abstract hangUp(code: number, reason: string): void;
}
