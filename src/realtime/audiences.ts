// Who is in a conversation, remembered per conversation and read again when an event knows of a newer membership.

import type { Event } from '../core/events.ts';
import type { AccountId, ConversationId } from '../core/ids.ts';
import type { Log } from './log.ts';
import { type Backoff, retrying } from './retrying.ts';

export interface MemberList {
  membershipVersion: number;
  members: readonly AccountId[];
}

export interface AudienceOptions {
  readAudience(conversationId: ConversationId): Promise<MemberList>;
  /** Takes each event once its members are known (null: its audience needs none), in the order they were passed. */
  deliver(event: Event, members: ReadonlySet<AccountId> | null, before: number): void;
  /** Conversations, and members over all of them, that are remembered. */
  lists: number;
  members: number;
  /** Events that may wait for one conversation's members. */
  queue: number;
  /** A change was dropped because too much waited. */
  dropped(): void;
  backoff: Backoff;
  log: Log;
}

/** An event that waits for its audience, or somebody who waits for all before them. */
type Waiting = { event: Event; before: number } | { passed(): void };

class List {
  members: ReadonlySet<AccountId> | null = null;
  version = -1;
  waiting: Waiting[] | null = null;
  reading = false;

  /** The members as this event needs them; undefined if they must be read first. */
  for(event: Event): ReadonlySet<AccountId> | null | undefined {
    if (event.audience.kind !== 'members') return null;
    if (!this.members || this.version < event.audience.membershipVersion) return undefined;
    return this.members;
  }
}

export class Audiences {
  reads = 0;
  readonly #lists = new Map<ConversationId, List>();
  readonly #options: AudienceOptions;
  /** The lists that something waits for. */
  readonly #waiting = new Set<List>();
  #members = 0;
  #open = true;

  constructor(options: AudienceOptions) {
    this.#options = options;
  }

  /** Delivers at once if the members are known and nothing is before it, else in its turn. */
  pass(event: Event, before: number): void {
    const id = conversationOf(event);
    if (id === null) return this.#options.deliver(event, null, before);
    const list = this.#list(id);
    const members = list.waiting ? undefined : list.for(event);
    if (members !== undefined) return this.#options.deliver(event, members, before);
    this.#waiting.add(list);
    list.waiting ??= [];
    list.waiting.push({ event, before });
    if (list.waiting.length > this.#options.queue) this.#dropOne(id, list.waiting);
    if (!list.reading) void this.#read(id, list);
  }

  /** Somebody saw this membership version: an older list is not trusted any more. */
  seen(id: ConversationId, version: number): void {
    const list = this.#lists.get(id);
    if (list?.members && list.version < version) this.#store(list, null, -1);
  }

  /** True if something of the conversation is on its way that waits for the members. */
  owes(id: ConversationId): boolean {
    return Boolean(this.#lists.get(id)?.waiting);
  }

  /** Resolves when all that waits now is delivered. */
  async settled(): Promise<void> {
    const all = [...this.#waiting].map((list) => new Promise<void>((passed) => list.waiting?.push({ passed })));
    await Promise.all(all);
  }

  close(): void {
    this.#open = false;
    this.#lists.clear();
    for (const list of this.#waiting) for (const one of list.waiting ?? []) if ('passed' in one) one.passed();
    this.#waiting.clear();
  }

  #list(id: ConversationId): List {
    let list = this.#lists.get(id);
    if (list) {
      this.#lists.delete(id);
    } else {
      list = new List();
      if (this.#lists.size >= this.#options.lists) this.#forgetOldest();
    }
    this.#lists.set(id, list);
    return list;
  }

  #forgetOldest(): void {
    for (const [id, list] of this.#lists) {
      if (list.waiting) continue;
      this.#store(list, null, -1);
      this.#lists.delete(id);
      return;
    }
  }

  #store(list: List, members: ReadonlySet<AccountId> | null, version: number): void {
    this.#members += (members?.size ?? 0) - (list.members?.size ?? 0);
    list.members = members;
    list.version = version;
  }

  /** One reading at a time per conversation, until nothing waits. Never rejects. */
  async #read(id: ConversationId, list: List): Promise<void> {
    list.reading = true;
    let stale = 0;
    while (this.#open && list.waiting) {
      const needed = neededVersion(list.waiting);
      const read = await retrying(
        async () => {
          this.reads += 1;
          const found = await this.#options.readAudience(id);
          if (found.membershipVersion < needed && ++stale < this.#options.backoff.attempts) {
            throw new Error(`membership ${found.membershipVersion} is older than the event's ${needed}`);
          }
          return found;
        },
        this.#options.backoff,
        (error, attempt) => {
          this.#options.log.warn({ err: error, conversationId: id, attempt }, 'reading the members failed');
          return this.#open;
        },
      );
      if (!read) break;
      // A list that will not get any newer serves what waits, or the conversation would be silent, but is not kept.
      this.#store(list, new Set(read.members), Math.max(read.membershipVersion, needed));
      this.#release(list);
      list.version = read.membershipVersion;
    }
    list.reading = false;
    if (this.#members > this.#options.members) this.#forgetMembers(list);
  }

  #release(list: List): void {
    const waiting = list.waiting ?? [];
    let done = 0;
    for (const next of waiting) {
      if ('passed' in next) {
        next.passed();
      } else {
        const members = list.for(next.event);
        if (members === undefined) break;
        this.#options.deliver(next.event, members, next.before);
      }
      done += 1;
    }
    list.waiting = done === waiting.length ? null : waiting.slice(done);
    if (!list.waiting) this.#waiting.delete(list);
  }

  #forgetMembers(besides: List): void {
    for (const list of this.#lists.values()) {
      if (this.#members <= this.#options.members) return;
      if (list !== besides && !list.waiting) this.#store(list, null, -1);
    }
  }

  /** Something that is forgotten anyway goes first; a change only when nothing else is left, and not in silence. */
  #dropOne(id: ConversationId, waiting: Waiting[]): void {
    const isEvent = (one: Waiting) => 'event' in one;
    const transient = waiting.findIndex((one) => isEvent(one) && !('event' in one && one.event.change));
    const [dropped] = waiting.splice(transient < 0 ? waiting.findIndex(isEvent) : transient, 1);
    if (dropped && 'event' in dropped && dropped.event.change) {
      this.#options.log.error(
        { conversationId: id, change: dropped.event.change },
        'too much waits; a change was dropped',
      );
      this.#options.dropped();
    }
  }
}

function conversationOf(event: Event): ConversationId | null {
  if (event.change) return event.change.conversationId;
  return event.audience.kind === 'members' ? event.audience.conversationId : null;
}

/** What the first that waits needs. */
function neededVersion([first]: readonly Waiting[]): number {
  if (!first || 'passed' in first) return 0;
  const { audience } = first.event;
  return audience.kind === 'members' ? audience.membershipVersion : 0;
}
