// Back-ups, made and restored by the very commands of docs/operations.md: what was said before is read afterwards.

import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { describe, expect, it, vi } from 'vitest';
import { databaseKinds, makeTestDatabase, sayOnce } from './support/database.ts';
import { countFarAhead } from './support/elsewhere.ts';
import { call, signUp } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const run = promisify(execFile);
const manual = readFileSync(new URL('../docs/operations.md', import.meta.url), 'utf8');

/** Where pg_dump is, with a slash at its end; null: nowhere. In CI it must be somewhere. */
const postgresqlPrograms = findPrograms();

describe('a back-up', { timeout: 120_000 }, () => {
  const said = 'kept safe';

  /** Somebody says something, and is heard again on another server by the token they had. */
  async function speakOn(server: TestServer) {
    const alice = await signUp(server, 'Alice', { verified: true });
    const bob = await signUp(server, 'Bob', { verified: true });
    const mallory = await signUp(server, 'Mallory');
    const { body } = await alice.call('POST', '/api/conversations', { participant_ids: [bob.id] });
    const path = `/api/conversations/${body.id}/messages`;
    await alice.call('POST', '/api/messages', { conversation_id: body.id, content: said });
    return async (restored: TestServer) => {
      const as = (token: string) => (method: string, where: string, what?: unknown) =>
        call(restored, method, where, { token, ...(what !== undefined && { body: what }) });
      const contents = async () =>
        (await as(bob.accessToken)('GET', path)).body.messages.map((message: { content: string }) => message.content);
      expect(await contents()).toEqual([said]);
      expect((await as(mallory.accessToken)('GET', path)).status).toBeGreaterThanOrEqual(403);
      await as(alice.accessToken)('POST', '/api/messages', { conversation_id: body.id, content: 'and on it goes' });
      expect(await contents()).toEqual([said, 'and on it goes']);
      // Whoever follows the log goes on too.
      await vi.waitFor(
        async () => {
          const { rows } = await restored.database.pool.query(`select count(*) as behind from changes l
            join followers f on (l.epoch, l.xid, l.id) > (f.epoch, f.xid, f.id) where f.name in ('search', 'notifications')`);
          expect(rows).toEqual([{ behind: 0 }]);
        },
        { timeout: 60_000 },
      );
    };
  }

  it.runIf(databaseKinds.includes('embedded'))('of the embedded database is a copy of its folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'parlance-test-backup-'));
    const copy = join(folder, 'data');
    const place = await makeTestDatabase('embedded');
    const server = await startTestServer({ DATABASE_URL: '', DATA_DIR: place.dataDir });
    const listen = await speakOn(server);
    await server.close();
    expect(manual).toContain('tar --create --gzip --file=parlance.tar.gz --directory=data .');
    expect(manual).toContain('mkdir data && tar --extract --gzip --file=parlance.tar.gz --directory=data');
    const file = join(folder, 'parlance.tar.gz');
    await run('tar', ['--create', '--gzip', `--file=${file}`, `--directory=${place.dataDir}`, '.']);
    await place.remove();
    await run('mkdir', [copy]);
    await run('tar', ['--extract', '--gzip', `--file=${file}`, `--directory=${copy}`]);
    const restored = await startTestServer({ DATABASE_URL: '', DATA_DIR: copy });
    await listen(restored);
    await restored.close();
    await rm(folder, { recursive: true });
  });

  it.runIf(databaseKinds.includes('postgresql') && postgresqlPrograms !== null)(
    'of PostgreSQL is a dump, made while the server runs',
    async () => {
      const place = await makeTestDatabase('postgresql');
      const folder = await mkdtemp(join(tmpdir(), 'parlance-test-backup-'));
      const server = await startTestServer({ DATABASE_URL: place.url! });
      const listen = await speakOn(server);
      const file = join(folder, 'parlance.dump');
      expect(manual).toContain('pg_dump --format=custom --no-owner --file=parlance.dump "$DATABASE_URL"');
      expect(manual).toContain('pg_restore --no-owner --exit-on-error --dbname="$NEW_DATABASE_URL" parlance.dump');
      await run(`${postgresqlPrograms}pg_dump`, ['--format=custom', '--no-owner', `--file=${file}`, place.url!]);
      await server.close();

      const name = `${new URL(place.url!).pathname.slice(1)}_restored`;
      const url = Object.assign(new URL(place.url!), { pathname: `/${name}` }).href;
      const admin = new pg.Client({ connectionString: place.url });
      await admin.connect();
      await admin.query(`create database ${name} template template0 encoding 'UTF8'`);
      try {
        await run(`${postgresqlPrograms}pg_restore`, ['--no-owner', '--exit-on-error', `--dbname=${url}`, file]);
        // As if it had come from a server that had counted further.
        const restoring = new pg.Pool({ connectionString: url });
        await countFarAhead({ pool: restoring });
        await restoring.end();
        const restored = await startTestServer({ DATABASE_URL: url });
        await listen(restored);
        await restored.close();
      } finally {
        await admin.query(`drop database ${name} with (force)`);
        await admin.end();
        await place.remove();
        await rm(folder, { recursive: true });
      }
    },
  );
});

function findPrograms(): string | null {
  if (spawnSync('pg_dump', ['--version']).status === 0) return '';
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).toSorted((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => `${debian}/${version}/bin/`).find((bin) => existsSync(`${bin}pg_dump`));
  if (found) return found;
  if (process.env.CI) throw new Error('There is no pg_dump.');
  sayOnce('There is no pg_dump: the test of a back-up of PostgreSQL is not run.');
  return null;
}
