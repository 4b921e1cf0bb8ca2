// Settings screens: one JSON document per account and screen. Notifications are the screen that the core itself reads.

import { sql } from 'kysely';
import { noteActivities, type Action } from '../accounts/activities.ts';
import { tellAccountChanged } from '../accounts/news.ts';
import type { Asking, Context, Member } from '../context.ts';

/** What a person decides about being notified. All of it is on until switched off. */
export interface NotificationSettings {
  enabled: boolean;
  showPreview: boolean;
  sound: boolean;
  vibration: boolean;
  messages: boolean;
  groups: boolean;
  calls: boolean;
}

/** The name of the document that the core reads. */
const notificationScreen = 'notifications';

const standard: NotificationSettings = {
  enabled: true,
  showPreview: true,
  sound: true,
  vibration: true,
  messages: true,
  groups: true,
  calls: true,
};

/** The caller's notification settings. */
export async function notificationSettings(asking: Asking<Member>, _input: object): Promise<NotificationSettings> {
  return { ...standard, ...(await screenOf(asking, { screen: notificationScreen })) };
}

/** Changes what is given. Answers all of it as it stands. */
export async function changeNotificationSettings(
  ctx: Context<Member>,
  input: Partial<NotificationSettings>,
): Promise<NotificationSettings> {
  const document = await changeScreen(ctx, { screen: notificationScreen, changes: { ...input } });
  return { ...standard, ...document };
}

/** The caller wants to be notified in this language, one of the catalogue's, whatever their devices ask for. */
export async function chooseLanguage(ctx: Context<Member>, input: { language: string }): Promise<void> {
  await ctx.tx
    .updateTable('accounts')
    .set({ language: input.language })
    .where('id', '=', ctx.actor.accountId)
    .execute();
  await tellAccountChanged(ctx, ctx.actor.accountId, 'settings');
}

/** One of the caller's settings screens as it was stored; `{}` if it never was. */
export async function screenOf(asking: Asking<Member>, input: { screen: string }): Promise<Record<string, unknown>> {
  const found = await asking.db
    .selectFrom('account_settings')
    .select('document')
    .where('account_id', '=', asking.actor.accountId)
    .where('screen', '=', input.screen)
    .executeTakeFirst();
  return found?.document ?? {};
}

/**
 * Stores the given fields of one of the caller's settings screens beside those it has; answers all of them. `action` is
 * what the caller has done by it.
 */
export async function changeScreen(
  ctx: Context<Member>,
  input: { screen: string; changes: Record<string, unknown>; action?: Action },
): Promise<Record<string, unknown>> {
  const { document } = await ctx.tx
    .insertInto('account_settings')
    .values({
      account_id: ctx.actor.accountId,
      screen: input.screen,
      document: JSON.stringify(input.changes),
      updated_at: new Date(ctx.now),
    })
    .onConflict((conflict) =>
      conflict.columns(['account_id', 'screen']).doUpdateSet({
        document: sql`account_settings.document || excluded.document`,
        updated_at: new Date(ctx.now),
      }),
    )
    .returning('document')
    .executeTakeFirstOrThrow();
  if (input.action !== undefined) await noteActivities(ctx, [input.action]);
  await tellAccountChanged(ctx, ctx.actor.accountId, 'settings');
  return document;
}

/** A switch of `account`'s notification settings, in SQL; `account` is an expression such as `s.account_id`. */
export function notificationSwitch(account: string, name: keyof NotificationSettings) {
  return sql<boolean>`coalesce((select (n.document->>${sql.lit(name)})::boolean from account_settings n
    where n.account_id = ${sql.ref(account)} and n.screen = ${sql.lit(notificationScreen)}), true)`;
}
