// Once a share is over, and once a position is older than it may be kept, nothing tells where somebody was.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { forgetOldPositions } from '../../../src/core/location/positions.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeGroup, ok, register, type Ears, type Neru } from './people.ts';

/** Nothing else in the world is written so, and in every form it is written in these digits stand. */
const secret = { latitude: 47.7734219, longitude: 8.1192837 };
const digits = /7734219|1192837/;
const elsewhere = { latitude: 10, longitude: 20 };

let server: TestServer;
let logs: string;
let alice: Neru;
let viewers: Neru[];
let ears: Ears[];
beforeAll(async () => {
  logs = await mkdtemp(join(tmpdir(), 'parlance-test-logs-'));
  server = await startTestServer({ AI_MESSAGE_LOGS_FOLDER: logs, LOG_LEVEL: 'debug' });
  alice = await register(server, 'alice');
  viewers = await Promise.all(['bob', 'carol', 'mallory'].map((name) => register(server, name)));
  ears = await Promise.all([alice, ...viewers].map((who) => who.connect()));
});
afterAll(async () => {
  await Promise.all(ears.map((one) => one.close()));
  await server.close();
  await rm(logs, { recursive: true, force: true });
});

/** All that a person can ask about places. */
async function answersTo(who: Neru): Promise<string> {
  const answers = [];
  for (const path of [
    `/location/current/${alice.id}`,
    `/location/history/${alice.id}`,
    '/location/nearby?radius_meters=10000',
    '/location/shares/received',
    '/location/geofences/events',
    `/users/${alice.id}/profile`,
  ]) {
    answers.push((await who.call('GET', path)).body);
  }
  return JSON.stringify(answers);
}

/** The tables, whichever schema they are in, that hold the digits in some form. */
async function tablesHolding(): Promise<string[]> {
  const { db } = server.database;
  const { rows: tables } = await sql<{ schema: string; name: string }>`
    select table_schema as schema, table_name as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema') order by 2`.execute(
    db,
  );
  const holding = [];
  for (const { schema, name } of tables) {
    const { rows } = await sql<{ found: boolean }>`
      select exists (select 1 from ${sql.id(schema, name)} t where t::text ~ ${digits.source}) as found`.execute(db);
    if (rows[0]!.found) holding.push(name);
  }
  return holding;
}

async function logged(): Promise<string> {
  const files = await readdir(logs, { recursive: true, withFileTypes: true });
  const texts = files.filter((file) => file.isFile()).map((file) => readFile(join(file.parentPath, file.name), 'utf8'));
  return [...(await Promise.all(texts)), ...server.logged, ...server.printed].join('\n');
}

it('is told while a share is open, and nowhere after', async () => {
  const [bob, carol, mallory] = viewers as [Neru, Neru, Neru];
  const group = await makeGroup(alice, 'hikers', carol);
  const stopped = await ok(alice.call('POST', '/location/shares', { target_user_id: bob.id, duration_minutes: 60 }));
  await ok(alice.call('POST', '/location/shares', { target_chat_id: group.id, duration_minutes: 60 }));
  await ok(
    alice.call('POST', '/location/geofences', {
      name: 'cabin',
      center_latitude: 47.77,
      center_longitude: 8.12,
      radius_meters: 5_000,
    }),
  );
  const key = { 'idempotency-key': 'at-the-hut' };
  await ok(alice.call('POST', '/location/update', { ...secret, address: 'A hut at 47.7734219' }, key));
  const [own, bobs, carols, mallorys] = ears as [Ears, Ears, Ears, Ears];
  expect(JSON.stringify((await bobs.next('shared_location_update')).data)).toMatch(digits);
  expect(JSON.stringify((await carols.next('shared_location_update')).data)).toMatch(digits);
  await own.next('geofence_event');
  expect(await answersTo(bob)).toMatch(digits);
  expect(await answersTo(mallory)).not.toMatch(digits);
  // The search finds what is there: or it would prove nothing.
  expect(await tablesHolding()).toEqual([
    'current_locations',
    'geofence_events',
    'idempotency_keys',
    'location_points',
  ]);

  // One share is stopped, the other runs out.
  await ok(alice.call('DELETE', `/location/shares/${stopped.id}`));
  await sql`update location_shares set expires_at = now() - interval '1 second' where stopped_at is null`.execute(
    server.database.db,
  );
  for (const _ of ['stopped', 'run out']) await own.next('location_share_stopped');
  for (const ear of [bobs, carols]) ear.heard.length = 0;
  await ok(alice.call('POST', '/location/update', { ...secret, accuracy: 3 }));
  await Promise.all([own, bobs, carols, mallorys].map((ear) => ear.settled()));
  for (const who of viewers) expect(await answersTo(who), who.username).not.toMatch(digits);
  for (const ear of [bobs, carols, mallorys]) expect(JSON.stringify(ear.heard)).not.toMatch(digits);
  expect(await logged()).not.toMatch(digits);
});

it('is nowhere in the database once it is too old', async () => {
  const { db } = server.database;
  // Where somebody is now is kept, so they have gone on.
  await ok(alice.call('POST', '/location/update', elsewhere));
  await sql`update location_points set created_at = created_at - interval '91 days'`.execute(db);
  await sql`update geofence_events set created_at = created_at - interval '91 days'`.execute(db);
  await sql`update idempotency_keys set created_at = created_at - interval '91 days'`.execute(db);
  const forget = () => server.messenger.execute({ kind: 'system' }, forgetOldPositions, { keepDays: 90, limit: 500 });
  while ((await forget()) > 0);
  expect(await tablesHolding()).toEqual([]);
  expect(await answersTo(alice)).not.toMatch(digits);
  expect(await ok(alice.call('GET', `/location/current/${alice.id}`))).toMatchObject(elsewhere);
});

it('numbers that are whole are written with a point, for the client that would not read them else', async () => {
  const answer = await server.app.inject({
    method: 'GET',
    url: `/api/v1/location/current/${alice.id}`,
    headers: { authorization: `Bearer ${alice.token}` },
  });
  expect(answer.body).toContain('"latitude":10.0,"longitude":20.0,');
  expect(answer.body).toMatch(/"id":\d+,/);
  expect(answer.body).toContain('"accuracy":null');
});
