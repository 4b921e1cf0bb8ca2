// What this process has to hear of: whoever is connected, and the conversations they are in.

import type { AccountId, ConversationId } from '../core/ids.ts';
import type { Cluster } from '../core/ports.ts';

export class Interests {
  readonly #cluster: Pick<Cluster, 'follow' | 'unfollow'>;
  readonly #conversationsOf = new Map<AccountId, Set<ConversationId>>();
  /** How many of those who are connected are in a conversation. */
  readonly #counts = new Map<ConversationId, number>();

  constructor(cluster: Pick<Cluster, 'follow' | 'unfollow'>) {
    this.#cluster = cluster;
  }

  /** Somebody who is connected is in it. */
  has(id: ConversationId): boolean {
    return this.#counts.has(id);
  }

  /** An account's first connection here. */
  enter(account: AccountId): void {
    if (this.#conversationsOf.has(account)) return;
    this.#conversationsOf.set(account, new Set());
    void this.#cluster.follow({ accounts: [account] });
  }

  /**
   * A connected account is in these conversations. Null: that was known. Else resolves when nothing that happens there
   * from now on is missed, as far as the cluster can promise it.
   */
  add(account: AccountId, ids: Iterable<ConversationId>): Promise<void> | null {
    const known = this.#conversationsOf.get(account);
    const conversations = known ? [...ids].filter((id) => !known.has(id)) : [];
    if (conversations.length === 0) return null;
    for (const id of conversations) {
      known?.add(id);
      this.#counts.set(id, (this.#counts.get(id) ?? 0) + 1);
    }
    return this.#cluster.follow({ conversations });
  }

  /** An account's last connection here is gone. */
  leave(account: AccountId): void {
    const known = this.#conversationsOf.get(account);
    if (!known) return;
    this.#conversationsOf.delete(account);
    const conversations: ConversationId[] = [];
    for (const id of known) {
      const others = (this.#counts.get(id) ?? 0) - 1;
      if (others > 0) this.#counts.set(id, others);
      else if (this.#counts.delete(id)) conversations.push(id);
    }
    this.#cluster.unfollow({ accounts: [account], conversations });
  }
}
