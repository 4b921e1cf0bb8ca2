// What the operator sets: the first superuser, TLS, log files.

import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSettings } from '../../../src/config.ts';
import { keepSuperuser } from '../../../src/core/accounts/administer.ts';
import { readTls } from '../../../src/tls.ts';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, signIn } from './people.ts';

/** A server of a test's own takes its time to start when much else runs. */
const patience = 120_000;

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
});
afterAll(() => rm(folder, { recursive: true }));

const named = { SUPERUSER_USERNAME: 'operator', SUPERUSER_EMAIL: 'op@example.com', SUPERUSER_PASSWORD: 'op-secret' };

describe('the superuser of the settings', () => {
  const operator = { username: 'operator', email: 'op@example.com', password: 'op-secret' };
  const system = { kind: 'system' } as const;
  let server: TestServer;
  beforeAll(async () => {
    server = await startTestServer(named);
  });
  afterAll(() => server.close());

  it('is there at the start, and stays as they have become', async () => {
    const root = await signIn(server, operator);
    const { body } = await root.call('GET', '/auth/me');
    expect(body).toMatchObject({ is_superuser: true, email: 'op@example.com' });
    expect((await root.call('GET', '/auth/users')).status).toBe(200);
    await root.call('PUT', '/auth/me/password', { current_password: 'op-secret', new_password: 'my own secret' });
    expect(await server.messenger.execute(system, keepSuperuser, operator)).toBe('kept');
    await signIn(server, { username: 'operator', password: 'my own secret' });
  });

  it('is made once, however many processes start at once', async () => {
    const another = { username: 'another', email: null, password: 'op-secret' };
    const outcomes = await Promise.all([1, 2, 3].map(() => server.messenger.execute(system, keepSuperuser, another)));
    expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(1);
    await signIn(server, another);
  });

  it('is nobody who only took the name; but who knows the password is the one', async () => {
    const mallory = await register(server, 'mallory');
    const wanted = { username: mallory.username.toUpperCase(), email: null, password: 'something else' };
    expect(await server.messenger.execute(system, keepSuperuser, wanted)).toBe('name_taken');
    expect((await mallory.call('GET', '/auth/users')).status).toBe(403);
    const hers = { username: 'unheard-of', email: `${mallory.username}@example.com`, password: 'op-secret' };
    expect(await server.messenger.execute(system, keepSuperuser, hers)).toBe('email_taken');
    const known = { username: mallory.username, email: null, password: mallory.password };
    expect(await server.messenger.execute(system, keepSuperuser, known)).toBe('kept');
    expect((await mallory.call('GET', '/auth/users')).status).toBe(200);
  });

  it('needs both a name and a password worth the name', () => {
    expect(() => readSettings({ SUPERUSER_USERNAME: 'x' })).toThrow('SUPERUSER_PASSWORD');
    expect(() => readSettings({ SUPERUSER_USERNAME: 'x', SUPERUSER_PASSWORD: 'short' })).toThrow('8 characters');
  });
});

describe('TLS', () => {
  it(
    'is spoken on both ports where certificate and key are there',
    async () => {
      const [cert, key] = ['cert.pem', 'key.pem'].map((name) => join(import.meta.dirname, '../../support/tls', name));
      const server = await startTestServer({ AI_MESSAGE_SSL_CERT: cert!, AI_MESSAGE_SSL_KEY: key!, ALSO_PORT: '0' });
      try {
        expect(server.addresses).toHaveLength(2);
        for (const address of server.addresses) {
          expect(address).toMatch(/^https:/);
          expect(await statusOf(`${address}/db-test`)).toBe(200);
        }
      } finally {
        await server.close();
      }
    },
    patience,
  );

  it('that cannot be spoken stops the start; a missing file is only remarked on', async () => {
    const [cert, key] = [join(folder, 'bad-cert.pem'), join(folder, 'bad-key.pem')];
    const remarks: string[] = [];
    const read = () => readTls(cert, key, (remark) => remarks.push(remark));
    expect([read(), remarks]).toEqual([null, []]);
    await writeFile(cert, 'x');
    expect([read(), remarks]).toEqual([null, [expect.stringContaining('bad-key.pem')]]);
    await writeFile(key, 'y');
    expect(read).toThrow('not a certificate');
  });

  function statusOf(url: string): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      request(url, { rejectUnauthorized: false }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
  }
});

describe('the log files', () => {
  it(
    'tell who did what, and never what was said or a secret',
    async () => {
      const logs = join(folder, 'logs');
      const server = await startTestServer({ AI_MESSAGE_LOGS_FOLDER: logs });
      const root = await makeSuperuser(server);
      const [alice, bob] = [await register(server, 'alice'), await register(server, 'bob')];
      const wrong = { username: 'evil\n2025-01-01 00:00:00,000 - auth - INFO - fake', password: 'wrong-secret' };
      await call(server, 'POST', '/auth/login', { body: wrong });
      await call(server, 'POST', '/auth/register', {
        body: { ...wrong, username: alice.username, email: 'x@example.com' },
      });
      await root.call('PUT', `/auth/users/${bob.id}/disable`);
      await call(server, 'POST', '/auth/login', { body: { username: bob.username, password: bob.password } });
      await root.call('PUT', `/auth/users/${bob.id}/enable`);
      const message = await say(alice, bob, 'confidential');
      await bob.call('DELETE', `/messages/${message.id}`);
      const report = (await alice.call('POST', '/reports', { title: 'hush', content: 'hush' })).body;
      await alice.call('PUT', `/reports/${report.id}`, { title: 'hush hush' });
      await root.call('POST', `/reports/${report.id}/comment`, { comment: 'hush', status: 'in_progress' });
      await root.call('PUT', `/reports/${report.id}/resolve`, { comment: 'hush' });
      await alice.call('POST', '/auth/logout', { refresh_token: alice.refreshToken });
      await bob.call('POST', '/auth/logout-all');
      await server.close();

      expect((await readdir(logs)).toSorted()).toEqual([
        'auth.log',
        'messages.log',
        'reports.log',
        'twilio_webhook.log',
      ]);
      const read = async (name: string) => (await readFile(join(logs, `${name}.log`), 'utf8')).trimEnd().split('\n');
      const told = async (name: string) =>
        (await read(name)).map((line) => {
          expect(line).toMatch(
            new RegExp(`^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d,\\d{3} - ${name} - (INFO|WARNING|ERROR) - `),
          );
          return line.split(' - ').slice(2).join(' - ');
        });
      expect(await told('auth')).toEqual([
        `INFO - User logged in: ${root.username} from 127.0.0.1`,
        `INFO - User registered: ${alice.username} (${alice.username}@example.com)`,
        `INFO - User registered: ${bob.username} (${bob.username}@example.com)`,
        'WARNING - Login failed: evil 2025-01-01 00:00:00,000 - auth - INFO - fake from 127.0.0.1',
        `WARNING - Registration refused: ${alice.username}: Username already taken.`,
        `WARNING - Login of a disabled user: ${bob.username} from 127.0.0.1`,
        `INFO - User ${alice.id} logged out`,
        `INFO - User ${bob.id} logged out from all devices`,
      ]);
      expect(await told('messages')).toEqual([
        `INFO - Message ${message.id} sent by user ${alice.id} to user ${bob.id}`,
        `INFO - Message ${message.id} deleted by user ${bob.id}`,
      ]);
      expect(await told('reports')).toEqual([
        `INFO - Report ${report.id} created by ${alice.username}`,
        `INFO - Report ${report.id} updated by ${alice.username}`,
        `INFO - Report ${report.id} of ${alice.username} commented by user ${root.id}, status in_progress`,
        `INFO - Report ${report.id} of ${alice.username} resolved by ${root.username}`,
      ]);
      const everything = (await Promise.all(['auth', 'messages', 'reports'].map(read))).flat().join('\n');
      for (const secret of ['secret', 'confidential', 'hush', alice.refreshToken])
        expect(everything).not.toContain(secret);
    },
    patience,
  );
});
