// What a person lets others see of them: switches that hold in every dialect, from the moment they are set.

import { sql } from 'kysely';
import { prepared, type Asking, type Context, type Member } from '../context.ts';
import { announcePresence } from '../presence.ts';
import { moment } from '../sql.ts';
import { tellAccountChanged } from './news.ts';

/** The settings screen whose switches say what others see of a profile, and what finds it. */
export const profilePrivacyScreen = 'profile-privacy';

export interface Privacy {
  onlineStatus: boolean;
  lastSeen: boolean;
  profilePhoto: boolean;
  readReceipts: boolean;
}

/** The caller's switches, and how many people they block. */
export async function privacy(
  asking: Asking<Member>,
  _input: object,
): Promise<{ switches: Privacy; blockedCount: number }> {
  const { accountId } = asking.actor;
  const found = await asking.db
    .selectFrom('accounts')
    .select(['show_online_status', 'show_last_seen', 'show_profile_photo', 'show_read_receipts'])
    .select(sql<number>`(select count(*) from blocks b where b.blocker_id = ${accountId})`.as('blocked'))
    .where('id', '=', accountId)
    .executeTakeFirstOrThrow();
  return { switches: switchesOf(found), blockedCount: found.blocked };
}

/** Sets the switches that are given, and answers all. Who hides that they are here goes offline for others at once. */
export const changePrivacy = prepared(
  'changePrivacy',
  async (asking: Asking<Member>, _input: Partial<Privacy>) => {
    const { accountId } = asking.actor;
    const { cluster } = asking.ports;
    return { isHere: (await cluster.online([accountId])).has(accountId), connected: await cluster.connected() };
  },
  async (ctx: Context<Member>, input, { isHere, connected }): Promise<Privacy> => {
    const { accountId } = ctx.actor;
    const before = await ctx.tx
      .selectFrom('accounts')
      .select('show_online_status')
      .where('id', '=', accountId)
      .forNoKeyUpdate()
      .executeTakeFirstOrThrow();
    const after = await ctx.tx
      .updateTable('accounts')
      .set({
        updated_at: new Date(ctx.now),
        ...(input.onlineStatus !== undefined && { show_online_status: input.onlineStatus }),
        ...(input.lastSeen !== undefined && { show_last_seen: input.lastSeen }),
        ...(input.profilePhoto !== undefined && { show_profile_photo: input.profilePhoto }),
        ...(input.readReceipts !== undefined && { show_read_receipts: input.readReceipts }),
      })
      .where('id', '=', accountId)
      .returning(['show_online_status', 'show_last_seen', 'show_profile_photo', 'show_read_receipts'])
      .returning(moment('last_seen_at').as('seen_at'))
      .executeTakeFirstOrThrow();
    await tellAccountChanged(ctx, accountId, 'privacy');
    const isOnline = after.show_online_status;
    if (isHere && isOnline !== before.show_online_status) {
      const lastSeenAt = after.show_last_seen ? after.seen_at : null;
      await announcePresence(ctx, { accountId, isOnline, lastSeenAt, connected });
    }
    return switchesOf(after);
  },
);

interface Columns {
  show_online_status: boolean;
  show_last_seen: boolean;
  show_profile_photo: boolean;
  show_read_receipts: boolean;
}

function switchesOf(columns: Columns): Privacy {
  return {
    onlineStatus: columns.show_online_status,
    lastSeen: columns.show_last_seen,
    profilePhoto: columns.show_profile_photo,
    readReceipts: columns.show_read_receipts,
  };
}
