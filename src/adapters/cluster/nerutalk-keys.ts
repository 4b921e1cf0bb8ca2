// What NeruTalk's document names in Redis, for whoever looks there: who is online, and who is typing. Nothing reads it here.
//
// Of its other keys none is written. `call_tokens` would hold what lets somebody onto a line, `location_cache` where people
// are, for everyone who may look into Redis; `sessions` and `rate_limit` a second truth beside the database's, and each
// process's own.

import type { Cluster, Redis } from 'ioredis';
import type { Event } from '../../core/events.ts';
import type { AccountId } from '../../core/ids.ts';

const prefix = 'nerutalk:';
/** Seconds after which somebody who typed has stopped. */
const typingFor = 10;

/** Writes down what the events say. `userId`: a person as NeruTalk writes them. Rejects when Redis does. */
export async function writeNeruTalkKeys(
  redis: Redis | Cluster,
  events: readonly Event[],
  userId: (account: AccountId) => string,
): Promise<void> {
  const writing: Promise<unknown>[] = [];
  for (const event of events) {
    // News for one alone is of a block, and says nothing of the person.
    if (event.type === 'presence' && event.acquaintances) {
      const status = event.isOnline ? 'online' : 'offline';
      writing.push(redis.set(`${prefix}user_status:${userId(event.accountId)}`, status));
    } else if (event.type === 'typing') {
      const key = `${prefix}chat_typing:${event.conversationId}`;
      const by = userId(event.by);
      if (event.isTyping) {
        writing.push(redis.hset(key, by, new Date().toISOString()), redis.expire(key, typingFor));
      } else {
        writing.push(redis.hdel(key, by));
      }
    }
  }
  await Promise.all(writing);
}
