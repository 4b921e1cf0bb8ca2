// From the embedded database to a PostgreSQL server: people go on as if nothing had happened.

import { existsSync } from 'node:fs';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { openDatabase } from '../../../src/adapters/database/index.ts';
import { moveToPostgresql } from '../../../src/adapters/database/move.ts';
import { missedBy } from '../../../src/core/catch-up.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import { type LogPosition, readLog } from '../../../src/core/log.ts';
import { databaseKinds, type DatabasePlace, makeTestDatabase } from '../../support/database.ts';
import { countFarAhead } from '../../support/elsewhere.ts';
import { call, type Person, signUp } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';

describe.runIf(databaseKinds.includes('postgresql'))('moving to PostgreSQL', { timeout: 120_000 }, () => {
  let source: DatabasePlace;
  let target: DatabasePlace;
  let server: TestServer;
  let alice: Person;
  let bob: Person;
  let mallory: Person;
  let chat: string;
  let reacted: string;
  let before: unknown;
  let cursor: LogPosition;
  let clientCursor: string;
  const said: string[] = [];
  const log = { info: (text: string) => said.push(text), warn: (text: string) => said.push(text) };

  const move = (place: DatabasePlace = target) =>
    moveToPostgresql({ dataDir: source.dataDir, url: place.url!, log }).then(
      () => 'moved',
      (error: Error) => error.message,
    );
  /** The same person at the server that now runs. */
  const as = (who: Person) => (method: string, path: string, body?: unknown) =>
    call(server, method, path, { token: who.accessToken, ...(body !== undefined && { body }) });
  const send = async (who: Person, content: string, headers?: Record<string, string>) =>
    call(server, 'POST', '/api/messages', {
      body: { conversation_id: chat, content },
      token: who.accessToken,
      ...(headers && { headers }),
    });
  const everything = async () => {
    const paths = [
      '/api/conversations',
      `/api/conversations/${chat}/messages?limit=100`,
      '/api/auth/me',
      `/api/v1/messages/${reacted}`,
    ];
    const answers = await Promise.all([alice, bob].flatMap((who) => paths.map((path) => as(who)('GET', path))));
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
    return answers.map(({ body }) => body);
  };
  const found = async (text: string) => {
    const { body } = await as(alice)('GET', `/api/messages/search?q=${encodeURIComponent(text)}`);
    return body.messages.map((message: { content: string }) => message.content);
  };
  const logAfter = async (position: LogPosition) =>
    (await readLog(server.database.db, position, 1_000)).map((row) => row.kind);
  const one = async (text: string) => (await server.database.pool.query<Record<string, number>>(text)).rows[0]!;

  /** An embedded database in which people have done a bit of everything. */
  const fill = async () => {
    source = await makeTestDatabase('embedded');
    target = await makeTestDatabase('postgresql');
    server = await startTestServer({ DATABASE_URL: '', DATA_DIR: source.dataDir });
    [alice, bob] = [
      await signUp(server, 'Alice "Al" \\ Élise', { verified: true }),
      await signUp(server, 'Bob', { verified: true }),
    ];
    mallory = await signUp(server, 'Mallory');
    chat = (await as(alice)('POST', '/api/conversations', { participant_ids: [bob.id] })).body.id;
    for (const content of ['Hello, Bob', 'a "quote", a \\ and {braces}\n(and) a second line', '你好 😀 NULL'])
      await send(alice, content);
    const { body: first } = await send(bob, 'kept by its key', { 'idempotency-key': 'before-the-move' });
    reacted = first.id;
    const done = [
      await as(alice)('POST', '/api/v1/messages/reactions', { message_id: first.id, emoji: '👍' }),
      await as(alice)('POST', '/api/messages/read', { message_ids: [first.id] }),
      await as(alice)('POST', '/api/groups', { name: 'Choir', member_ids: [bob.id] }),
      await as(bob)('POST', '/api/notifications/register', { device_token: 'a-token', platform: 'ANDROID' }),
      await as(alice)('POST', '/api/media/presigned-url', {
        file_name: 'a.png',
        file_type: 'image/png',
        folder: 'media',
      }),
    ];
    expect(done.map(({ status }) => Math.floor(status / 100))).toEqual(done.map(() => 2));
    // Ids that were given out and taken back are not given out again.
    await server.database.pool.query(
      `select nextval(pg_get_serial_sequence('messages', 'id')) from generate_series(1, 50)`,
    );
    before = await everything();
    await vi.waitFor(
      async () =>
        expect(
          await one(`select count(*) as n from changes l join followers f
      on (l.epoch, l.xid, l.id) > (f.epoch, f.xid, f.id) where f.name in ('search', 'notifications')`),
        ).toEqual({ n: 0 }),
      { timeout: 60_000 },
    );
    clientCursor = (await as(bob)('GET', '/sync')).body.cursor;
    await countFarAhead(server.database);
    const { xid, id } = await one('select xid, id from changes order by epoch desc, xid desc, id desc limit 1');
    cursor = { epoch: 1, xid: xid!, id: id! };
  };
  beforeAll(fill, 120_000);
  afterAll(async () => {
    await server.close();
    await source.remove();
    await target.remove();
  });

  it('is refused while a server is running on the folder, by name, and nothing is written', async () => {
    expect(await move()).toMatch(/in use by this process itself/);
    await server.close();
  });

  it('is refused where there is nothing to move, and makes nothing', async () => {
    const dataDir = `${source.dataDir}/nothing`;
    await expect(moveToPostgresql({ dataDir, url: target.url!, log })).rejects.toThrow(
      'There is no embedded database in',
    );
    expect(existsSync(dataDir)).toBe(false);
  });

  it('keeps nothing at all when one row did not arrive as it was', async () => {
    const database = await openDatabase({ url: target.url, dataDir: '/nowhere', log });
    await database.pool.query(`create function alter_one() returns trigger language plpgsql as $$ begin
      if new.content like 'Hello%' then new.content := 'Hallo, Bob'; end if; return new; end $$`);
    await database.pool.query(
      'create trigger planted before insert on messages for each row execute function alter_one()',
    );
    expect(await move()).toMatch(/^messages is not the same on both sides \((\d+) rows, hash \d+; \1 rows, hash \d+\)/);
    const left = await database.pool.query(`select (select count(*) from accounts) + (select count(*) from messages) +
      (select count(*) from server_values) + (select count(*) from pgboss.job) as rows,
      (select count(*) from followers) as followers,
      (select count(*) from pg_constraint where contype = 'f' and conrelid = 'memberships'::regclass) as keys`);
    expect(left.rows).toEqual([{ rows: 0, followers: expect.any(Number), keys: 2 }]);
    expect(left.rows[0].followers).toBeGreaterThan(0);
    await database.pool.query('drop function alter_one cascade');
    await database.close();
  });

  it('copies everything, and says how much of what', async () => {
    said.length = 0;
    expect(await move()).toBe('moved');
    expect(said).toContainEqual(expect.stringMatching(/^messages: \d+ rows copied/));
    expect(said).toContainEqual(expect.stringMatching(/^pgboss\.job: [1-9]\d* rows copied/));
  });

  it('is refused a second time', async () => {
    expect(await move()).toMatch(/^The target is not empty/);
  });

  it('on the new server tokens, ids, history and everything else are as they were', async () => {
    server = await startTestServer({ DATABASE_URL: target.url!, DATA_DIR: source.dataDir });
    expect(server.logged.join('')).toContain('its log goes on in epoch 2');
    expect(await everything()).toEqual(before);
    const refused = await call(server, 'GET', `/api/conversations/${chat}/messages`, { token: mallory.accessToken });
    expect(refused.status).toBeGreaterThanOrEqual(403);
    const again = await send(bob, 'kept by its key', { 'idempotency-key': 'before-the-move' });
    expect(again.status).toBe(200);
    expect(await everything()).toEqual(before);
    const kept =
      await one(`select (select count(*) from devices) as devices, (select count(*) from sessions) as sessions,
      (select count(*) from pgboss.job where name = 'collect-upload' and state < 'active') as uploads`);
    expect(kept).toMatchObject({ devices: 1, uploads: 1 });
  });

  it('numbers go on where they were, and no id is given out twice', async () => {
    const { last } = await one('select max(id) as last from messages');
    const { body } = await send(alice, 'the first thing said on the new server');
    expect(server.ids.fromUuid('message', body.id)).toBe(last! + 51);
  });

  it('a place in the log from before is still good: what is behind it comes, once, then what is new', async () => {
    await vi.waitFor(async () => expect(await logAfter(cursor)).toEqual(['message.sent']), { timeout: 60_000 });
    const missed = async (who: Person) =>
      missedBy(server.database.db, server.ids.fromUuid('account', who.id) as AccountId, cursor);
    expect(await missed(bob)).toMatchObject({ trimmed: false, events: [{ type: 'message.sent' }], more: false });
    expect(await missed(mallory)).toMatchObject({ trimmed: false, events: [], more: false });
    const all = await readLog(server.database.db, { epoch: 0, xid: 0, id: 0 }, 1_000);
    expect(new Set(all.map((row) => row.epoch))).toEqual(new Set([1, 2]));
    const half = all[Math.floor(all.length / 2)]!;
    expect(await logAfter(half)).toEqual(all.slice(Math.floor(all.length / 2) + 1).map((row) => row.kind));
    const { rows } = await sql<{ no: number }>`select change_no as no from changes where change_no is not null
      and conversation_id = (select max(conversation_id) from messages where content like 'the first thing%')
      order by epoch, xid, id`.execute(server.database.db);
    expect(rows.map((row) => row.no)).toEqual(rows.map((_, index) => index + 1));
  });

  it('a client that comes with its cursor from before hears what is new, once', async () => {
    const { status, body } = await as(bob)('GET', `/sync?limit=1000&cursor=${clientCursor}`);
    expect(status).toBe(200);
    const heard = (body.events as [string, { content: string }][]).filter(([event]) => event === 'message:received');
    expect(heard.filter(([, { content }]) => content === 'the first thing said on the new server')).toHaveLength(1);
    const { body: after } = await as(bob)('GET', `/sync?limit=1000&cursor=${body.cursor}`);
    expect(after).toMatchObject({ events: [], more: false });
  });

  it('search finds what was said before and after, and its follower goes on', async () => {
    await vi.waitFor(
      async () => expect(await one(`select epoch from followers where name = 'search'`)).toEqual({ epoch: 2 }),
      { timeout: 60_000 },
    );
    expect(await found('你好')).toEqual(['你好 😀 NULL']);
    expect(await found('on the new server')).toEqual(['the first thing said on the new server']);
  });

  it('starting again there begins no further epoch', async () => {
    await server.close();
    server = await startTestServer({ DATABASE_URL: target.url!, DATA_DIR: source.dataDir });
    expect(server.logged.join('')).not.toContain('epoch');
    expect(await one(`select value::int as epoch from server_values where name = 'log-epoch'`)).toEqual({ epoch: 2 });
  });

  it('leaves the embedded database as it was', async () => {
    const old = await startTestServer({ DATABASE_URL: '', DATA_DIR: source.dataDir });
    const kept = await old.database.pool
      .query(`select (select count(*) from messages where content like 'the first thing%') as new,
      (select count(*) from server_values where name = 'log-epoch') as moved`);
    await old.close();
    expect(kept.rows).toEqual([{ new: 0, moved: 0 }]);
  });
});
