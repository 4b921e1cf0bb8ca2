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
  backoff: Backoff;
  log: Log;
}

class List {
  members: ReadonlySet<AccountId> | null = null;
  version = -1;
  waiting: { event: Event; before: number }[] | null = null;
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

  close(): void {
    this.#open = false;
    this.#lists.clear();
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
      const needed = neededVersion(list.waiting[0]?.event);
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
    for (const { event, before } of waiting) {
      const members = list.for(event);
      if (members === undefined) break;
      done += 1;
      this.#options.deliver(event, members, before);
    }
    list.waiting = done === waiting.length ? null : waiting.slice(done);
  }

  #forgetMembers(besides: List): void {
    for (const list of this.#lists.values()) {
      if (this.#members <= this.#options.members) return;
      if (list !== besides && !list.waiting) this.#store(list, null, -1);
    }
  }

  /** Something that is forgotten anyway goes first; a change only when nothing else is left, and not in silence. */
  #dropOne(id: ConversationId, waiting: { event: Event }[]): void {
    const transient = waiting.findIndex(({ event }) => !event.change);
    const [dropped] = waiting.splice(Math.max(0, transient), 1);
    if (dropped?.event.change) {
      this.#options.log.error(
        { conversationId: id, change: dropped.event.change },
        'too much waits; a change was dropped',
      );
    }
  }
}

function conversationOf(event: Event): ConversationId | null {
  if (event.change) return event.change.conversationId;
  return event.audience.kind === 'members' ? event.audience.conversationId : null;
}

function neededVersion(event: Event | undefined): number {
  return event?.audience.kind === 'members' ? event.audience.membershipVersion : 0;
}
