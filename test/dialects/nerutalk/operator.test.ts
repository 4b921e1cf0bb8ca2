// What the operator decides about NeruTalk: who administers, and in which language one is answered (contract, 2 and 9).

import { afterEach, expect, it } from 'vitest';
import { createAccount } from '../../../src/core/accounts/administer.ts';
import { promoteNamed } from '../../../src/core/accounts/named-admins.ts';
import type { AccountId } from '../../../src/core/ids.ts';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, neru, no, ok, register, type Neru } from './people.ts';

const system = { kind: 'system' } as const;

let server: TestServer | undefined;
afterEach(async () => {
  await server?.close();
  server = undefined;
});

async function start(settings: Record<string, string>): Promise<TestServer> {
  server = await startTestServer(settings);
  return server;
}

const administers = async (who: Neru) => (await who.call('GET', '/notifications/stats/admin')).status === 200;

it('in production only the operator makes an account with an administrator’s address', async () => {
  const on = await start({
    ENVIRONMENT: 'production',
    JWT_SECRET_KEY: 'kZ8s2Lq0vWx7Rt4Yb1Nm6Pc3Hd9Fg5Je',
    ADMIN_EMAILS: 'root@example.org',
  });
  const body = { email: 'ROOT@example.org', username: 'mallory', password: 'Secret123' };
  const refused = await call(on, 'POST', `${api}/register`, { body });
  expect([refused.status, refused.body.message]).toEqual([403, 'You are not allowed to do this']);

  // Who claimed another's address before it was named has not proved it.
  const mallory = await register(on, 'mallory');
  expect(await on.messenger.execute(system, promoteNamed, { ids: [] })).toEqual([]);
  expect(await administers(mallory)).toBe(false);

  const account = { username: 'root', email: 'root@example.org', password: 'Secret123', isSuperuser: false };
  await on.messenger.execute(system, createAccount, account);
  const login = await call(on, 'POST', `${api}/login`, { body: { email: 'root@example.org', password: 'Secret123' } });
  expect(await administers(neru(on, login.body))).toBe(true);
});

it('elsewhere the address is enough; ids count everywhere, and nobody’s are remarked on', async () => {
  const on = await start({ ADMIN_EMAILS: 'root@example.org', ADMIN_USER_IDS: 'nobody, 7' });
  expect(on.logged.filter((line) => line.includes('ADMIN_USER_IDS'))).toHaveLength(2);
  const [root, alice, mallory] = [
    await register(on, 'root'),
    await register(on, 'alice'),
    await register(on, 'mallory'),
  ];
  expect(await administers(root)).toBe(true);
  expect(await administers(alice)).toBe(false);
  const ids = [on.ids.fromUuid('account', alice.id) as AccountId];
  expect(await on.messenger.execute(system, promoteNamed, { ids })).toEqual(['alice']);
  expect(await on.messenger.execute(system, promoteNamed, { ids })).toEqual([]);
  expect(await administers(alice)).toBe(true);
  expect(await administers(mallory)).toBe(false);
});

it('the default language is the operator’s, and so is whether others are detected', async () => {
  const on = await start({ DEFAULT_LANGUAGE: 'id', AUTO_DETECT_LANGUAGE: 'off' });
  const current = (headers: Record<string, string>) => ok(call(on, 'GET', `${api}/language/current`, { headers }));
  expect(await current({ 'accept-language': 'ko' })).toMatchObject({ language: 'id', is_default: true });
  expect(await current({ 'x-language': 'ko', 'accept-language': 'cn' })).toMatchObject({
    language: 'ko',
    is_default: false,
  });
  expect(await ok(call(on, 'GET', `${api}/languages`))).toMatchObject({
    current_language: 'id',
    default_language: 'id',
  });
  const alice = await register(on, 'alice');
  expect(await no(alice.call('GET', '/chats/999'))).toEqual([404, 'Obrolan tidak ditemukan']);
  const ears = await alice.connect();
  ears.say('nonsense');
  expect((await ears.next('error')).language).toBe('id');
  await ears.close();
});

it('an unknown path says in which language it is answered', async () => {
  const on = await start({});
  for (const [path, status] of [
    ['/api/v1/nothing', 404],
    ['/api/v1', 404],
    ['/api/v1/languages', 405],
  ] as const) {
    const answer = await on.app.inject({ method: 'PATCH', url: path, headers: { 'x-language': 'jp' } });
    expect(answer.statusCode).toBe(status);
    expect(answer.json()).toMatchObject({
      detail: expect.any(String),
      message: expect.any(String),
      language: 'jp',
    });
  }
  const elsewhere = await on.app.inject({ method: 'GET', url: '/nothing' });
  expect(elsewhere.json()).not.toHaveProperty('language');
});
