// Anybody's sessions, for superusers: seen, and ended one by one or all at once.

import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, SessionId } from '../ids.ts';
import { sessionsOf, type Session } from './own-sessions.ts';
import { noSuchPerson } from './people.ts';
import { endSessions } from './sessions.ts';
import { requireSuperuser } from './superusers.ts';

/** Those that have not ended. Throws `forbidden` (`not_a_superuser`) and `not_found` (`no_such_person`). */
export async function othersSessions(asking: Asking<Member>, input: { account: AccountId }): Promise<Session[]> {
  await requireSuperuser(asking.db, asking.actor);
  await requireAccount(asking.db, input.account);
  return sessionsOf(asking.db, input.account);
}

/**
 * Ends one of them, or all. Throws `forbidden` (`not_a_superuser`) and `not_found` (`no_such_person`, and
 * `no_such_session` where one is named).
 */
export async function endOthersSessions(
  ctx: Context<Member>,
  input: { account: AccountId; only?: SessionId },
): Promise<void> {
  await requireSuperuser(ctx.tx, ctx.actor);
  await requireAccount(ctx.tx, input.account);
  const ended = await endSessions(ctx, { ...input, reason: 'ended_by_superuser' });
  if (input.only !== undefined && ended.length === 0) {
    throw new DomainError('not_found', 'no_such_session', 'Session not found.');
  }
}

async function requireAccount(db: Asking<Member>['db'], id: AccountId): Promise<void> {
  const found = await db
    .selectFrom('accounts')
    .select('id')
    .where('id', '=', id)
    .where('deleted_at', 'is', null)
    .executeTakeFirst();
  if (!found) throw noSuchPerson();
}
