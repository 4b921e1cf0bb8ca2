// The server is killed while somebody rings and others talk: nothing rings for ever, and nobody talks to nobody.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDatabase } from '../src/adapters/database/index.ts';
import { databaseKinds, type DatabasePlace, makeTestDatabase } from './support/database.ts';
import { type ServerProcess, startServerProcess } from './support/process.ts';

interface Caller {
  id: string;
  token: string;
}

interface Call {
  id: number;
  status: string;
  end_reason: string | null;
}

describe.each(databaseKinds)('calls of a server that is killed, %s', { timeout: 120_000 }, (kind) => {
  let place: DatabasePlace;
  let server: ServerProcess;
  beforeAll(async () => {
    place = await makeTestDatabase(kind);
    server = await startServerProcess(place);
  }, 60_000);
  afterAll(async () => {
    await server.kill();
    await place.remove();
  });

  async function call<T>(method: string, path: string, body?: object, who?: Caller): Promise<T> {
    const response = await fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { 'content-type': 'application/json', ...(who && { authorization: `Bearer ${who.token}` }) },
      ...(body && { body: JSON.stringify(body) }),
    });
    const said = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said}`);
    return JSON.parse(said) as T;
  }

  async function register(username: string): Promise<Caller> {
    const body = { username, email: `${username}@example.org`, password: 'Secret123' };
    const made = await call<{ access_token: string; user: { id: string } }>('POST', '/register', body);
    return { id: made.user.id, token: made.access_token };
  }

  const ring = (from: Caller, to: Caller) =>
    call<Call>('POST', '/video-calls/initiate', { callee_id: to.id, call_type: 'video' }, from);
  const look = (who: Caller, { id }: Call) => call<Call>('GET', `/video-calls/${id}`, undefined, who);

  /** SIGKILL, something done to the database while nobody has it open, and a start. */
  async function killed(meanwhile: ReturnType<typeof sql>): Promise<void> {
    await server.kill();
    const database = await openDatabase({ ...place, log: { info: () => {}, warn: () => {} } });
    await meanwhile.execute(database.db);
    await database.close();
    server = await startServerProcess(place);
  }

  it('what rang is missed when its time is up; what nobody comes back to ends, but not before', async () => {
    const [alice, bob, carol, dora, erin, frank] = await Promise.all(
      ['alice', 'bob', 'carol', 'dora', 'erin', 'frank'].map(register),
    );
    const ringing = await ring(alice!, bob!);
    const deserted = await ring(carol!, dora!);
    const young = await ring(erin!, frank!);
    for (const [talk, who] of [[deserted, dora!] as const, [young, frank!] as const]) {
      expect(await call<Call>('POST', `/video-calls/${talk.id}/answer`, {}, who)).toMatchObject({ status: 'ongoing' });
    }

    // A minute less to wait.
    await killed(sql`update calls set ring_until = now() + interval '1 second' where status = 'initiated'`);
    await expect
      .poll(() => look(bob!, ringing), { timeout: 20_000, interval: 100 })
      .toMatchObject({
        status: 'ended',
        end_reason: 'missed',
      });
    expect(await call<Call[]>('GET', '/video-calls', undefined, bob)).toEqual([]);
    for (const [talk, who] of [[deserted, dora!] as const, [young, frank!] as const]) {
      expect(await look(who, talk)).toMatchObject({ status: 'ongoing' });
    }

    // The start has begun to count for both; for one of them the minute is over.
    await killed(
      sql`update calls set deserted_at = deserted_at - interval '61 seconds' where deserted_at is not null
        and initiated_by = (select id from accounts where username = 'carol')`,
    );
    await expect
      .poll(() => look(dora!, deserted), { timeout: 20_000, interval: 100 })
      .toMatchObject({
        status: 'ended',
        end_reason: 'connection_lost',
      });
    expect(await look(frank!, young)).toMatchObject({ status: 'ongoing' });
  });
});
