// `--only=web` and `--only=jobs`: one process serves people, another does what was promised to them.

import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { databaseKinds, makeTestDatabase, type DatabasePlace } from './support/database.ts';
import { call, signUp } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

describe.skipIf(!databaseKinds.includes('postgresql'))('two halves', () => {
  let place: DatabasePlace;
  let web: TestServer;
  let jobs: TestServer;
  beforeAll(async () => {
    place = await makeTestDatabase('postgresql');
    // As in one .env for both: what is asked for at the start wins.
    const settings = { DATABASE_URL: place.url!, JOBS: 'off' };
    web = await startTestServer(settings);
    jobs = await startTestServer(settings, undefined, 'jobs');
  });
  afterAll(async () => {
    await Promise.all([web.close(), jobs.close()]);
    await place.remove();
  });

  it('what one promises the other does', async () => {
    const alice = await signUp(web, 'Alice');
    const asked = await call(web, 'POST', '/api/auth/send-verification', { body: { phone_number: alice.phone } });
    expect(asked.status).toBe(200);
    const code = await jobs.codeFor(alice.phone);
    const body = { phone_number: alice.phone, code };
    expect((await call(web, 'POST', '/api/auth/verify-phone', { body, token: alice.accessToken })).status).toBe(200);
    expect(web.printed.filter((line) => line.includes('OTP'))).toEqual([]);
    await vi.waitFor(async () =>
      expect(await metricsOf(jobs)).toMatch(/^parlance_jobs_total\{name="send-code",.*\} 1$/m),
    );
    expect(await metricsOf(web)).not.toMatch(/^parlance_jobs_total\{/m);
  });

  it('the search index is kept by the other too', async () => {
    const bob = await signUp(web, 'Bob');
    const carol = await signUp(web, 'Carol');
    const { body: conversation } = await bob.call('POST', '/api/conversations', { participant_ids: [carol.id] });
    const sent = await bob.call('POST', '/api/messages', { conversation_id: conversation.id, content: 'Zanzibar' });
    const indexed = () => web.database.pool.query('select count(*)::int as count from search_entries');
    await vi.waitFor(async () => expect((await indexed()).rows[0].count).toBeGreaterThan(0), 10_000);
    expect(sent.status).toBe(200);
  });

  it('nobody is served by the half that does jobs', async () => {
    const { url } = jobs;
    for (const path of ['/api/auth/me', '/auth/me', '/api/v1/chats', '/app', '/socket.io/?EIO=4&transport=polling']) {
      expect([path, (await fetch(url + path)).status]).toEqual([path, 404]);
    }
    expect((await fetch(`${url}/health`)).status).toBe(200);
  });
});

async function metricsOf({ url }: TestServer): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

describe('the arguments', () => {
  const run = (argument: string) => {
    const program = new URL('../src/main.ts', import.meta.url).pathname;
    return spawnSync(process.execPath, ['--import', 'tsx', program, argument], { encoding: 'utf8' });
  };

  it('are told by --help', () => {
    const { status, stdout } = run('--help');
    expect(status).toBe(0);
    for (const word of ['--only=web', '--only=jobs', 'SIGHUP']) expect(stdout).toContain(word);
  });

  it('that make no sense are refused', () => {
    const { status, stderr } = run('--only=both');
    expect(status).toBe(1);
    expect(stderr).toContain('could not start: --only is web or jobs, not "both"');
  });
});
