// Finding messages by what they say, in any language: by pairs of neighbouring characters, checked against the text.
//
// The index follows the log (`indexMessages`); what it has not reached yet is looked through one by one, so that a fresh
// message is found at once.

import { sql, type RawBuilder } from 'kysely';
import type { Asking, Context, Member, System } from '../context.ts';
import { enterable } from '../conversations/membership.ts';
import type { ConversationId, MessageId } from '../ids.ts';
import type { LogPosition } from '../log.ts';
import { readLog } from '../log.ts';
import { messageJson, messageSource, type Message } from './shape.ts';

/** Log rows taken in one step of the follower; the statement that indexes them stays short. */
const stepSize = 200;

/** A search over more than this many matches says so many. */
const mostCounted = 10_000;

/** Unindexed messages looked through at most: the follower is that far behind only after an import. */
const longestTail = 5_000;

/** Only the beginning of a very long text is searchable. */
const longestText = 20_000;

/** As people compare text: width, case and runs of white space do not matter. The same on every database. */
function normalized(text: string): string {
  // The cut may go through a character; its first half is no text, and no database takes it.
  const start = text.slice(0, longestText).replace(/[\uD800-\uDBFF]$/, '');
  return start.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim();
}

/** Every character, and every pair of neighbours: any substring's own pairs are among its text's. */
function pairsOf(text: string): string[] {
  const characters = Array.from(text);
  const pairs = new Set<string>(characters);
  for (let index = 1; index < characters.length; index += 1) {
    pairs.add(`${characters[index - 1]}${characters[index]}`);
  }
  return [...pairs];
}

/** What a substring must have: its pairs, or itself when it is one character. */
function neededPairs(text: string): string[] {
  const pairs = pairsOf(text).filter((pair) => Array.from(pair).length === 2);
  return pairs.length > 0 ? pairs : pairsOf(text);
}

const conversationWord = (id: ConversationId) => `#${id}`;

export interface Found {
  /** Newest first. */
  messages: Message[];
  total: number;
}

/**
 * Messages that hold the text, regardless of case, in one conversation or in all of the caller's: not deleted, cleared,
 * hidden or encrypted ones, nor those of a direct conversation with somebody blocked. Throws `not_found`
 * (`no_such_conversation`) and `forbidden` (`not_a_member`).
 */
export async function searchMessages(
  asking: Asking<Member>,
  input: { text: string; limit: number; conversationId?: ConversationId },
): Promise<Found> {
  if (input.conversationId !== undefined) await enterable(asking, input.conversationId);
  const text = normalized(input.text);
  if (text === '') return { messages: [], total: 0 };
  const viewer = asking.actor.accountId;
  const mine = sql`select b.conversation_id, b.cleared_no from memberships b
    join conversations c on c.id = b.conversation_id
    where b.account_id = ${viewer} and b.left_at is null and c.deleted_at is null and not c.is_blocked
      ${input.conversationId === undefined ? sql`` : sql`and c.id = ${input.conversationId}`}`;
  const { fresh, stale } = await searchTail(asking, mine, text);
  const { rows } = await sql<{ total: number; messages: Message[] }>`
    with mine as materialized (${mine}),
    indexed as (
      select e.message_id as id from search_entries e
      where e.words @@ (${queryOf(text)}::tsquery
          && (select string_agg('''#' || conversation_id || '''', ' | ')::tsquery from mine))
        and strpos(e.text, ${text}) > 0 and e.message_id <> all(${stale}::bigint[])),
    found as (
      select v.id from (select id from indexed union select unnest(${fresh}::bigint[])) f
      join messages v on v.id = f.id
      join mine on mine.conversation_id = v.conversation_id
      where v.deleted_at is null and v.message_no > mine.cleared_no
        and not exists (select 1 from message_hides h where h.conversation_id = v.conversation_id
          and h.account_id = ${viewer} and h.message_no = v.message_no)
      order by v.id desc limit ${mostCounted})
    select (select count(*) from found) as total,
      coalesce((select json_agg(${messageJson(viewer)} order by m.id desc)
        from (select id as found_id from found order by id desc limit ${input.limit}) page
        join ${messageSource} on true where m.id = page.found_id), '[]'::json) as messages`.execute(asking.db);
  return rows[0]!;
}

/**
 * Messages that the index has not reached, or knows by an older text: those that match, and those that do not, whatever
 * the index says. Compared here, so that all databases agree on letters.
 */
async function searchTail(
  asking: Asking<Member>,
  mine: RawBuilder<unknown>,
  text: string,
): Promise<{ fresh: MessageId[]; stale: MessageId[] }> {
  const { rows } = await sql<{ id: MessageId; content: string }>`
    select m.id, m.content from followers f
    join changes l on (l.epoch, l.xid, l.id) > (f.epoch, f.xid, f.id)
      and l.kind in ('message.sent', 'message.edited')
    join messages m on m.id = l.message_id
    where f.name = 'search' and not m.is_encrypted and m.conversation_id in (select conversation_id from (${mine}) mine)
    limit ${longestTail}`.execute(asking.db);
  const fresh = rows.filter((row) => normalized(row.content).includes(text)).map((row) => row.id);
  const matching = new Set(fresh);
  return { fresh, stale: rows.filter((row) => !matching.has(row.id)).map((row) => row.id) };
}

/** `'ab' & 'bc'`: quoted for tsquery's own syntax. */
function queryOf(text: string): string {
  return neededPairs(text).map(quoted).join(' & ');
}

function quoted(word: string): string {
  return `'${word.replace(/[\\']/g, (special) => special + special)}'`;
}

/**
 * One step of the follower: indexes what the log says was sent or edited since the last step, forgets what was deleted.
 * Answers how many log rows it took; 0 when it has caught up, or another process is at it.
 */
export async function indexMessages(ctx: Context<System>, _input: object): Promise<number> {
  const from = await takeCursor(ctx);
  if (!from) return 0;
  const changes = await readLog(ctx.tx, from, stepSize);
  const last = changes.at(-1);
  if (!last) return 0;
  const touched = changes
    .filter((change) => change.kind.startsWith('message.') && change.messageId !== null)
    .map((change) => change.messageId!);
  if (touched.length > 0) await indexAgain(ctx, [...new Set(touched)]);
  await ctx.tx
    .updateTable('followers')
    .set({ epoch: last.epoch, xid: last.xid, id: last.id })
    .where('name', '=', 'search')
    .execute();
  return changes.length;
}

async function takeCursor(ctx: Context<System>): Promise<LogPosition | undefined> {
  return ctx.tx
    .selectFrom('followers')
    .select(['epoch', 'xid', 'id'])
    .where('name', '=', 'search')
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();
}

async function indexAgain(ctx: Context<System>, ids: readonly MessageId[]): Promise<void> {
  const messages = await ctx.tx
    .selectFrom('messages')
    .select(['id', 'conversation_id', 'content', 'is_encrypted', 'deleted_at'])
    .where('id', 'in', [...ids])
    .execute();
  const entries = messages
    .filter((message) => message.deleted_at === null && !message.is_encrypted)
    .map((message) => ({ ...message, text: normalized(message.content) }))
    .filter((message) => message.text !== '');
  await ctx.tx
    .deleteFrom('search_entries')
    .where('message_id', 'in', [...ids])
    .execute();
  if (entries.length === 0) return;
  await sql`
    insert into search_entries (message_id, conversation_id, text, words)
    select id, conversation, text, array_to_tsvector(array(select jsonb_array_elements_text(words)))
    from unnest(${entries.map((entry) => entry.id)}::bigint[],
      ${entries.map((entry) => entry.conversation_id)}::bigint[], ${entries.map((entry) => entry.text)}::text[],
      ${entries.map((entry) => JSON.stringify([...pairsOf(entry.text), conversationWord(entry.conversation_id)]))}::jsonb[])
      as e(id, conversation, text, words)`.execute(ctx.tx);
}
