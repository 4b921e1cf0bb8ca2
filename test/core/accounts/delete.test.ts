// What is left of a deleted account: every table is filled with it, and every table is searched afterwards.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deleteAccount } from '../../../src/core/accounts/delete.ts';
import type { Member } from '../../../src/core/context.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import { forgetMedia } from '../../../src/core/media/forget.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, type Core } from '../support.ts';

const system = { kind: 'system' } as const;

/** In every text and document of the account. */
const mark = 'VICTIM';
const latitude = 12.3456789;

/** Rows that stay, and why. A table that is not here must hold none of the account's. */
const staying: Record<string, string> = {
  accounts: 'the tombstone',
  sessions: 'ended, so that no token is good; without device and address',
  conversations: 'they are the members’, too',
  memberships: 'the tombstone’s place in the history',
  messages: 'they stay with their conversations',
  message_reads: 'others see that a message was read',
  reactions: 'they stay with their messages',
  group_events: 'they are the group’s',
  calls: 'they are in the others’ history',
  call_participants: 'they are in the others’ history',
  changes: 'what happened, without content',
  moderation_actions: 'what was done by whom in whose name: numbers, and the operator’s words',
  media: 'by a job; what others show stays',
  uploads: 'by a job; without the name',
};

/** Texts that stay: what was said, and what is not the account’s alone. */
const spoken = [
  /^messages\./,
  /^search_entries\./,
  /^conversations\./,
  /^group_events\./,
  /^reactions\.emoji$/,
  /^moderation_actions\./,
  /^calls\./,
  /^media\./,
  /^uploads\.(key|incoming_key|name|type)$/,
  // Who signed in through what, and why it ended.
  /^sessions\.(dialect|end_reason)$/,
  /^changes\.(kind|detail)$/,
  /^accounts\.(created_in|standing|standing_role|badge_status|subscription_plan)$/,
  // Not the account’s.
  /^(roles|server_values|followers)\./,
];

/** Where a column takes only some values. */
const values: Record<string, unknown> = {
  'accounts.email': `${mark}@example.org`,
  'accounts.standing': 'ACTIVE',
  'announcements.urgency': 'low',
  'call_participants.uid': 1,
  'calls.kind': 'video',
  'calls.status': 'ended',
  'conversations.kind': 'group',
  'deliveries.service': 'app',
  'deliveries.state': 'waiting',
  'devices.platform': 'ios',
  'event_answers.status': 'going',
  'geofence_events.kind': 'entry',
  'location_shares.precision': 'exact',
  'media.kind': 'image',
  'media.purpose': 'shared',
  'memberships.role': 'FOUNDER',
  'messages.kind': 'text',
  'reports.status': 'open',
};

interface Column {
  table: string;
  name: string;
  type: string;
  nullable: boolean;
  standard: boolean;
  generated: boolean;
  references: string | null;
}

describe.each(databaseKinds)('a deleted account on the %s database', (kind) => {
  let core: Core;
  let columns: Column[];
  let victim: AccountId;
  let bob: Member;
  const made = new Map<string, unknown>();

  beforeAll(async () => {
    core = await openCore(kind);
    const { rows } = await sql<Column>`
      select c.table_name as "table", c.column_name as name, c.data_type as type, c.is_nullable = 'YES' as nullable,
        c.column_default is not null as standard, c.is_identity = 'YES' as generated,
        (select k.confrelid::regclass::text from pg_constraint k join pg_attribute a
          on a.attrelid = k.conrelid and a.attnum = any(k.conkey)
          where k.contype = 'f' and k.conrelid = c.table_name::regclass and a.attname = c.column_name limit 1) as references
      from information_schema.columns c join information_schema.tables t using (table_schema, table_name)
      where c.table_schema = 'public' and t.table_type = 'BASE TABLE' and c.table_name not like 'kysely%'
      order by c.table_name, c.ordinal_position`.execute(core.database.db);
    columns = rows;
    bob = await core.person('bob');
    victim = (await insert('accounts')) as AccountId;
  });
  afterAll(() => core.close());

  const tables = () => [...new Set(columns.map((column) => column.table))];
  const columnsOf = (table: string) => columns.filter((column) => column.table === table);

  /** A column that names an account. */
  const names = ({ name, references }: Column) =>
    references === 'accounts' || /^(account|reporter|blocker|blocked|sender|admin)_id$/.test(name);
  const naming = (table: string) => columnsOf(table).filter(names);

  /** One row of the victim's in a table, and whatever that needs; answers its id. */
  async function insert(table: string): Promise<unknown> {
    if (made.has(table)) return made.get(table);
    const row: Record<string, unknown> = {};
    for (const column of columnsOf(table)) {
      const value = await valueFor(column);
      if (value !== undefined) row[column.name] = value;
    }
    const hasId = columnsOf(table).some(({ name }) => name === 'id');
    const filled = Object.keys(row);
    const { rows } = await sql<{ id: unknown }>`
      insert into ${sql.table(table)} (${sql.join(filled.map((name) => sql.ref(name)))})
      values (${sql.join(Object.values(row))}) returning ${hasId ? sql.ref('id') : sql`null as id`}`.execute(
      core.database.db,
    );
    made.set(table, rows[0]!.id);
    return rows[0]!.id;
  }

  async function valueFor(column: Column): Promise<unknown> {
    const { table, name, type, nullable, standard, generated, references } = column;
    const known = values[`${table}.${name}`];
    if (known !== undefined) return known;
    // `id` may be given in some tables, and is not here.
    if (generated || name === 'id') return undefined;
    if (table === 'blocks') return name === 'created_at' ? undefined : name === 'blocker_id' ? victim : bob.accountId;
    if (names(column)) return victim;
    if (references !== null) return references === table ? undefined : insert(references);
    if (type === 'text')
      return standard && !nullable && !/title|name|text|content/.test(name) ? undefined : `${mark} ${name}`;
    if (type === 'jsonb') return JSON.stringify({ said: mark });
    if (type === 'double precision') return latitude;
    if (nullable || standard) return undefined;
    if (type === 'timestamp with time zone') return new Date();
    if (type === 'boolean') return false;
    if (type === 'ARRAY' || type === 'tsvector') return undefined;
    return 1;
  }

  const ownTables = () => tables().filter((table) => table !== 'accounts' && naming(table).length > 0);

  /** How many rows of a table name the account. */
  async function rowsOf(table: string): Promise<number> {
    const conditions = naming(table).map(({ name }) => sql`${sql.ref(name)} = ${victim}`);
    const { rows } = await sql<{ count: number }>`
      select count(*) as count from ${sql.table(table)} where ${sql.join(conditions, sql` or `)}`.execute(
      core.database.db,
    );
    return rows[0]!.count;
  }

  it('leaves in no table what was its alone', async () => {
    for (const table of ownTables()) {
      await insert(table);
      expect(await rowsOf(table), table).toBeGreaterThan(0);
    }
    expect(ownTables().length).toBeGreaterThan(25);
    // Codes are the phone's, and refresh tokens the session's.
    await sql`update accounts set phone = ${'+4915199999999'} where id = ${victim}`.execute(core.database.db);
    await sql`insert into codes (phone, purpose, nonce, address, expires_at)
      values ('+4915199999999', 'sign-in', ${mark}, ${mark}, now() + interval '5 minutes')`.execute(core.database.db);
    await insert('refresh_tokens');
    await sql`insert into location_shares (account_id, target_account_id) values (${bob.accountId}, ${victim})`.execute(
      core.database.db,
    );

    await core.messenger.execute(system, deleteAccount, { id: victim });

    for (const table of ownTables()) {
      if (staying[table] === undefined) expect(await rowsOf(table), table).toBe(0);
    }
    for (const table of tables()) {
      for (const { name, type } of columnsOf(table)) {
        if (spoken.some((pattern) => pattern.test(`${table}.${name}`))) continue;
        const sought = ['text', 'jsonb', 'ARRAY', 'tsvector', 'double precision'].includes(type) ? name : null;
        if (sought === null) continue;
        const { rows } = await sql<{ found: string }>`
          select ${sql.ref(name)}::text as found from ${sql.table(table)}
          where ${sql.ref(name)}::text ~ ${`${mark}|${latitude}|4915199999999`}`.execute(core.database.db);
        expect(rows, `${table}.${name}`).toEqual([]);
      }
    }
  });

  it('leaves files that others show, and no others', async () => {
    const { db } = core.database;
    const carol = (await core.person('carol')).accountId;
    const keep = async (name: string) => {
      await sql`insert into media (account_id, name, key, kind, type, file_name, size)
        values (${carol}, ${name}, ${`key/${name}`}, 'image', 'image/jpeg', 'a.jpg', 1)`.execute(db);
      return `https://example.org/api/media/${name}`;
    };
    const avatar = await keep('avatar.jpg');
    await keep('nowhere.jpg');
    const sent = await keep('sent.jpg');
    const group = await keep('group.jpg');
    const forwarded = await keep('forwarded.jpg');
    await sql`update accounts set avatar_url = ${avatar} where id = ${carol}`.execute(db);
    const conversation = await insert('conversations');
    await sql`update conversations set avatar_url = ${`${group}?width=64`} where id = ${conversation}`.execute(db);
    await sql`insert into messages (conversation_id, message_no, sender_id, media_url, sent_in)
      values (${conversation}, 101, ${carol}, ${sent}, 'urge'),
        (${conversation}, 102, ${bob.accountId}, ${forwarded}, 'urge')`.execute(db);
    await core.messenger.execute(system, deleteAccount, { id: carol });

    const forget = () => core.messenger.execute(system, forgetMedia, { accountId: carol, avatar: 'avatar.jpg' });
    const left = async () =>
      (
        await sql<{ name: string }>`
          select name from media where account_id = ${carol} and deleted_at is null order by name`.execute(db)
      ).rows.map(({ name }) => name);

    // What an encrypted message shows nobody can see: then only the picture goes.
    await sql`insert into messages (conversation_id, message_no, sender_id, is_encrypted, sent_in)
      values (${conversation}, 103, ${carol}, true, 'urge')`.execute(db);
    expect(await forget()).toBe(false);
    expect(await left()).toEqual(['forwarded.jpg', 'group.jpg', 'nowhere.jpg', 'sent.jpg']);
    await sql`update messages set is_encrypted = false where sender_id = ${carol}`.execute(db);
    expect(await forget()).toBe(false);
    expect(await left()).toEqual(['forwarded.jpg', 'group.jpg', 'sent.jpg']);
  });
});
