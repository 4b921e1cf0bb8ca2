// Which cluster this process is part of.

import type { AccountId } from '../../core/ids.ts';
import type { Cluster } from '../../core/ports.ts';
import { createMemoryCluster } from './memory.ts';

export interface ClusterOptions {
  /** Where Redis is; null: this process is alone. */
  url: string | null;
  /** Tells this installation from others that use the same Redis. */
  name: string;
  log: { warn(text: string): void };
  /** Hears what the listener throws. */
  faulty?(error: unknown): void;
  /** A person as NeruTalk writes them; absent: what its document names in Redis is not written. */
  neruTalkUser?(account: AccountId): string;
}

/** Opens the cluster: Redis if there is a URL for it, else the memory of this process. */
export async function openCluster({ url, ...options }: ClusterOptions): Promise<Cluster> {
  if (url === null) return createMemoryCluster(options.faulty);
  const { openRedisCluster } = await import('./redis.ts');
  return openRedisCluster({ url, ...options });
}
