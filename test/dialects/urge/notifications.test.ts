// URGE's notifications: devices and switches on both paths, and what a phone that is away shows (contract, 4.8, 11, 15).

import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { call, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { block, cast, ok, openDirect, openGroup, say } from './stage.ts';

const paths = ['/api/notifications', '/api/settings/notifications'] as const;
const settingsOf = (path: string) => (path === '/api/notifications' ? `${path}/settings` : path);
const allOn = {
  enabled: true,
  show_preview: true,
  sound: true,
  vibration: true,
  message_notifications: true,
  group_notifications: true,
};

let server: TestServer;
let counter = 0;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

/** A phone of somebody's; answers the end of its token, by which the console names it. */
async function phoneOf(person: Person, platform = 'IOS'): Promise<string> {
  counter += 1;
  const end = String(counter).padStart(6, '0');
  await ok(person.call('POST', '/api/notifications/register', { device_token: `token-${end}`, platform }));
  return end;
}

const shownOn = (end: string) =>
  server.printed
    .filter((line) => line.startsWith('PUSH ') && line.includes(`…${end} `))
    .map((line) => line.slice(line.indexOf('…') + 8));

/** Resolves once a phone shows this last; whatever else was to come has come by then. */
async function shows(end: string, ...lines: string[]): Promise<void> {
  await vi.waitFor(() => expect(shownOn(end)).toEqual(lines), { timeout: 8_000, interval: 50 });
}

test('the switches are six, on from the start, and the same on both paths in both spellings', async () => {
  const { alice, mallory } = await cast(server, 'alice', 'mallory');
  for (const path of paths) {
    expect(await ok(alice.call('GET', settingsOf(path)))).toEqual({ user_id: alice.id, settings: allOn });
  }
  const quiet = await ok(alice.call('PUT', '/api/notifications/settings', { sound: false, showPreview: false }));
  expect(quiet).toMatchObject({ success: true, settings: { ...allOn, sound: false, show_preview: false } });
  const both = { show_preview: true, showPreview: false, groupNotifications: false };
  const { settings } = await ok(alice.call('PUT', '/api/settings/notifications', both));
  expect(settings).toEqual({ ...allOn, sound: false, group_notifications: false });
  expect((await ok(alice.call('PUT', '/api/settings/notifications', {}))).settings).toEqual(settings);
  expect((await ok(mallory.call('GET', '/api/notifications/settings'))).settings).toEqual(allOn);
});

test('devices are registered and let go on both paths, whatever the spelling', async () => {
  const { alice } = await cast(server, 'alice');
  for (const [index, path] of paths.entries()) {
    for (const [name, platform] of [
      ['device_token', 'ANDROID'],
      ['token', 'ios'],
    ] as const) {
      const token = `both-${index}-${name}`;
      expect(await ok(alice.call('POST', `${path}/register`, { [name]: token, platform }))).toMatchObject({
        success: true,
      });
      expect(await ok(alice.call('DELETE', `${path}/unregister?token=${token}`))).toMatchObject({ success: true });
      await ok(alice.call('DELETE', `${path}/unregister?token=${token}`));
    }
  }
  await ok(alice.call('DELETE', '/api/settings/notifications/unregister?token=never-seen'));
  expect((await ok(alice.call('GET', '/api/notifications/web-push-key'))).public_key).toMatch(/^[\w-]{87}$/);
});

test.each([
  [{ platform: 'IOS' }, 422],
  [{ device_token: '', platform: 'IOS' }, 422],
  [{ device_token: 'x' }, 422],
  [{ device_token: 'x', platform: 'BLACKBERRY' }, 422],
  [{ device_token: 'x', platform: 7 }, 422],
  [{ device_token: ['x'], platform: 'IOS' }, 422],
  [{ device_token: 'x'.repeat(5_000), platform: 'IOS' }, 422],
  [{ device_token: 'x'.repeat(3_000), platform: 'IOS' }, 400],
  [{ device_token: 'a\u0000b', platform: 'IOS' }, 422],
  [{ device_token: 'with space', platform: 'IOS' }, 400],
  [{ device_token: '絵文字'.repeat(100), platform: 'IOS' }, 400],
  [{ device_token: '{"endpoint":7}', platform: 'WEB' }, 400],
  [{ device_token: '{"endpoint":"https://push.example","keys":null}', platform: 'WEB' }, 400],
  [{ device_token: '{"endpoint":"file:///etc/passwd","keys":{"p256dh":"x","auth":"y"}}', platform: 'WEB' }, 400],
  [
    { device_token: '{"endpoint":"https://push.example","keys":{"p256dh":"AAAA","auth":"AAAA"}}', platform: 'WEB' },
    400,
  ],
  ['text', 422],
  [null, 422],
])('registering %j is refused', async (body, status) => {
  const { mallory } = await cast(server, 'mallory');
  const answer = await mallory.call('POST', '/api/notifications/register', body);
  expect(answer.status, JSON.stringify(answer.body)).toBe(status);
});

test('hostile switches and tokens are refused, and nobody is let in without a token', async () => {
  const { mallory } = await cast(server, 'mallory');
  for (const body of [{ enabled: 'yes' }, { sound: null }, [], 'x']) {
    expect((await mallory.call('PUT', '/api/settings/notifications', body)).status).toBe(422);
  }
  expect((await mallory.call('DELETE', '/api/settings/notifications/unregister')).status).toBe(422);
  for (const token of ['%00', '%7B', '%7B%22endpoint%22%3A7%7D', '%F0%9F%98%80']) {
    expect((await mallory.call('DELETE', `/api/notifications/unregister?token=${token}`)).status).toBeLessThan(500);
  }
  for (const path of paths) expect((await call(server, 'GET', settingsOf(path))).status).toBe(401);
});

test('a phone shows what its owner missed, and nobody else’s does', async () => {
  const { alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory');
  const chat = await openDirect(alice, bob);
  const phones = { alice: await phoneOf(alice), bob: await phoneOf(bob, 'android'), mallory: await phoneOf(mallory) };
  const carols = await phoneOf(carol);
  await say(alice, chat, 'Are you there?');
  await say(alice, chat, '', { message_type: 'IMAGE', media_url: 'https://example.org/a.jpg' });
  await say(alice, chat, 'c2VjcmV0', { is_encrypted: true });
  await shows(phones.bob, 'Alice: Are you there?', 'Alice: Photo', 'Alice: New message');

  const choir = await openGroup(alice, bob, carol);
  await say(bob, choir, 'Hello, choir');
  await shows(carols, 'Choir: Alice added you to the group.', 'Choir: Bob: Hello, choir');
  await shows(phones.alice, 'Choir: Bob: Hello, choir');
  expect(shownOn(phones.mallory)).toEqual([]);
});

test('who looks, mutes, blocks or switches off is left in peace', async () => {
  const { alice, bob, carol } = await cast(server, 'alice', 'bob', 'carol');
  const chat = await openDirect(alice, bob);
  const [bobs, carols] = [await phoneOf(bob), await phoneOf(carol)];
  const choir = await openGroup(alice, bob, carol);
  await shows(bobs, 'Choir: Alice added you to the group.');
  const known = shownOn(bobs);
  /** What of it comes to bob's phone; carol's phone tells that all has been dealt with. */
  const comes = async (...lines: string[]) => {
    known.push(...lines);
    counter += 1;
    await say(alice, choir, `mark ${counter}`);
    await vi.waitFor(() => expect(shownOn(carols).at(-1)).toBe(`Choir: Alice: mark ${counter}`), { timeout: 8_000 });
    known.push(...shownOn(bobs).filter((line) => line.includes(`mark ${counter}`)));
    expect(shownOn(bobs)).toEqual(known);
  };

  const ears = await bob.connect();
  await say(alice, chat, 'you hear this');
  await comes();
  ears.close();
  const isOnline = async () => (await ok(alice.call('GET', `/api/users/${bob.id}/status`))).is_online;
  await vi.waitFor(async () => expect(await isOnline()).toBe(false), { timeout: 8_000 });

  await ok(bob.call('PUT', `/api/conversations/${chat}/mute`));
  await say(alice, chat, 'muted');
  await comes();
  await ok(bob.call('PUT', `/api/conversations/${chat}/unmute`));

  await ok(bob.call('PUT', `/api/conversations/${chat}/archive`));
  await say(alice, chat, 'archived, and told');
  await comes('Alice: archived, and told');

  for (const off of ['enabled', 'message_notifications']) {
    await ok(bob.call('PUT', '/api/notifications/settings', { [off]: false }));
    await say(alice, chat, `${off} is off`);
    await comes();
    await ok(bob.call('PUT', '/api/notifications/settings', { [off]: true }));
  }
  await ok(bob.call('PUT', '/api/notifications/settings', { show_preview: false, group_notifications: false }));
  await say(alice, chat, 'not to be shown');
  await comes('Alice: New message');
  await ok(bob.call('PUT', '/api/notifications/settings', { show_preview: true, group_notifications: true }));

  await block(server, bob, alice);
  await comes();
});

test('a token moves with the phone, and a phone is quiet once its owner signed out', async () => {
  const { alice, bob, mallory } = await cast(server, 'alice', 'bob', 'mallory');
  const [withBob, withMallory] = [await openDirect(alice, bob), await openDirect(alice, mallory)];
  const end = await phoneOf(bob);
  await say(alice, withBob, 'to bob');
  await shows(end, 'Alice: to bob');
  await ok(mallory.call('POST', '/api/settings/notifications/register', { token: `token-${end}`, platform: 'ios' }));
  await ok(bob.call('DELETE', `/api/settings/notifications/unregister?token=token-${end}`));
  await say(alice, withBob, 'bob has no phone');
  await say(alice, withMallory, 'to mallory');
  await shows(end, 'Alice: to bob', 'Alice: to mallory');

  const other = await phoneOf(bob);
  await ok(mallory.call('POST', '/api/auth/logout'));
  await say(alice, withMallory, 'nobody here');
  await say(alice, withBob, 'bob again');
  await shows(other, 'Alice: bob again');
  expect(shownOn(end)).toEqual(['Alice: to bob', 'Alice: to mallory']);
});

test('the ledger holds outcomes and no words', async () => {
  const rows = await vi.waitFor(async () => {
    const found = await sql<Record<string, unknown>>`select * from deliveries where kind = 'new_message'`.execute(
      server.database.db,
    );
    expect(found.rows.filter((row) => row.state === 'waiting' || row.state === 'sending')).toEqual([]);
    return found.rows;
  });
  expect(rows.filter((row) => row.state === 'delivered').length).toBeGreaterThan(5);
  expect(JSON.stringify(rows)).not.toMatch(/there|choir|token-/i);
  await call(server, 'POST', '/api/auth/send-code', { body: { phone_number: '+4915112345678' } });
  await server.codeFor('+4915112345678');
  const codes = await vi.waitFor(async () => {
    const { db } = server.database;
    const found = await db
      .selectFrom('deliveries')
      .selectAll()
      .where('service', '=', 'sms')
      .orderBy('id', 'desc')
      .execute();
    expect(found[0]).toMatchObject({ adapter: 'console', state: 'delivered', attempts: 1, device_id: null });
    return found;
  });
  expect(JSON.stringify(codes)).not.toContain('4915112345678');
  const metrics = await server.app.inject('/metrics');
  expect(metrics.body).toMatch(/parlance_pushes_total\{adapter="console",outcome="delivered"\} \d+/);
});
