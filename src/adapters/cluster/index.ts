// Which cluster this process is part of.

import type { Cluster } from '../../core/ports.ts';
import { createMemoryCluster } from './memory.ts';

/** Opens the cluster: the memory of this process. */
export async function openCluster(faulty?: (error: unknown) => void): Promise<Cluster> {
  return createMemoryCluster(faulty);
}
