// Several processes that start at once on an empty database: one makes it, and all of them agree on what it is.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { databaseKinds, makeEmptyDatabase, type DatabasePlace } from './support/database.ts';
import { call, signUp } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

describe.skipIf(!databaseKinds.includes('postgresql'))('three that start at once on an empty database', () => {
  let place: DatabasePlace;
  let servers: TestServer[] = [];
  let failures: unknown[] = [];
  beforeAll(async () => {
    place = await makeEmptyDatabase();
    const settings = {
      DATABASE_URL: place.url!,
      SUPERUSER_USERNAME: 'chief',
      SUPERUSER_EMAIL: 'chief@example.org',
      SUPERUSER_PASSWORD: 'a secret word',
    };
    const started = await Promise.allSettled(Array.from({ length: 3 }, () => startTestServer(settings)));
    servers = started.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    failures = started.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []));
  }, 120_000);
  afterAll(async () => {
    await Promise.all(servers.map((server) => server.close()));
    await place.remove();
  });

  const saying = (text: string) => servers.flatMap(({ logged }) => logged.filter((line) => line.includes(text)));

  it('is migrated by one of them, and all come up', () => {
    expect(failures).toEqual([]);
    expect(saying('Migrated the database')).toHaveLength(1);
    expect(saying('Made the superuser')).toHaveLength(1);
  });

  it('a token of one is good at all, and so are ids', async () => {
    const alice = await signUp(servers[0]!, 'Alice');
    for (const server of servers) {
      const { status, body } = await call(server, 'GET', '/api/auth/me', { token: alice.accessToken });
      expect([status, body.id]).toEqual([200, alice.id]);
    }
  });
});
