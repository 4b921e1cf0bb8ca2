// Where events go: a conversation has a channel, so has an account, and one channel is everybody's.

import type { Event } from '../../core/events.ts';
import type { AccountId, ConversationId } from '../../core/ids.ts';
import type { Interest } from '../../core/ports.ts';

/** Events that go the same way, in their order. */
export interface Parcel {
  channel: string;
  events: Event[];
}

/** More accounts than this are told by everybody's channel. */
const mostAccounts = 16;

/**
 * In a Redis Cluster a channel lives where its name's hash tag says, and those of one command must live together: so many
 * places are enough to spread the work, and few enough to subscribe in few commands.
 */
const places = 64;

/** The names of one installation's channels. */
export class Channels {
  readonly everybody: string;
  readonly #prefix: string;

  constructor(name: string) {
    this.#prefix = `parlance:${name}:events`;
    this.everybody = this.#prefix;
  }

  of({ conversations = [], accounts = [] }: Interest): string[] {
    return [
      ...Array.from(conversations, (id) => this.#conversation(id)),
      ...Array.from(accounts, (id) => this.#account(id)),
    ];
  }

  /** The events by channel. One to several accounts is taken apart, so that nobody is told twice. */
  sort(events: readonly Event[]): Parcel[] {
    const parcels = new Map<string, Event[]>();
    const put = (channel: string, event: Event) => {
      const parcel = parcels.get(channel);
      if (parcel) parcel.push(event);
      else parcels.set(channel, [event]);
    };
    for (const event of events) {
      const conversation = conversationOf(event);
      const accounts = accountsOf(event);
      if (accounts === 'all' || accounts.length > mostAccounts) {
        put(this.everybody, event);
        continue;
      }
      if (conversation !== null) put(this.#conversation(conversation), event);
      for (const account of accounts) {
        const own =
          conversation === null ? { ...event, audience: { kind: 'accounts' as const, accounts: [account] } } : event;
        put(this.#account(account), own);
      }
    }
    return Array.from(parcels, ([channel, parcel]) => ({ channel, events: parcel }));
  }

  #conversation(id: ConversationId): string {
    return `${this.#prefix}:{${id % places}}:c${id}`;
  }

  #account(id: AccountId): string {
    return `${this.#prefix}:{${id % places}}:a${id}`;
  }
}

/** Whatever has a place in a conversation's order goes where the others do, or there would be a hole. */
function conversationOf({ change, audience }: Event): ConversationId | null {
  if (change) return change.conversationId;
  return audience.kind === 'members' ? audience.conversationId : null;
}

/** Whom it concerns that may not listen to the conversation yet, or any more. */
function accountsOf(event: Event): 'all' | readonly AccountId[] {
  const { audience } = event;
  // A session may be remembered anywhere.
  if (audience.kind === 'everyone' || 'sessions' in event) return 'all';
  if (event.type === 'conversation.created') return event.conversation.pair?.map(({ id }) => id) ?? 'all';
  if (audience.kind === 'members') return audience.also ?? [];
  return event.change ? [] : [...new Set(audience.accounts)];
}
