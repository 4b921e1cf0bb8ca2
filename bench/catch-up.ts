// How fast an account catches up: `npx tsx bench/catch-up.ts [--database=postgresql://…] [--changes=10000]`. Pages of the
// log, read, parsed and encoded as URGE says them; and whether pages get slower in a conversation with very many changes.

import type { AccountId, ConversationId, MessageId } from '../src/core/ids.ts';
import type { Member } from '../src/core/context.ts';
import type { Event, EventType } from '../src/core/events.ts';
import { headOf, missedBy } from '../src/core/catch-up.ts';
import { createGroup } from '../src/core/conversations/create.ts';
import { editMessage } from '../src/core/messages/change.ts';
import { toggleReaction } from '../src/core/messages/reactions.ts';
import { markRead } from '../src/core/messages/receipts.ts';
import { sendMessage } from '../src/core/messages/send.ts';
import type { Encoding } from '../src/dialects/dialect.ts';
import { createPublicIds } from '../src/dialects/public-ids.ts';
import { createEncoders } from '../src/dialects/urge/encoders.ts';
import { createPresenters } from '../src/dialects/urge/presenters.ts';
import { openStage, percentile, say, sayMachine, serverTicks, ticksPerSecond } from './stage.ts';

const argument = (name: string, otherwise: number) =>
  Number(process.argv.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? otherwise);
const changes = argument('changes', 10_000);
const rounds = 5;
const rooms = 50;
const atOnce = 64;

const stage = await openStage();
const { database, messenger } = stage;
const { db } = database;
const ids = createPublicIds(new Uint8Array(32));
const encoders = createEncoders(ids, createPresenters(ids));

try {
  sayMachine(database);
  const people = await db.selectFrom('accounts').select('id').orderBy('id').limit(4).execute();
  const [reader, ...writers] = people.map(({ id }) => memberOf(id));
  const inRooms: ConversationId[] = [];
  for (let n = 0; n < rooms; n += 1) {
    const members = writers.map(({ accountId }) => accountId);
    inRooms.push((await messenger.execute(reader!, createGroup, { name: `room ${n}`, members })).conversationId);
  }
  for (const [name, share] of [
    ['sends alone', 0],
    ['one in five an edit, a reaction or a reading', 0.2],
  ] as const) {
    const start = await headOf(db);
    await live(changes, share, writers, inRooms);
    const rates: number[] = [];
    let told = await catchUp(reader!.accountId, start, 1_000);
    const own = process.cpuUsage();
    const server = serverTicks(database);
    for (let round = 0; round < rounds; round += 1) {
      const began = performance.now();
      told = await catchUp(reader!.accountId, start, 1_000);
      rates.push((told / (performance.now() - began)) * 1_000);
    }
    const { user, system } = process.cpuUsage(own);
    const cost = (user + system) / told / rounds;
    const databaseCost = ((serverTicks(database) - server) / ticksPerSecond / told / rounds) * 1e6;
    say(
      `${name}: ${told} changes in ${rooms} conversations, ${Math.round(percentile(rates, 50))} a second, best ` +
        `${Math.round(Math.max(...rates))}; ${cost.toFixed(1)} µs of the process and ${databaseCost.toFixed(1)} of the ` +
        `database a change`,
    );
  }
  const start = await headOf(db);
  await live(changes, 0, writers, inRooms.slice(0, 1));
  const pages: number[] = [];
  await catchUp(reader!.accountId, start, 200, (milliseconds) => pages.push(milliseconds));
  const tenth = Math.ceil(pages.length / 10);
  say(
    `one conversation, pages of 200: the first tenth ${percentile(pages.slice(0, tenth), 50).toFixed(1)} ms a page, ` +
      `the last ${percentile(pages.slice(-tenth), 50).toFixed(1)} ms; ` +
      `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MB resident`,
  );
  sayMachine(database);
} finally {
  await stage.close();
}

function memberOf(accountId: AccountId): Member {
  return { kind: 'member', accountId, sessionId: 1 as Member['sessionId'], dialect: 'urge' };
}

/** So many changes, of which this share are not sends. */
async function live(count: number, share: number, writers: readonly Member[], where: readonly ConversationId[]) {
  const sent: MessageId[] = [];
  const content = 'x'.repeat(200);
  let left = count;
  const one = async (n: number): Promise<unknown> => {
    const actor = writers[n % writers.length]!;
    const conversationId = where[n % where.length]!;
    if (Math.random() >= share || sent.length === 0) {
      const draft = { conversationId, kind: 'text', content } as const;
      return messenger.execute(actor, sendMessage, draft).then(({ id }) => sent.push(id));
    }
    const messageId = sent[Math.floor(Math.random() * sent.length)]!;
    if (n % 3 === 0) return messenger.execute(actor, toggleReaction, { messageId, emoji: '👍' });
    if (n % 3 === 1) return messenger.execute(actor, markRead, { conversationId, messages: 'all' });
    return messenger.execute(actor, editMessage, { messageId, content }).catch(() => {});
  };
  const worker = async () => {
    while (left > 0) await one((left -= 1));
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
}

/** Reads and encodes all that the account missed. Answers how many events that was. */
async function catchUp(
  account: AccountId,
  since: Awaited<ReturnType<typeof headOf>>,
  limit: number,
  paged: (milliseconds: number) => void = () => {},
): Promise<number> {
  let told = 0;
  for (let at = since; ;) {
    const began = performance.now();
    const page = await missedBy(db, account, at, limit);
    if (page.trimmed) throw new Error('the log was trimmed');
    for (const event of page.events) encode(event, account);
    paged(performance.now() - began);
    told += page.events.length;
    at = page.position;
    if (!page.more) return told;
  }
}

function encode<T extends EventType>(event: Event<T>, viewer: AccountId): readonly string[] {
  const encoding: Encoding<T> | undefined = encoders[event.type];
  return encoding?.frames(event, { language: 'en', viewer }) ?? [];
}
