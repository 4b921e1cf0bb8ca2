// Who is here in one process: an account is, as long as one of its signs is there.

import type { AccountId } from '../../core/ids.ts';
import type { Sign } from '../../core/ports.ts';

export class Roll {
  readonly #signs = new Map<AccountId, Set<string>>();

  get size(): number {
    return this.#signs.size;
  }

  /** True if it is the account's first sign. */
  add(account: AccountId, sign: string): boolean {
    const signs = this.#signs.get(account);
    if (signs) {
      signs.add(sign);
      return false;
    }
    this.#signs.set(account, new Set([sign]));
    return true;
  }

  /** True if it was the account's last sign. */
  delete(account: AccountId, sign: string): boolean {
    const signs = this.#signs.get(account);
    if (!signs?.delete(sign) || signs.size > 0) return false;
    return this.#signs.delete(account);
  }

  has(account: AccountId): boolean {
    return this.#signs.has(account);
  }

  accounts(): Iterable<AccountId> {
    return this.#signs.keys();
  }

  clear(): void {
    this.#signs.clear();
  }
}

/** By what else an account may be here. */
export function otherThan(how: Sign): Sign {
  return how === 'connection' ? 'visit' : 'connection';
}
