// The server behind PgBouncer in transaction mode: nothing it does may rely on getting the same connection again.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Database, openDatabase } from '../../../src/adapters/database/index.ts';
import { migrate } from '../../../src/adapters/database/migrate.ts';
import { databaseKinds, type DatabasePlace, makeTestDatabase } from '../../support/database.ts';
import { hasPgBouncer, type PgBouncer, startPgBouncer } from '../../support/pgbouncer.ts';
import { signUp } from '../../support/people.ts';
import { startTestServer } from '../../support/server.ts';

const quiet = { info: () => {}, warn: () => {} };

/** Fewer than the server's own pool of ten, so that they must be shared. */
const connections = 3;

describe.runIf(databaseKinds.includes('postgresql') && hasPgBouncer)('behind PgBouncer', { timeout: 60_000 }, () => {
  let place: DatabasePlace;
  let bouncer: PgBouncer;
  let url: string;
  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    bouncer = await startPgBouncer(place.url!, connections);
    url = bouncer.url(place.url!);
  });
  afterAll(async () => {
    await bouncer.close();
    await place.remove();
  });

  it('really pools transactions: a plan made by name is not found again', async () => {
    const clients = Array.from({ length: 2 * connections }, () => new pg.Client({ connectionString: url }));
    await Promise.all(clients.map((client) => client.connect()));
    const query = { name: 'kept', text: 'select $1::int + pg_backend_pid() * 0 as n from pg_sleep(0.02)', values: [1] };
    const outcomes = await Promise.allSettled(clients.map((client) => client.query(query)));
    await Promise.all(clients.map((client) => client.end()));
    expect(outcomes.map((outcome) => outcome.status)).toContain('rejected');
  });

  it('a prepared statement is sent without a name, and times come out in UTC on every connection', async () => {
    const database = await openDatabase({ url, dataDir: '/nowhere', log: quiet });
    const text = `/* prepare */ select pg_backend_pid() as pid, $1::text as given,
      (select count(*)::int from pg_prepared_statements where name like 'parlance%') as plans,
      current_setting('timezone') as zone from pg_sleep(0.02)`;
    const results = await Promise.all(
      Array.from({ length: 60 }, async (_, n) => (await database.pool.query(text, [`${n}`])).rows[0]),
    );
    await database.close();
    expect(results.map((row) => row.given)).toEqual(Array.from({ length: 60 }, (_, n) => `${n}`));
    expect(new Set(results.map((row) => row.pid)).size).toBeGreaterThan(1);
    expect(new Set(results.map((row) => `${row.zone} ${row.plans}`))).toEqual(new Set(['UTC 0']));
  });

  it('without one between, they are prepared once a connection', async () => {
    const database = await openDatabase({ url: place.url, dataDir: '/nowhere', log: quiet, poolSize: 1 });
    const text = `/* prepare */ select count(*)::int as plans from pg_prepared_statements where name like 'parlance%'`;
    await database.pool.query(text);
    expect((await database.pool.query(text)).rows).toEqual([{ plans: 1 }]);
    await database.close();
  });

  it('migrates an empty database, two at once', async () => {
    const name = `${new URL(place.url!).pathname.slice(1)}_empty`;
    const server = new pg.Client({ connectionString: place.url });
    await server.connect();
    await server.query(`create database ${name} template template0`);
    const own = Object.assign(new URL(url), { pathname: `/${name}` }).href;
    try {
      const databases = await Promise.all(
        [1, 2, 3].map(() => openDatabase({ url: own, dataDir: '/nowhere', log: quiet })),
      );
      const [one, two, busy] = databases as [Database, Database, Database];
      // Between two of its statements whoever migrates loses the connection to others.
      const over = new AbortController();
      const work = async () => {
        while (!over.signal.aborted) await busy.pool.query('select pg_sleep(0.002)');
      };
      const working = [work(), work()];
      await Promise.all([one, two].map(({ db }) => migrate(db, quiet))).finally(() => over.abort());
      await Promise.all(working);
      const found = await one.pool.query('select count(*) as people from accounts');
      expect(found.rows).toEqual([{ people: 0 }]);
      await Promise.all(databases.map((database) => database.close()));
      // Nobody would migrate this database again.
      const left = `select mode from pg_locks join pg_database d on d.oid = database
        where locktype = 'advisory' and d.datname = $1`;
      expect((await server.query(left, [name])).rows).toEqual([]);
    } finally {
      await server.query(`drop database ${name} with (force)`);
      await server.end();
    }
  });

  it('serves: codes by the job queue, 200 sends at once, history, search, and mallory sees nothing', async () => {
    const server = await startTestServer({ DATABASE_URL: url });
    try {
      const [alice, bob, mallory] = [
        await signUp(server, 'Alice', { verified: true }),
        await signUp(server, 'Bob', { verified: true }),
        await signUp(server, 'Mallory'),
      ];
      const opened = await Promise.all(
        [bob.id, mallory.id].map((id) => alice.call('POST', '/api/conversations', { participant_ids: [id] })),
      );
      const [withBob, withMallory] = opened.map(({ body }) => body.id as string);
      const sent = await Promise.all(
        Array.from({ length: 200 }, (_, n) =>
          alice.call('POST', '/api/messages', {
            conversation_id: n % 2 ? withMallory : withBob,
            content: `number ${n}`,
          }),
        ),
      );
      expect(sent.map(({ status }) => status)).toEqual(sent.map(() => 200));
      const pages = await Promise.all(
        Array.from({ length: 20 }, () => bob.call('GET', `/api/conversations/${withBob}/messages?limit=100`)),
      );
      for (const { body } of pages) {
        expect(body.messages.map((message: { id: string }) => message.id).toSorted()).toEqual(
          sent
            .filter((_, n) => n % 2 === 0)
            .map(({ body: { id } }) => id as string)
            .toSorted(),
        );
      }
      const refused = await mallory.call('GET', `/api/conversations/${withBob}/messages`);
      expect(refused.status).toBeGreaterThanOrEqual(403);
      const found = await alice.call('GET', '/api/messages/search?q=number%20198');
      expect(found.body.messages.map((message: { content: string }) => message.content)).toEqual(['number 198']);
      expect(server.logged.filter((line) => /"level":[56]0|prepared statement/.test(line))).toEqual([]);
    } finally {
      await server.close();
    }
  });
});
