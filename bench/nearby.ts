// What asking who is nearby costs among few and many who share: `npx tsx bench/nearby.ts [--database=postgresql://…]`.

import { createQueryId, sql, type RootOperationNode } from 'kysely';
import type { Asking, Member } from '../src/core/context.ts';
import { nearby } from '../src/core/location/positions.ts';
import { openStage, percentile, say, sayMachine } from './stage.ts';

const crowds = [1_000, 100_000];
const rounds = 200;
const radiusMeters = 5_000;
const limit = 50;

/** Everybody is somewhere in a country of some 600 km by 700; the first thousand are as far apart as all the others. */
const country = { south: 47.5, west: 6, height: 6.5, width: 8.5 };

const stage = await openStage();
const { db } = stage.database;
const { actor } = stage.next();

try {
  sayMachine(stage.database);
  const medians: number[] = [];
  let there = 0;
  for (const crowd of crowds) {
    await fill(there, crowd);
    there = crowd;
    await sql`analyze`.execute(db);
    const times: number[] = [];
    let found = 0;
    for (let round = -20; round < rounds; round += 1) {
      const viewer = await stand(round + 20);
      const began = performance.now();
      const neighbours = await stage.messenger.ask(viewer, nearby, { radiusMeters, limit });
      if (round < 0) continue;
      times.push(performance.now() - began);
      found += neighbours.length;
    }
    medians.push(percentile(times, 50));
    say(
      `${String(crowd).padStart(7)} sharing: ${percentile(times, 50).toFixed(2)} ms, 99 of 100 in ` +
        `${percentile(times, 99).toFixed(2)} ms; ${(found / rounds).toFixed(1)} found`,
    );
  }
  say(`ratio ${(medians[1]! / medians[0]!).toFixed(2)}`);
  for (const line of await planOf()) say(line);
  sayMachine(stage.database);
} finally {
  await stage.close();
}

/** Accounts number `from` to `to`, each with a place and a share with everybody; a few of them blurred. */
async function fill(from: number, to: number): Promise<void> {
  const { south, west, height, width } = country;
  // An even spread that is the same in every run.
  await sql`
    with people as (
      insert into accounts (username, social_links, created_in)
      select 'sharer_' || n, '{}', 'nerutalk' from generate_series(${from + 1}::int, ${to}::int) n
      returning id, substr(username, 8)::int as n),
    places as (
      insert into location_points (account_id, latitude, longitude, device_at)
      select id, ${south} + ${height} * ((n * 0.7548776662466927) % 1), ${west} + ${width} * ((n * 0.5698402909980532) % 1), now()
      from people returning id, account_id, latitude, longitude),
    latest as (
      insert into current_locations (account_id, point_id, latitude, longitude, cell_y, cell_x, device_at, created_at)
      select account_id, id, latitude, longitude, floor(latitude * 10), floor(longitude * 10), now(), now() from places)
    insert into location_shares (account_id, precision)
    select id, case when n % 10 = 0 then 'district' else 'exact' end from people`.execute(db);
}

/** The viewer, somewhere else each time. */
async function stand(turn: number): Promise<Member> {
  const latitude = country.south + country.height * ((turn * 0.618) % 1);
  const longitude = country.west + country.width * ((turn * 0.414) % 1);
  await sql`
    with place as (
      insert into location_points (account_id, latitude, longitude, device_at)
      values (${actor.accountId}, ${latitude}, ${longitude}, now()) returning id)
    insert into current_locations (account_id, point_id, latitude, longitude, cell_y, cell_x, device_at, created_at)
    select ${actor.accountId}, id, ${latitude}, ${longitude}, floor(${latitude}::float8 * 10), floor(${longitude}::float8 * 10), now(), now()
    from place
    on conflict (account_id) do update set point_id = excluded.point_id, latitude = excluded.latitude,
      longitude = excluded.longitude, cell_y = excluded.cell_y, cell_x = excluded.cell_x`.execute(db);
  return actor;
}

/** How the database carries the question out, as it says itself. Throws unless it goes by the index of the cells. */
async function planOf(): Promise<string[]> {
  const asked: RootOperationNode[] = [];
  const heard = db.withPlugin({
    transformQuery({ node }) {
      asked.push(node);
      return node;
    },
    transformResult: async ({ result }) => result,
  });
  await nearby({ actor, db: heard, now: Date.now() } as Asking<Member>, { radiusMeters, limit });
  const question = db.getExecutor().compileQuery(asked.at(-1)!, createQueryId());
  const client = await stage.database.pool.connect();
  try {
    const { rows } = await client.query<{ 'QUERY PLAN': string }>(`explain (analyze) ${question.sql}`, [
      ...question.parameters,
    ]);
    const lines = rows.map((row) => row['QUERY PLAN']);
    if (!lines.some((line) => line.includes('current_locations_cell'))) {
      throw new Error(`not by the index of the cells:\n${lines.join('\n')}`);
    }
    return lines;
  } finally {
    client.release();
  }
}
