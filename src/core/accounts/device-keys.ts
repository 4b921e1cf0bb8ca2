// Public keys of people's devices, by which their friends encrypt for them. Private keys never come here.

import type { Asking, Context, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { AccountId, Moment } from '../ids.ts';
import { moment } from '../sql.ts';
import { tellAccountChanged } from './news.ts';
import { noSuchPerson } from './people.ts';

const mostDevices = 20;

export interface DeviceKey {
  deviceId: string;
  /** What kind of key it is, in the clients' own words. */
  algorithm: string;
  publicKey: string;
  createdAt: Moment;
  updatedAt: Moment;
}

/** The keys somebody published, oldest device first. Throws `not_found` (`no_such_person`). */
export async function deviceKeys(asking: Asking<Member>, input: { id: AccountId }): Promise<DeviceKey[]> {
  const rows = await asking.db
    .selectFrom('accounts as a')
    .leftJoin('device_keys as k', 'k.account_id', 'a.id')
    .select(['k.device_id', 'k.algorithm', 'k.public_key'])
    .select([moment('k.created_at').as('created_at'), moment('k.updated_at').as('updated_at')])
    .where('a.id', '=', input.id)
    .where('a.deleted_at', 'is', null)
    .orderBy('k.created_at')
    .orderBy('k.device_id')
    .execute();
  if (rows.length === 0) throw noSuchPerson();
  return rows.flatMap(({ device_id, algorithm, public_key, created_at, updated_at }) =>
    device_id === null || algorithm === null || public_key === null
      ? []
      : [{ deviceId: device_id, algorithm, publicKey: public_key, createdAt: created_at, updatedAt: updated_at }],
  );
}

/** Publishes a device's key, in place of the one it had. Throws `conflict` (`too_many_devices`). */
export async function publishKey(
  ctx: Context<Member>,
  input: { deviceId: string; algorithm: string; publicKey: string },
): Promise<void> {
  const { accountId } = ctx.actor;
  const now = new Date(ctx.now);
  // Two new devices at once are counted one after the other.
  await ctx.tx.selectFrom('accounts').select('id').where('id', '=', accountId).forNoKeyUpdate().execute();
  await ctx.tx
    .insertInto('device_keys')
    .values({
      account_id: accountId,
      device_id: input.deviceId,
      algorithm: input.algorithm,
      public_key: input.publicKey,
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['account_id', 'device_id'])
        .doUpdateSet({ algorithm: input.algorithm, public_key: input.publicKey, updated_at: now }),
    )
    .execute();
  const { count } = await ctx.tx
    .selectFrom('device_keys')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_id', '=', accountId)
    .executeTakeFirstOrThrow();
  if (count > mostDevices) {
    throw new DomainError('conflict', 'too_many_devices', `At most ${mostDevices} devices can publish a key.`);
  }
  await tellAccountChanged(ctx, accountId, 'security');
}

/** Takes a device's key back. Throws `not_found` (`no_such_device`). */
export async function withdrawKey(ctx: Context<Member>, input: { deviceId: string }): Promise<void> {
  const removed = await ctx.tx
    .deleteFrom('device_keys')
    .where('account_id', '=', ctx.actor.accountId)
    .where('device_id', '=', input.deviceId)
    .returning('device_id')
    .executeTakeFirst();
  if (!removed) throw new DomainError('not_found', 'no_such_device', 'This device has published no key.');
  await tellAccountChanged(ctx, ctx.actor.accountId, 'security');
}
