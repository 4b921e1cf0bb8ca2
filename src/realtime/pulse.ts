// The pulse: about once a second it looks what the log has gained, so that nothing is missed of which nobody here was
// told, and so that those who go by cursors get new ones.

import type { Beat } from '../core/catch-up.ts';
import type { Logged } from '../core/events.ts';
import type { AccountId, ConversationId } from '../core/ids.ts';
import type { LogPosition } from '../core/log.ts';
import type { Hub } from './hub.ts';
import type { Log } from './log.ts';

/** What the log gained between two places. */
export interface News {
  after: LogPosition;
  position: LogPosition;
  /** The changes of each conversation: all numbers from the one to the other. */
  conversations: { id: ConversationId; from: number; upto: number }[];
  /** Rows that no conversation tells: of accounts' own streams, and of what is news to everybody. */
  own: OwnNews[];
}

export interface OwnNews extends Logged {
  /** Null: everybody. */
  accountId: AccountId | null;
}

export interface PulseOptions {
  hub: Hub;
  /** Where the log ends for now. */
  readHead(): Promise<LogPosition>;
  readBeats(after: LogPosition, limit: number): Promise<{ beats: Beat[]; position: LogPosition; more: boolean }>;
  /** Of these conversations those that one of these accounts is in. */
  readConcerning(conversations: readonly ConversationId[], accounts: readonly AccountId[]): Promise<ConversationId[]>;
  /** Whether it beats with no cursor to be given either: where what other processes tell may get lost on its way. */
  always: boolean;
  log: Log;
  /** Milliseconds. Default 1,000. */
  interval?: number;
  /** Rows read at once, and steps without a rest after which it is too far behind. */
  rows?: number;
  steps?: number;
}

export interface Pulse {
  /**
   * Resolves when nothing that is logged from now on can be missed here, until who joined leaves. Rejects if the log
   * cannot be read.
   */
  join(who: object): Promise<void>;
  leave(who: object): void;
  /** Something may just have been missed: it beats as soon as it may. */
  hurry(): void;
  close(): void;
}

/** Milliseconds between beats in a hurry. */
const hurriedInterval = 25;

export function createPulse(options: PulseOptions): Pulse {
  const { hub, log, interval = 1_000, rows = 10_000, steps = 50 } = options;
  const needed = new Set<object>(options.always ? [options] : []);
  let position: LogPosition | null = null;
  let starting: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let failed = false;
  let hurried = false;
  let closed = false;
  /** The conversations of the step before: where it was cut, an account's row may stand without its conversation's. */
  let before = new Map<ConversationId, { from: number; upto: number }>();
  if (options.always) schedule();

  function schedule(wait = interval): void {
    if (closed || timer) return;
    timer = setTimeout(() => {
      timer = null;
      void beat();
    }, wait).unref();
  }

  function hurry(): void {
    if (hurried || needed.size === 0) return;
    hurried = true;
    // While it beats there is no timer, and the next beat sees what this one may not.
    if (!timer) return;
    clearTimeout(timer);
    timer = null;
    schedule(hurriedInterval);
  }

  function started(): Promise<void> {
    return (starting ??= start().finally(() => (starting = null)));
  }

  async function start(): Promise<void> {
    hub.watch(true);
    position = await options.readHead();
  }

  async function beat(): Promise<void> {
    hurried = false;
    try {
      if (needed.size === 0) return stop();
      if (position) await follow();
      else await started();
      failed = false;
    } catch (error) {
      if (!failed && !closed) log.warn({ err: error }, 'the log could not be followed; trying on');
      failed = true;
    }
    schedule(hurried ? hurriedInterval : interval);
  }

  function stop(): void {
    position = null;
    before = new Map();
    hub.watch(false);
  }

  /** Step by step until it is there. What was read is told again if a step fails: nobody hears it twice. */
  async function follow(): Promise<void> {
    for (let step = 0; position; step += 1) {
      if (step === steps) {
        log.warn({ position }, 'too far behind the log: who goes by cursors is to come back');
        hub.disconnectSyncing();
        position = await options.readHead();
        return;
      }
      const after: LogPosition = position;
      const read = await options.readBeats(after, rows);
      const news = await newsOf(read.beats, after, read.position);
      await hub.follow(news);
      hub.advance(news);
      position = read.position;
      if (!read.more) return;
    }
  }

  async function newsOf(beats: readonly Beat[], after: LogPosition, upto: LogPosition): Promise<News> {
    const conversations = new Map<ConversationId, { from: number; upto: number }>();
    const own: OwnNews[] = [];
    /** Told to somebody here who need not be in them any more. */
    const pointed = new Set<ConversationId>();
    const connected = new Set(hub.accounts());
    for (const { xid, id, conversationId, no, accountId, pointer } of beats) {
      if (conversationId !== null && no !== null) {
        const known = conversations.get(conversationId);
        conversations.set(conversationId, { from: known?.from ?? no, upto: no });
      } else if (accountId === null) {
        own.push({ accountId, xid, id });
      } else if (connected.has(accountId)) {
        if (!pointer || conversationId === null) own.push({ accountId, xid, id });
        else pointed.add(conversationId);
      }
    }
    const all = new Map(conversations);
    for (const id of pointed) {
      const cut = before.get(id);
      if (cut && !all.has(id)) all.set(id, cut);
    }
    before = conversations;
    const strange = [...all.keys()].filter((id) => !pointed.has(id) && !hub.knows(id));
    const foreign = new Set(strange);
    if (strange.length > 0 && connected.size > 0) {
      for (const id of await options.readConcerning(strange, [...connected])) foreign.delete(id);
    }
    return {
      after,
      position: upto,
      conversations: [...all].filter(([id]) => !foreign.has(id)).map(([id, range]) => ({ id, ...range })),
      own,
    };
  }

  return {
    async join(who) {
      needed.add(who);
      if (position) return;
      await started();
      schedule();
    },
    leave: (who) => void needed.delete(who),
    hurry,
    close() {
      closed = true;
      if (timer) clearTimeout(timer);
    },
  };
}
