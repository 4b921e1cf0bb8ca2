// What group commit gains: `npx tsx bench/send.ts [--database=postgresql://…]`. Both sides in turn, in the same minutes.

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { sql } from 'kysely';
import type { Context, Member } from '../src/core/context.ts';
import { nextLogXid } from '../src/core/log.ts';
import { type Draft, sendMessage } from '../src/core/messages/send.ts';
import { load, openStage, percentile, say, sayMachine } from './stage.ts';

const atOnce = 64;
const rounds = 3;
const seconds = 3;

let sizes: number[] = [];
const stage = await openStage({ executed: () => {}, batch: (_command, size) => sizes.push(size) });
const { messenger } = stage;

const batched = () => {
  const { actor, draft } = stage.next();
  return messenger.execute(actor, sendMessage, draft);
};
const alone = () => {
  const { actor, draft } = stage.next();
  return messenger.execute(actor, sendAlone, draft);
};

try {
  sayMachine(stage.database);
  await load(atOnce, 1, batched);
  await load(atOnce, 1, alone);
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const one = await load(atOnce, seconds, alone);
    sizes = [];
    const stops = monitorEventLoopDelay({ resolution: 1 });
    stops.enable();
    const many = await load(atOnce, seconds, batched);
    stops.disable();
    ratios.push(many.rate / one.rate);
    say(
      `${atOnce} at once: one transaction each ${describe(one)}; batched ${describe(many)}, ` +
        `groups of ${percentile(sizes, 50)} (mean ${mean(sizes)}, most ${Math.max(...sizes)}), ` +
        `longest stop ${(stops.max / 1e6).toFixed(1)} ms; ratio ${(many.rate / one.rate).toFixed(1)}`,
    );
  }
  say(`ratio, median of ${rounds}: ${percentile(ratios, 50).toFixed(1)}`);

  const lone: { batched: number[]; alone: number[] } = { batched: [], alone: [] };
  for (let round = 0; round < rounds * 2; round += 1) {
    lone.alone.push(...(await load(1, 1, alone)).milliseconds);
    lone.batched.push(...(await load(1, 1, batched)).milliseconds);
  }
  const [apart, together] = [percentile(lone.alone, 50), percentile(lone.batched, 50)];
  say(
    `one at a time, p50: unbatched ${apart.toFixed(2)} ms, batched ${together.toFixed(2)} ms; ` +
      `ratio ${(apart / together).toFixed(2)}`,
  );
  sayMachine(stage.database);
} finally {
  await stage.close();
}

function describe({ rate, milliseconds }: { rate: number; milliseconds: number[] }): string {
  const [p50, p99] = [percentile(milliseconds, 50), percentile(milliseconds, 99)];
  return `${Math.round(rate)}/s (p50 ${p50.toFixed(1)}, p99 ${p99.toFixed(1)} ms)`;
}

function mean(numbers: readonly number[]): string {
  return (numbers.reduce((sum, one) => sum + one, 0) / numbers.length).toFixed(1);
}

/** The same work as sendMessage does, as most would write it: a statement for each step, in one transaction. */
async function sendAlone(ctx: Context<Member>, draft: Draft): Promise<object> {
  const { conversationId } = draft;
  const by = ctx.actor.accountId;
  const at = new Date(ctx.now);
  const conversation = await ctx.tx
    .selectFrom('conversations')
    .select(['id', 'is_blocked', 'only_admins_can_post'])
    .where('id', '=', conversationId)
    .where('deleted_at', 'is', null)
    .forNoKeyUpdate()
    .executeTakeFirstOrThrow();
  const membership = await ctx.tx
    .selectFrom('memberships')
    .select('role')
    .where('conversation_id', '=', conversationId)
    .where('account_id', '=', by)
    .where('left_at', 'is', null)
    .forShare()
    .executeTakeFirstOrThrow();
  if (conversation.is_blocked || (conversation.only_admins_can_post && membership.role === 'MEMBER'))
    throw new Error('no');
  const author = await ctx.tx
    .selectFrom('accounts')
    .select(['id', 'username', 'display_name', 'avatar_url', 'show_profile_photo'])
    .where('id', '=', by)
    .executeTakeFirstOrThrow();
  const numbers = await ctx.tx
    .updateTable('conversations')
    .set({
      last_message_no: sql`last_message_no + 1`,
      last_change_no: sql`last_change_no + 1`,
      log_xid: nextLogXid,
      last_message_at: at,
    })
    .where('id', '=', conversationId)
    .returning(['last_message_no', 'last_change_no', 'log_xid', 'membership_version'])
    .executeTakeFirstOrThrow();
  const { id } = await ctx.tx
    .insertInto('messages')
    .values({
      conversation_id: conversationId,
      message_no: numbers.last_message_no,
      sender_id: by,
      kind: draft.kind,
      content: draft.content,
      sent_in: ctx.actor.dialect,
      created_at: at,
      updated_at: at,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  await ctx.tx
    .insertInto('changes')
    .values({
      xid: numbers.log_xid,
      conversation_id: conversationId,
      change_no: numbers.last_change_no,
      kind: 'message.sent',
      message_id: id,
    })
    .execute();
  return { id, author, no: numbers.last_message_no };
}
