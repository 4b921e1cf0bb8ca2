// FCM against a Google of our own, which checks every signature and fails in every way that Google documents.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportPKCS8, generateKeyPair, jwtVerify } from 'jose';
import { beforeAll, describe, expect, onTestFinished, test, vi } from 'vitest';
import { createFcm, readServiceAccount, type ServiceAccount } from '../../../src/adapters/push/fcm.ts';
import type { PushDevice, PushNotification } from '../../../src/core/ports.ts';
import { nobody, startVendor, type Call, type Reply } from '../../support/vendor.ts';

const device: PushDevice = { service: 'app', platform: 'android', address: 'phone-token', keys: null };
const notification: PushNotification = {
  id: 'parlance-7',
  title: 'Alice',
  body: 'Hello',
  data: { type: 'new_message', is_group: 'false' },
  sound: true,
  vibration: true,
};

let publicKey: Awaited<ReturnType<typeof generateKeyPair>>['publicKey'];
let privateKey: string;

beforeAll(async () => {
  const pair = await generateKeyPair('RS256', { extractable: true });
  publicKey = pair.publicKey;
  privateKey = await exportPKCS8(pair.privateKey);
});

interface Google {
  url: string;
  account: ServiceAccount;
  sends: Call[];
  tokensGiven: number;
}

/** Gives a token to who signs rightly, and takes messages with the latest one. */
async function google(
  answer: (nth: number) => Reply,
  tokens: { reply?: Reply; expiresIn?: number } = {},
): Promise<Google> {
  const sends: Call[] = [];
  const state = { tokensGiven: 0 };
  const vendor = await startVendor(async (call) => {
    if (call.path === '/token') {
      if (tokens.reply) return tokens.reply;
      const form = new URLSearchParams(call.body.toString());
      expect(form.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer');
      const { payload, protectedHeader } = await jwtVerify(form.get('assertion')!, publicKey, {
        algorithms: ['RS256'],
        issuer: 'push@parlance.example',
        audience: `${vendor.url}/token`,
      });
      expect(protectedHeader.kid).toBe('key-1');
      expect(payload.scope).toBe('https://www.googleapis.com/auth/firebase.messaging');
      expect(payload.exp! - payload.iat!).toBe(3_600);
      state.tokensGiven += 1;
      const { expiresIn = 3_600 } = tokens;
      return {
        status: 200,
        body: { access_token: `access-${state.tokensGiven}`, expires_in: expiresIn, token_type: 'Bearer' },
      };
    }
    sends.push(call);
    if (call.headers.authorization !== `Bearer access-${state.tokensGiven}`) return error(401, 'UNAUTHENTICATED');
    return answer(sends.length);
  });
  const account = {
    project_id: 'parlance-test',
    private_key_id: 'key-1',
    private_key: privateKey,
    client_email: 'push@parlance.example',
    token_uri: `${vendor.url}/token`,
  };
  return Object.assign(state, { url: vendor.url, account, sends });
}

const taken: Reply = { status: 200, body: { name: 'projects/parlance-test/messages/1' } };

function error(status: number, code: string, errorCode?: string, headers?: Record<string, string>): Reply {
  const details = errorCode ? [{ '@type': 'type.googleapis.com/google.firebase.fcm.v1.FcmError', errorCode }] : [];
  const body = { error: { code: status, message: 'phone-token is not well', status: code, details } };
  return { status, body, ...(headers && { headers }) };
}

const open = ({ url, account }: Pick<Google, 'url' | 'account'>, patience = 2_000) =>
  createFcm({ account, projectId: account.project_id, baseUrl: `${url}/`, patience });

test('a notification arrives as Google documents it, and the access token is asked for once', async () => {
  const fake = await google(() => taken);
  const fcm = open(fake);
  const outcomes = await Promise.all([1, 2, 3].map(() => fcm.send(device, notification)));
  const delivered = { kind: 'delivered', vendorId: 'projects/parlance-test/messages/1' };
  expect(outcomes).toEqual([delivered, delivered, delivered]);
  expect(fake.tokensGiven).toBe(1);
  expect(fake.sends[0]!.path).toBe('/v1/projects/parlance-test/messages:send');
  expect(JSON.parse(fake.sends[0]!.body.toString())).toEqual({
    message: {
      token: 'phone-token',
      notification: { title: 'Alice', body: 'Hello' },
      data: { type: 'new_message', is_group: 'false' },
      android: { priority: 'high', ttl: '86400s', notification: { tag: 'parlance-7', sound: 'default' } },
      apns: { headers: { 'apns-collapse-id': 'parlance-7' }, payload: { aps: { sound: 'default' } } },
    },
  });
});

test('what is soon over is kept no longer, what can wait wakes nobody, and names that Google keeps stay at home', async () => {
  const fake = await google(() => taken);
  const fcm = open(fake);
  const data = { chat_id: '7', from: 'x', message_type: 'text', 'google.x': 'y', 'gcm.z': 'y', fromage: 'brie' };
  await fcm.send(device, { ...notification, data, lifetime: 42, imageUrl: 'https://example.org/a.png' });
  await fcm.send(device, { ...notification, urgency: 'low' });
  const [soon, idle] = fake.sends.map(({ body }) => JSON.parse(body.toString()).message);
  expect(soon.data).toEqual({ chat_id: '7', fromage: 'brie' });
  expect(soon.notification.image).toBe('https://example.org/a.png');
  expect(soon.android).toMatchObject({ priority: 'high', ttl: '42s' });
  const left = Number(soon.apns.headers['apns-expiration']) - Date.now() / 1_000;
  expect(left).toBeGreaterThan(30);
  expect(left).toBeLessThanOrEqual(43);
  expect(idle.android).toMatchObject({ priority: 'normal', ttl: '86400s' });
  expect(idle.apns.headers).toEqual({ 'apns-collapse-id': 'parlance-7', 'apns-priority': '5' });
});

test('what the recipient switched off, and what a dialect adds, is in it', async () => {
  const fake = await google(() => taken);
  await open(fake).send(device, { ...notification, sound: false, vibration: false, clickAction: 'OPEN', badge: 1 });
  const { android, apns } = JSON.parse(fake.sends[0]!.body.toString()).message;
  expect(android.notification).toEqual({ tag: 'parlance-7', default_vibrate_timings: false, click_action: 'OPEN' });
  expect(apns.payload.aps).toEqual({ badge: 1 });
});

test('a token is asked for anew a minute before it expires, and when Google takes it no more', async () => {
  const short = await google(() => taken, { expiresIn: 60 });
  const fcm = open(short);
  await fcm.send(device, notification);
  await fcm.send(device, notification);
  expect(short.tokensGiven).toBe(2);

  const revoked = await google((nth) => (nth === 2 ? error(401, 'UNAUTHENTICATED') : taken));
  const again = open(revoked);
  expect(await again.send(device, notification)).toMatchObject({ kind: 'delivered' });
  expect(await again.send(device, notification)).toMatchObject({ kind: 'delivered' });
  expect(revoked.tokensGiven).toBe(2);
  expect(revoked.sends).toHaveLength(3);
});

test.each<[string, Reply, object]>([
  ['an app that was removed', error(404, 'NOT_FOUND', 'UNREGISTERED'), { kind: 'gone', reason: '404 UNREGISTERED' }],
  ['an entity that is not found', error(404, 'NOT_FOUND'), { kind: 'gone', reason: '404 NOT_FOUND' }],
  ['an address of the service that is wrong', { status: 404, body: '<html>' }, { kind: 'refused', reason: '404' }],
  ['a token of another project', error(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), { kind: 'gone' }],
  [
    'a token that is none',
    {
      status: 400,
      body: {
        error: {
          status: 'INVALID_ARGUMENT',
          details: [{ fieldViolations: [{ field: 'message.token', description: 'x' }] }],
        },
      },
    },
    { kind: 'gone' },
  ],
  ['a message that is wrong', error(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'), { kind: 'refused' }],
  ['an APNs key that is wrong', error(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'), { kind: 'refused' }],
  ['no right to the project', error(403, 'PERMISSION_DENIED'), { kind: 'later' }],
  [
    'too many',
    error(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', { 'retry-after': '7' }),
    { kind: 'later', retryAfter: 7 },
  ],
  ['an internal error', error(500, 'INTERNAL', 'INTERNAL'), { kind: 'later', reason: '500 INTERNAL' }],
  ['an overload', error(503, 'UNAVAILABLE', 'UNAVAILABLE'), { kind: 'later', reason: '503 UNAVAILABLE' }],
  ['an overload that speaks HTML', { status: 502, body: '<html>' }, { kind: 'later', reason: '502' }],
  ['an answer that is no JSON', { status: 200, body: 'fine' }, { kind: 'delivered', vendorId: null }],
  ['errors that are nonsense', { status: 400, body: { error: { details: [null, 7] } } }, { kind: 'refused' }],
  ['a connection cut after the message was taken', 'cut', { kind: 'unsure' }],
  ['no answer', 'hang', { kind: 'unsure', reason: 'no answer in time' }],
])('%s is understood', async (_what, reply, outcome) => {
  const fake = await google(() => reply);
  const found = await open(fake, 500).send(device, notification);
  expect(found).toMatchObject(outcome);
  expect(JSON.stringify(found)).not.toContain('phone-token');
});

test('when Google asks to wait, nobody asks it before', async () => {
  vi.useFakeTimers({ toFake: ['Date'] });
  onTestFinished(() => void vi.useRealTimers());
  const fake = await google((nth) =>
    nth === 1 ? error(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED', { 'retry-after': '30' }) : taken,
  );
  const fcm = open(fake);
  await fcm.send(device, notification);
  vi.setSystemTime(Date.now() + 20_000);
  expect(await fcm.send(device, notification)).toEqual({ kind: 'later', reason: 'FCM asked to wait', retryAfter: 10 });
  expect(fake.sends).toHaveLength(1);
  vi.setSystemTime(Date.now() + 11_000);
  expect(await fcm.send(device, notification)).toMatchObject({ kind: 'delivered' });
});

describe('without an access token nothing is sent, and it is tried again later', () => {
  test.each<[string, Reply]>([
    ['refused', { status: 400, body: { error: 'invalid_grant' } }],
    ['failing', { status: 500 }],
    ['cut', 'cut'],
    ['silent', 'hang'],
    ['nonsense', { status: 200, body: 'x' }],
  ])('%s', async (_how, reply) => {
    const fake = await google(() => taken, { reply });
    expect(await open(fake, 300).send(device, notification)).toMatchObject({ kind: 'later' });
    expect(fake.sends).toEqual([]);
  });

  test('with a key that is none, or where nobody listens', async () => {
    const fake = await google(() => taken);
    expect(
      await open({ ...fake, account: { ...fake.account, private_key: 'x' } }).send(device, notification),
    ).toMatchObject({ kind: 'later' });
    expect(await open({ ...fake, url: await nobody() }).send(device, notification)).toEqual({
      kind: 'later',
      reason: 'ECONNREFUSED',
    });
  });
});

test('a service account’s file is read, and what is wrong with one is said without its content', () => {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-fcm-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'account.json');
  expect(() => readServiceAccount(path)).toThrow(`${path} does not exist.`);
  writeFileSync(path, 'secret text');
  expect(() => readServiceAccount(path)).toThrow(/is not a readable JSON file\.$/);
  writeFileSync(path, JSON.stringify({ project_id: 'p', private_key: 'secret', client_email: '' }));
  expect(() => readServiceAccount(path)).toThrow(/lacks private_key_id, client_email, token_uri\.$/);
});
