// The messages of one conversation, oldest first, as far as they are loaded. An array that is changed in place, with a
// version to watch: a hundred thousand messages are not copied because one more came.

import { useSyncExternalStore } from 'react';
import * as pythia from '../api/pythia.ts';
import * as urge from '../api/urge.ts';
import type { Message, Reaction } from '../api/shapes.ts';
import { database, keeper } from './database.ts';
import { nextFrame } from './frame.ts';

const pageSize = 50;
const kept = 60;

export class Timeline {
  readonly id: string;
  /** Keeps the newest, for when there is no line; ends when this browser has them. */
  readonly keep: () => Promise<void>;
  /** What the server has, then what is still in the outbox. */
  readonly items: Message[] = [];
  hasOlder = true;
  /** `window`: a piece of the past, around a message that was sought; what is new does not join it. */
  state: 'empty' | 'cached' | 'fresh' | 'window' = 'empty';
  failed = false;
  version = 0;
  private readonly ids = new Set<string>();
  private pending = 0;
  private loading: Promise<void> | null = null;
  /** What came since the newest were asked for: an answer may be too old to have it. */
  private late: Set<string> | null = null;
  private readonly listeners = new Set<() => void>();
  private telling = false;

  constructor(id: string) {
    this.id = id;
    this.keep = keeper('timelines', id, () =>
      this.state === 'cached' || this.state === 'fresh'
        ? this.items.slice(Math.max(0, this.storedCount - kept), this.storedCount)
        : undefined,
    );
  }

  subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  /** Tells once a frame, however much came meanwhile. */
  private changed(): void {
    this.version += 1;
    if (this.telling) return;
    this.telling = true;
    nextFrame(() => {
      this.telling = false;
      for (const listener of this.listeners) listener();
    });
  }

  has(id: string): boolean {
    return this.ids.has(id);
  }

  indexOf(id: string): number {
    return this.ids.has(id) ? this.items.findLastIndex((item) => item.id === id) : -1;
  }

  /** How many of `items` the server has. */
  get storedCount(): number {
    return this.items.length - this.pending;
  }

  /** The newest messages: what this browser remembers at once, what the server says as soon as it does. */
  open(): Promise<void> {
    return this.alone(async () => {
      this.late = new Set();
      try {
        if (this.state === 'empty') {
          const remembered = await database.get<Message[]>('timelines', this.id).catch(() => undefined);
          if (remembered) {
            this.replaceStored(remembered);
            this.state = 'cached';
            this.changed();
          }
        }
        await this.refresh();
      } finally {
        this.late = null;
      }
    });
  }

  /** Back from a piece of the past, or from a time without a line. */
  private async refresh(): Promise<void> {
    try {
      const [page, reactions] = await this.page(undefined, 0);
      const overlap = page.messages.some(({ id }) => this.ids.has(id));
      if (this.state === 'window' || !overlap || !page.hasOlder) this.replaceStored(page.messages);
      else {
        // What is between the two is gone, what follows is new.
        const from = this.items.findIndex(({ id }) => id === page.messages.find((each) => this.ids.has(each.id))?.id);
        this.replaceStored([...this.items.slice(0, from), ...page.messages]);
      }
      if (!overlap || this.state === 'window' || !page.hasOlder) this.hasOlder = page.hasOlder;
      this.react(reactions);
      this.state = 'fresh';
      this.failed = false;
      void this.keep();
    } catch (error) {
      this.failed = true;
      throw error;
    } finally {
      this.changed();
    }
  }

  older(): Promise<void> {
    return this.alone(async () => {
      const [first] = this.items;
      if (!this.hasOlder || !first || this.storedCount === 0) return;
      const [page, reactions] = await this.page(first.id, this.storedCount);
      const fresh = page.messages.filter(({ id }) => !this.ids.has(id));
      for (const { id } of fresh) this.ids.add(id);
      this.items.unshift(...fresh);
      this.react(reactions);
      this.hasOlder = page.hasOlder;
      this.changed();
    });
  }

  /** Shows the piece of the past that a message of a known time is in, with some of what followed if there is room. */
  around(id: string, createdAt: string): Promise<void> {
    return this.alone(async () => {
      for (const later of [86_400_000, 3_600_000, 60_000, 1]) {
        const before = new Date(Date.parse(createdAt) + later).toISOString();
        const page = await urge.messages(this.id, before, pageSize);
        if (later > 1 && !page.messages.some((message) => message.id === id)) continue;
        this.replaceStored(page.messages);
        this.hasOlder = page.hasOlder;
        this.state = 'window';
        this.changed();
        return;
      }
    });
  }

  private async page(before: string | undefined, offset: number) {
    return Promise.all([
      urge.messages(this.id, before, pageSize),
      // Only Pythia says reactions; without them a page is still a page. A window's place from the end is not known.
      this.state === 'window'
        ? new Map<string, Reaction[]>()
        : pythia.reactionsIn(this.id, offset, pageSize).catch(() => new Map<string, Reaction[]>()),
    ]);
  }

  private alone(work: () => Promise<void>): Promise<void> {
    this.loading ??= work().finally(() => (this.loading = null));
    return this.loading;
  }

  private replaceStored(messages: readonly Message[]): void {
    const known = new Map(this.items.map((item) => [item.id, item]));
    const given = new Set(messages.map(({ id }) => id));
    const late = this.items.filter(({ id }) => this.late?.has(id) && !given.has(id));
    const next = messages.map((message) => {
      const before = known.get(message.id);
      return before ? { ...message, key: before.key, reactions: before.reactions } : message;
    });
    next.push(...late);
    // What this browser remembers may hold one whose end as a waiting one it did not live to see.
    const keys = new Set(next.map(({ key }) => key));
    const waiting = this.items.slice(this.storedCount).filter(({ key }) => !keys.has(key));
    this.items.splice(0, this.items.length, ...next, ...waiting);
    this.pending = waiting.length;
    this.ids.clear();
    for (const { id } of this.items) this.ids.add(id);
  }

  private react(reactions: ReadonlyMap<string, readonly Reaction[]>): void {
    for (const [id, all] of reactions) this.change(id, (message) => ({ ...message, reactions: all }));
  }

  /** A message the server has stored: from a socket, or as the answer to a send (then with the key it was sent by). */
  add(message: Message): void {
    if (message.key !== message.id) this.settle(message.key);
    const isShown = this.state === 'cached' || this.state === 'fresh' || this.late !== null;
    if (!isShown || this.ids.has(message.id)) return;
    this.ids.add(message.id);
    this.late?.add(message.id);
    let place = this.storedCount;
    while (place > 0 && this.items[place - 1]!.createdAt > message.createdAt) place -= 1;
    this.items.splice(place, 0, message);
    void this.keep();
    this.changed();
  }

  /** A message on its way: at the end, under its key. */
  addPending(message: Message): void {
    if (this.items.some(({ key }) => key === message.key)) return;
    this.ids.add(message.id);
    this.items.push(message);
    this.pending += 1;
    this.changed();
  }

  /** It is on its way no more. */
  settle(key: string): void {
    const index = this.items.findIndex((item, at) => at >= this.storedCount && item.key === key);
    if (index < 0) return;
    this.ids.delete(this.items[index]!.id);
    this.items.splice(index, 1);
    this.pending -= 1;
    this.changed();
  }

  change(id: string, change: (now: Message) => Message): void {
    const index = this.indexOf(id);
    const now = this.items[index];
    if (!now) return;
    const next = change(now);
    if (next === now) return;
    this.items[index] = next;
    if (index < this.storedCount) void this.keep();
    this.changed();
  }

  remove(id: string): void {
    const index = this.indexOf(id);
    if (index < 0) return;
    this.ids.delete(id);
    this.items.splice(index, 1);
    void this.keep();
    this.changed();
  }

  clear(): void {
    this.late?.clear();
    this.replaceStored([]);
    this.hasOlder = false;
    void this.keep();
    this.changed();
  }

  /** Nothing of it is kept any more. */
  forget(): void {
    this.state = 'empty';
  }
}

const timelines = new Map<string, Timeline>();

/** The timeline of a conversation; made at first use. */
export function timelineOf(conversationId: string): Timeline {
  let timeline = timelines.get(conversationId);
  if (!timeline) {
    timeline = new Timeline(conversationId);
    timelines.set(conversationId, timeline);
  }
  return timeline;
}

/** Those that somebody looked at. */
export function openTimelines(): IterableIterator<Timeline> {
  return timelines.values();
}

/** Draws the component again whenever the timeline changed. */
export function useTimeline(conversationId: string): Timeline {
  const timeline = timelineOf(conversationId);
  useSyncExternalStore(timeline.subscribe, () => timeline.version);
  return timeline;
}

/** On signing out. */
export function forgetTimelines(): void {
  for (const timeline of timelines.values()) timeline.forget();
  timelines.clear();
}
