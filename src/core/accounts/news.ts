// News of an account to its owner's other devices: that something of it is to be read again.

import type { Actor, Context } from '../context.ts';
import type { AccountPart } from '../events.ts';
import type { AccountId } from '../ids.ts';
import { recordOwnChange } from '../log.ts';

/** Writes it into the account's own stream, and tells its owner; what has changed is not said. */
export async function tellAccountChanged(ctx: Context<Actor>, accountId: AccountId, part: AccountPart): Promise<void> {
  const logged = await recordOwnChange(ctx, { accountId, kind: 'account.changed', detail: { part } });
  const { actor } = ctx;
  const connectionId = actor.kind === 'member' && actor.accountId === accountId ? actor.connectionId : undefined;
  ctx.emit({
    type: 'account.changed',
    accountId,
    part,
    logged,
    audience: { kind: 'accounts', accounts: [accountId] },
    ...(connectionId !== undefined && { origin: { accountId, connectionId } }),
  });
}
