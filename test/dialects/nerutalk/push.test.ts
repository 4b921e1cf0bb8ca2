// NeruTalk's pushes over a Google of the test's own: who may send, what arrives, what is answered (contract, 6.5 and 8.2).

import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, makeGroup, no, ok, openPrivate, register, send, type Neru } from './people.ts';

interface Pushed {
  token: string;
  notification: { title: string; body: string; image?: string };
  data: Record<string, string>;
  android: { priority: string; ttl: string; notification: Record<string, unknown> };
  apns: { headers: Record<string, string>; payload: { aps: Record<string, unknown> } };
}

let google: Server;
let folder: string;
let server: TestServer;
let counter = 0;
/** What Google was handed. Tokens that begin with `gone` are unknown to it. */
const pushed: Pushed[] = [];

beforeAll(async () => {
  google = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('content-type', 'application/json');
      if (request.url === '/token') return response.end(JSON.stringify({ access_token: 'a', expires_in: 3_600 }));
      const { message } = JSON.parse(Buffer.concat(chunks).toString()) as { message: Pushed };
      if (!message.token.startsWith('gone')) {
        pushed.push(message);
        return response.end(JSON.stringify({ name: `projects/test/messages/${pushed.length}` }));
      }
      const details = [{ errorCode: 'UNREGISTERED' }];
      return response.writeHead(404).end(JSON.stringify({ error: { status: 'NOT_FOUND', details } }));
    });
  });
  await new Promise<void>((done) => google.listen(0, '127.0.0.1', done));
  const url = `http://127.0.0.1:${(google.address() as AddressInfo).port}`;
  folder = mkdtempSync(join(tmpdir(), 'parlance-push-'));
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const account = {
    project_id: 'test',
    private_key_id: 'key',
    private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
    client_email: 'push@parlance.example',
    token_uri: `${url}/token`,
  };
  writeFileSync(join(folder, 'account.json'), JSON.stringify(account));
  server = await startTestServer({
    FCM_CREDENTIALS_FILE: join(folder, 'account.json'),
    FCM_BASE_URL: url,
    ADMIN_EMAILS: 'Root@Example.org, other@example.org',
  });
});
afterAll(async () => {
  await server.close();
  google.close();
  rmSync(folder, { recursive: true });
});

const base = '/push-notifications';
const words = { title: 'News', body: 'We are moving', notification_type: 'system' };

async function phone(who: Neru, headers?: Record<string, string>, token = `phone-${(counter += 1)}`): Promise<string> {
  await ok(who.call('POST', `${base}/device-tokens`, { token, device_type: 'ios' }, headers));
  return token;
}

const at = (token: string) => pushed.filter((one) => one.token === token);
/** What a phone was told, once it is so much. */
async function told(token: string, many = 1): Promise<Pushed[]> {
  await vi.waitFor(() => expect(at(token)).toHaveLength(many), { timeout: 10_000, interval: 50 });
  return at(token);
}

async function cast<Name extends string>(...names: Name[]): Promise<Record<Name, Neru>> {
  counter += 1;
  const people: Partial<Record<Name, Neru>> = {};
  for (const name of names) people[name] = await register(server, `${name}_${counter}`, { display_name: name });
  return people as Record<Name, Neru>;
}

let admin: Promise<Neru> | undefined;
const root = () => (admin ??= register(server, 'root'));

describe('sending', () => {
  it('reaches the devices of people one shares a chat with, and says what became of it', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    await openPrivate(alice, bob);
    const token = await phone(bob);
    const answer = await ok(
      alice.call('POST', `${base}/send`, {
        ...words,
        user_ids: [bob.id],
        category: 'chat',
        data: { sender_id: 'somebody else', type: 'call', order: 7, list: [1] },
        image_url: 'https://example.org/a.png',
      }),
    );
    const [one] = answer.notifications;
    expect(answer).toEqual({
      success_count: 1,
      failure_count: 0,
      message: 'Notification sent',
      notifications: [
        {
          id: expect.any(Number),
          user_id: bob.id,
          title: 'News',
          body: 'We are moving',
          notification_type: 'system',
          type: 'system',
          category: 'chat',
          data: { sender_id: 'somebody else', type: 'call', order: 7, list: [1] },
          is_sent: true,
          status: 'sent',
          priority: 'normal',
          recipient_user_ids: [bob.id],
          fcm_message_id: expect.stringMatching(/^projects\/test\/messages\/\d+$/),
          error_message: null,
          device_token_id: expect.any(Number),
          is_delivered: true,
          is_read: false,
          created_at: expect.stringMatching(/Z$/),
          sent_at: expect.stringMatching(/Z$/),
          scheduled_at: null,
          delivered_at: one.sent_at,
          read_at: null,
        },
      ],
    });
    // Whose it is, the server says.
    expect(at(token)).toMatchObject([
      {
        notification: { title: 'News', body: 'We are moving', image: 'https://example.org/a.png' },
        data: { type: 'system', notification_type: 'system', sender_id: alice.id, order: '7', list: '[1]' },
        android: { priority: 'normal', notification: { click_action: 'FLUTTER_NOTIFICATION_CLICK', sound: 'default' } },
        apns: { payload: { aps: { sound: 'default', badge: 1 } } },
      },
    ]);
  });

  it('without anybody named is to oneself, and without devices to nobody', async () => {
    const { alice } = await cast('alice');
    const toMyself = () => ok(alice.call('POST', `${base}/send`, { ...words, recipient_user_ids: [] }));
    expect(await toMyself()).toMatchObject({ success_count: 0, failure_count: 0, notifications: [] });
    await phone(alice);
    expect(await toMyself()).toMatchObject({ success_count: 1, notifications: [{ user_id: alice.id }] });
  });

  it('counts what Google does not take, and lets the device go', async () => {
    const { alice } = await cast('alice');
    await phone(alice, undefined, `gone-${alice.id}`);
    const kept = await phone(alice);
    const answer = await ok(alice.call('POST', `${base}/send`, { ...words, user_ids: [alice.id] }));
    expect(answer).toMatchObject({ success_count: 1, failure_count: 1, notifications: [{ is_sent: true }] });
    const devices = await ok(alice.call('GET', `${base}/device-tokens`));
    expect(devices.map((device: { token: string }) => device.token)).toEqual([kept]);

    const { bob } = await cast('bob');
    await phone(bob, undefined, `gone-${bob.id}`);
    expect(await ok(bob.call('POST', `${base}/send`, { ...words, user_ids: [] }))).toMatchObject({
      success_count: 0,
      failure_count: 1,
      notifications: [{ is_sent: false, status: 'failed', error_message: '404 UNREGISTERED', fcm_message_id: null }],
    });
  });

  it('is not to strangers, the blocked, or in the name of the server', async () => {
    const { alice, bob, mallory } = await cast('alice', 'bob', 'mallory');
    await openPrivate(alice, bob);
    const token = await phone(bob);
    const stranger = 'You share no chat with one of these people';
    const to = (who: Neru, ...user_ids: string[]) => no(who.call('POST', `${base}/send`, { ...words, user_ids }));
    expect(await to(mallory, bob.id)).toEqual([403, stranger]);
    expect(await to(alice, bob.id, mallory.id)).toEqual([403, stranger]);
    await ok(bob.call('POST', '/settings/privacy/block', { user_id: alice.id }));
    expect(await to(alice, bob.id)).toEqual([403, stranger]);
    for (const path of [`${base}/broadcast`, '/notifications/message', '/notifications/call']) {
      const answer = await no(mallory.call('POST', path, { ...words, user_ids: [bob.id], sender_name: 'x' }));
      expect(answer, path).toEqual([403, 'You are not allowed to do this']);
    }
    for (const [method, path] of [
      ['GET', '/notifications/stats/admin'],
      ['POST', '/admin/cleanup?days=30'],
    ] as const) {
      expect(await no(mallory.call(method, path))).toEqual([403, 'You are not allowed to do this']);
      expect((await call(server, method, `${api}${path}`)).status).toBe(401);
    }
    expect(at(token)).toEqual([]);
  });

  it.each([
    [{ ...words }, 'user_ids'],
    [{ ...words, user_ids: ['7'] }, 'user_ids'],
    [{ ...words, user_ids: [], title: '' }, 'title'],
    [{ ...words, user_ids: [], title: 'x'.repeat(256) }, 'title'],
    [{ ...words, user_ids: [], title: 'a\u0000' }, 'title'],
    [{ ...words, user_ids: [], body: undefined }, 'body'],
    [{ ...words, user_ids: [], notification_type: undefined }, 'notification_type'],
    [{ ...words, user_ids: [], notification_type: 'x'.repeat(51) }, 'notification_type'],
    [{ ...words, user_ids: [], data: 'text' }, 'data'],
    [{ ...words, user_ids: [], data: { long: 'x'.repeat(4_000) } }, 'data'],
    [{ ...words, user_ids: [], device_types: ['pager'] }, 'device_types'],
    [{ ...words, user_ids: [], image_url: 'file:///etc/passwd' }, 'image_url'],
    [{ ...words, user_ids: [], scheduled_at: 'soon' }, 'scheduled_at'],
    [{ ...words, user_ids: [], scheduled_at: '2999-01-01T00:00:00Z' }, 'scheduled_at'],
    [{ ...words, user_ids: [], priority: 'shouting' }, 'priority'],
  ])('of %j is not understood', async (body, field) => {
    const { mallory } = await cast('mallory');
    const { status, body: answer } = await mallory.call('POST', `${base}/send`, body);
    expect(status, JSON.stringify(answer)).toBe(422);
    expect(answer.detail[0].loc).toContain(field);
  });

  it('twice with one key is once', async () => {
    const { alice } = await cast('alice');
    const token = await phone(alice);
    const once = () =>
      ok(alice.call('POST', `${base}/send`, { ...words, user_ids: [] }, { 'idempotency-key': `push-${alice.id}` }));
    const first = await once();
    expect(await once()).toEqual(first);
    expect(at(token)).toHaveLength(1);
  });
});

describe('administrators', () => {
  it('speak to everybody, and see how far it has come', async () => {
    const { alice, bob, mallory } = await cast('alice', 'bob', 'mallory');
    const phones = [await phone(alice), await phone(bob)];
    const answer = await ok(
      (await root()).call('POST', `${base}/broadcast`, { ...words, title: `To all ${alice.id}` }),
    );
    expect(answer.success_count).toBeGreaterThanOrEqual(2);
    for (const token of phones) {
      const [one] = await told(token);
      expect(one!.notification.title).toBe(`To all ${alice.id}`);
      expect(one!.data).not.toHaveProperty('sender_id');
    }
    const path = `${base}/broadcasts/${answer.broadcast_id}`;
    expect(await ok((await root()).call('GET', path))).toMatchObject({
      id: answer.broadcast_id,
      status: 'sent',
      progress: 100,
      pending_count: 0,
      success_count: answer.success_count,
    });
    expect(await no(mallory.call('GET', path))).toEqual([404, 'Not found']);
    expect((await no(mallory.call('GET', `${base}/broadcasts/x`)))[0]).toBe(422);
  });

  it('send to anybody, in each one’s own language', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    const phones = [await phone(alice, { 'x-language': 'id' }), await phone(bob, { 'x-language': 'cn' })];
    await ok(bob.call('PUT', '/settings/app', { language: 'ko' }));
    const user_ids = [alice.id, bob.id];
    const sent = await ok(
      (await root()).call('POST', '/notifications/message', { user_ids, chat_id: 7, sender_name: 'Ann' }),
    );
    expect(sent.notifications).toHaveLength(2);
    expect((await told(phones[0]!))[0]).toMatchObject({
      notification: { title: 'Pesan baru dari Ann' },
      data: { type: 'message', chat_id: '7', sender_name: 'Ann' },
    });
    expect((await told(phones[1]!))[0]!.notification.title).toBe('Ann님의 새 메시지');
    await ok(
      (await root()).call('POST', '/notifications/call', { user_ids: [alice.id], caller_name: 'Ann', call_id: 9 }),
    );
    const action = { action: 'geofence_entry', geofence_name: 'home' };
    await ok((await root()).call('POST', '/notifications/system', { user_ids: [alice.id], ...action }));
    expect((await told(phones[0]!, 3)).map(({ notification, data }) => [notification.body, data.type])).toEqual([
      [expect.any(String), 'message'],
      ['Ann memanggil', 'call'],
      ['Tiba di home', 'system'],
    ]);
    const unknown = { user_ids: [alice.id], action: 'something', title: 'Only a title' };
    expect((await no((await root()).call('POST', '/notifications/system', unknown)))[0]).toBe(422);
  });

  it('are made by ADMIN_EMAILS, whatever the case, and nobody else is', async () => {
    const { mallory } = await cast('mallory');
    expect((await (await root()).call('GET', '/notifications/stats/admin')).status).toBe(200);
    expect((await mallory.call('GET', '/notifications/stats/admin')).status).toBe(403);
  });

  it('tidy up', async () => {
    const answer = await ok((await root()).call('POST', '/admin/cleanup?days=30'));
    expect(answer).toEqual({ message: 'Deleted', deleted_records: 0 });
    expect((await no((await root()).call('POST', '/admin/cleanup?days=29')))[0]).toBe(422);
  });
});

describe('what happens while one is away', () => {
  it('is a message, with what the app needs to open it', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    const chat = await openPrivate(alice, bob);
    const token = await phone(bob, { 'x-language': 'jp' });
    const message = await send(alice, chat.id, 'Hello, Bob');
    const [one] = await told(token);
    expect(one).toMatchObject({
      notification: { title: 'alice', body: 'Hello, Bob' },
      android: { priority: 'high', ttl: '86400s', notification: { click_action: 'FLUTTER_NOTIFICATION_CLICK' } },
      apns: { payload: { aps: { sound: 'default', badge: 1 } } },
    });
    expect(one!.data).toEqual({
      type: 'message',
      notification_type: 'message',
      chat_id: String(chat.id),
      message_id: String(message.id),
      sender_id: alice.id,
      sender_name: 'alice',
      sender_avatar: '',
      chat_name: '',
      deep_link: 'nerutalk://chat',
    });
    await send(alice, chat.id, '', { message_type: 'image', file_url: 'https://example.org/a.png' });
    expect((await told(token, 2))[1]!.notification.body).toBe('写真');
  });

  it('is being added to a group', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    const token = await phone(bob);
    const group = await makeGroup(alice, 'Choir', bob);
    expect((await told(token))[0]).toMatchObject({
      notification: { title: 'Choir', body: 'You were added to this group' },
      data: { type: 'system', action: 'group_invite', resource_id: String(group.id), resource_type: 'chat' },
    });
  });

  it('is a call, which is urgent and soon over, and that it was missed', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    const token = await phone(bob);
    const initiated = await ok(alice.call('POST', '/video-calls/initiate', { callee_id: bob.id }));
    const [ringing] = await told(token);
    expect(ringing).toMatchObject({
      notification: { title: 'Incoming call', body: 'alice is calling' },
      android: { priority: 'high' },
      data: {
        type: 'call',
        action: 'incoming_call',
        call_id: String(initiated.id),
        caller_id: alice.id,
        caller_name: 'alice',
        call_type: 'video',
        channel_name: initiated.channel_name,
      },
    });
    const seconds = Number.parseInt(ringing!.android.ttl, 10);
    expect(seconds).toBeGreaterThan(0);
    expect(seconds).toBeLessThanOrEqual(60);
    expect(Number(ringing!.apns.headers['apns-expiration']) - Date.now() / 1_000).toBeLessThanOrEqual(61);
    await ok(alice.call('POST', `/video-calls/${initiated.id}/end`, {}));
    expect((await told(token, 2))[1]).toMatchObject({
      notification: { title: 'Missed call', body: 'alice called you' },
      data: { type: 'call', action: 'missed_call', call_id: String(initiated.id) },
    });
  });

  it('is a share and a fence, and never where somebody is', async () => {
    const { alice, bob, mallory } = await cast('alice', 'bob', 'mallory');
    const [alices, bobs, mallorys] = [await phone(alice), await phone(bob), await phone(mallory)];
    const home = { latitude: 52.520123, longitude: 13.405456 };
    const share = await ok(alice.call('POST', '/location/shares', { target_user_id: bob.id }));
    const drawn = { center_latitude: home.latitude, center_longitude: home.longitude, radius_meters: 100 };
    const fence = await ok(alice.call('POST', '/location/geofences', { name: 'home', ...drawn }));
    await ok(alice.call('POST', '/location/update', home));
    await ok(alice.call('DELETE', `/location/shares/${share.id}`));
    expect((await told(alices))[0]).toMatchObject({
      notification: { title: 'Location', body: 'Arrived at home' },
      data: { type: 'system', action: 'geofence_entry', resource_id: String(fence.id), resource_type: 'geofence' },
    });
    // The share may be over before it is told of; its end is told in any case.
    await vi.waitFor(() => expect(at(bobs).map(({ data }) => data.action)).toContain('location_share_ended'), 10_000);
    for (const one of at(bobs)) expect(one.data).toMatchObject({ type: 'system', resource_id: String(share.id) });
    for (const one of [...at(alices), ...at(bobs)]) expect(JSON.stringify(one)).not.toMatch(/52\.52|13\.40/);
    expect(at(mallorys)).toEqual([]);
  });

  it('is nothing to who switched it off', async () => {
    const { alice, bob } = await cast('alice', 'bob');
    const chat = await openPrivate(alice, bob);
    const [quiet, loud] = [await phone(bob), await phone(alice)];
    await ok(bob.call('PUT', '/settings/app', { enable_notifications: false }));
    expect(await ok(bob.call('GET', '/settings/app'))).toMatchObject({ enable_notifications: false });
    await send(alice, chat.id, 'Are you there?');
    await ok(alice.call('POST', '/video-calls/initiate', { callee_id: bob.id }));
    await send(bob, chat.id, 'No');
    await told(loud);
    expect(at(quiet)).toEqual([]);
  });
});

it('the statistics are numbers, and one’s own', async () => {
  const { alice, bob } = await cast('alice', 'bob');
  await openPrivate(alice, bob);
  const none = await ok(alice.call('GET', `${base}/stats`));
  expect(none).toEqual({
    total_sent: 0,
    total_delivered: 0,
    total_read: 0,
    total_failed: 0,
    delivery_rate: 0,
    read_rate: 0,
    device_breakdown: { ios: 0, android: 0, web: 0 },
    notification_type_breakdown: {},
    total: 0,
    total_recipients: 0,
    delivered: 0,
    failed: 0,
    clicked: 0,
    click_rate: 0,
    platform_breakdown: { ios: 0, android: 0, web: 0 },
  });
  await phone(bob);
  await phone(bob);
  await phone(bob, undefined, `gone-${bob.id}`);
  await ok(alice.call('POST', `${base}/send`, { ...words, user_ids: [bob.id] }));
  expect(await ok(bob.call('GET', `${base}/stats?days=7`))).toMatchObject({
    total_sent: 3,
    total_delivered: 2,
    total_failed: 1,
    delivery_rate: 66.67,
    read_rate: 0,
    device_breakdown: { ios: 3, android: 0, web: 0 },
    notification_type_breakdown: { system: 3 },
    total_recipients: 1,
  });
  expect(await ok(alice.call('GET', `${base}/stats`))).toMatchObject({ total: 0 });
  for (const days of ['0', '366', 'x']) {
    expect((await no(alice.call('GET', `${base}/stats?days=${days}`)))[0]).toBe(422);
  }
});
