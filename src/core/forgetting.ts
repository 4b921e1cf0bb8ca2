// What an administrator can have forgotten before its time: old positions, and what was sent to devices.

import { requireSuperuser } from './accounts/superusers.ts';
import type { Context, Member } from './context.ts';
import { forgetOldPositions } from './location/positions.ts';
import { trimDeliveries } from './notifications/deliveries.ts';

/**
 * Forgets what is older than so many days, a little at a time. Answers how many rows went; 0 when there are no more.
 * Throws `forbidden` (`not_a_superuser`).
 */
export async function forgetOld(ctx: Context<Member>, input: { keepDays: number }): Promise<number> {
  await requireSuperuser(ctx.tx, ctx.actor);
  const system = { ...ctx, actor: { kind: 'system' } as const };
  const positions = await forgetOldPositions(system, { keepDays: input.keepDays, limit: 1_000 });
  return positions + (await trimDeliveries(system, input));
}
