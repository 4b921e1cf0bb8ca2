// Which channels this process wants to hear, and which it has told Redis of: in few commands, and without haste to stop.

import { within } from '../../core/within.ts';
import type { Lines } from './redis-lines.ts';

type Ears = Pick<Lines, 'subscribe' | 'unsubscribe'>;

/** Channels in one command. */
const portion = 1_000;

/** Milliseconds a subscription may take: one that was under way as its connection broke is never answered. */
const patience = 1_000;

export class Subscriptions {
  readonly #wanted = new Set<string>();
  /** Of these Redis is to be told. */
  readonly #missing = new Set<string>();
  /** Of these it was told in vain: nobody wants them any more. */
  readonly #idle = new Set<string>();
  #ears: Ears | null = null;
  #due: Promise<void> | null = null;
  #underWay: Promise<unknown> = Promise.resolve();

  /** Resolves when the channels are heard, or cannot be for now. Never rejects. */
  async want(channels: readonly string[]): Promise<void> {
    for (const channel of channels) {
      if (this.#wanted.has(channel)) continue;
      this.#wanted.add(channel);
      if (!this.#idle.delete(channel)) this.#missing.add(channel);
    }
    await this.#soon();
    await this.#underWay;
  }

  /** They are heard until the next `settle`: who goes often comes back. */
  forgo(channels: readonly string[]): void {
    for (const channel of channels) {
      if (!this.#wanted.delete(channel)) continue;
      if (!this.#missing.delete(channel)) this.#idle.add(channel);
    }
  }

  /** New ears, which hear nothing yet; null: there are none. */
  use(ears: Ears | null): void {
    this.#ears = ears;
    this.#idle.clear();
    for (const channel of this.#wanted) this.#missing.add(channel);
    if (ears) void this.#soon();
  }

  /** Stops hearing what is not wanted, and tries again what could not be heard. Never rejects. */
  settle(): void {
    for (const some of portions(this.#idle)) this.#ears?.unsubscribe(some).catch(() => {});
    this.#idle.clear();
    void this.#soon();
  }

  /** Once for all that is wanted in one turn of the event loop. */
  #soon(): Promise<void> {
    return (this.#due ??= new Promise((resolve) => setImmediate(resolve)).then(() => {
      this.#due = null;
      this.#subscribe();
    }));
  }

  #subscribe(): void {
    const ears = this.#ears;
    if (!ears || this.#missing.size === 0) return;
    const some = portions(this.#missing);
    this.#missing.clear();
    const work = some.map((channels) =>
      within(patience, ears.subscribe(channels)).catch(() => this.#failed(ears, channels)),
    );
    this.#underWay = Promise.all([this.#underWay, ...work]);
  }

  #failed(ears: Ears, channels: readonly string[]): void {
    // Other ears were told of all.
    if (ears !== this.#ears) return;
    for (const channel of channels) {
      if (this.#wanted.has(channel)) this.#missing.add(channel);
      else this.#idle.delete(channel);
    }
  }
}

function portions(channels: ReadonlySet<string>): string[][] {
  const all = [...channels];
  return Array.from({ length: Math.ceil(all.length / portion) }, (_, index) =>
    all.slice(index * portion, (index + 1) * portion),
  );
}
