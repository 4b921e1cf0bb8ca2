// Two processes on one PostgreSQL, without Redis: what one ends, the other knows within two seconds.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from '../../support/database.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, signIn, type Person } from './people.ts';

describe.runIf(databaseKinds.includes('postgresql'))('in another process', () => {
  let place: DatabasePlace;
  let here: TestServer;
  let there: TestServer;
  let root: Person;
  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    const settings = { DATABASE_URL: place.url!, SUPERUSER_USERNAME: 'root', SUPERUSER_PASSWORD: 'root-secret' };
    [here, there] = await Promise.all([startTestServer(settings), startTestServer(settings)]);
    root = await makeSuperuser(here);
  }, 120_000);
  afterAll(async () => {
    await Promise.all([here, there].map((server) => server.close()));
    await place.remove();
  });

  /** How long until the other process answers so; it knew the token before. */
  async function until(token: string, status: number): Promise<number> {
    const started = performance.now();
    for (;;) {
      const answer = await call(there, 'GET', '/auth/me', { token });
      const waited = performance.now() - started;
      if (answer.status === status) return waited;
      expect(waited, `still ${answer.status}`).toBeLessThan(5_000);
      await sleep(25);
    }
  }

  it('made at the start by both at once, there is one superuser', async () => {
    await signIn(there, { username: 'root', password: 'root-secret' });
    const users = (await root.call('GET', '/auth/users')).body as { username: string }[];
    expect(users.filter((user) => user.username === 'root')).toHaveLength(1);
  });

  it.each([
    ['a logout', 401, (person: Person) => person.call('POST', '/auth/logout')],
    ['a logout everywhere', 401, (person: Person) => person.call('POST', '/auth/logout-all')],
    [
      'the end of a session',
      401,
      async (person: Person) => {
        const [session] = (await person.call('GET', '/auth/sessions')).body;
        return person.call('DELETE', `/auth/sessions/${session.id}`);
      },
    ],
    ['a disabled account', 403, (person: Person) => root.call('PUT', `/auth/users/${person.id}/disable`)],
    ['a deleted account', 401, (person: Person) => root.call('DELETE', `/auth/users/${person.id}`)],
    [
      'a changed password, elsewhere',
      401,
      async (person: Person) => {
        const other = await signIn(here, person);
        const change = { current_password: person.password, new_password: 'another' };
        return other.call('PUT', '/auth/me/password', change);
      },
    ],
  ])('%s is known within two seconds', async (_what, status, end) => {
    const person = await register(here, 'person');
    expect((await call(there, 'GET', '/auth/me', { token: person.token })).status).toBe(200);
    expect((await end(person)).status).toBe(200);
    expect(await until(person.token, status)).toBeLessThan(2_000);
    expect((await call(here, 'GET', '/auth/me', { token: person.token })).status).toBe(status);
  });
});
