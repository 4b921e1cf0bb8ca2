// Web Push against a push service of our own, which checks who sends and decrypts what it is sent, as a browser would.

import { createDecipheriv, createECDH, createPublicKey, hkdfSync, randomBytes, type ECDH } from 'node:crypto';
import { jwtVerify } from 'jose';
import { expect, test } from 'vitest';
import { createWebPush, makeVapidKeys } from '../../../src/adapters/push/web-push.ts';
import type { PushDevice, PushNotification } from '../../../src/core/ports.ts';
import { nobody, startVendor, type Reply } from '../../support/vendor.ts';

const keys = makeVapidKeys();
const subject = 'mailto:operator@parlance.example';
const notification: PushNotification = {
  id: 'parlance-123456',
  title: 'Alice',
  body: 'こんにちは',
  data: { type: 'new_message' },
  sound: false,
  vibration: true,
};

interface Browser {
  pair: ECDH;
  auth: Buffer;
  device(endpoint: string): PushDevice;
}

function browser(): Browser {
  const pair = createECDH('prime256v1');
  pair.generateKeys();
  const auth = randomBytes(16);
  const own = { p256dh: pair.getPublicKey('base64url'), auth: auth.toString('base64url') };
  return { pair, auth, device: (address) => ({ service: 'browser', platform: 'web', address, keys: own }) };
}

/** RFC 8291 over RFC 8188, one record. */
function decrypt(body: Buffer, { pair, auth }: Browser): string {
  const salt = body.subarray(0, 16);
  const length = body[20]!;
  const theirs = body.subarray(21, 21 + length);
  const sealed = body.subarray(21 + length);
  const info = Buffer.concat([Buffer.from('WebPush: info\0'), pair.getPublicKey(), theirs]);
  const secret = Buffer.from(hkdfSync('sha256', pair.computeSecret(theirs), auth, info, 32));
  const key = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: aes128gcm\0', 16));
  const nonce = Buffer.from(hkdfSync('sha256', secret, salt, 'Content-Encoding: nonce\0', 12));
  const decipher = createDecipheriv('aes-128-gcm', key, nonce);
  decipher.setAuthTag(sealed.subarray(-16));
  const plain = Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()]);
  return plain.subarray(0, plain.lastIndexOf(2)).toString();
}

const open = (allowPrivate = true, patience = 2_000) => createWebPush({ keys, subject, allowPrivate, patience });

test('a browser can read it, and its service knows who sent it', async () => {
  const alice = browser();
  const service = await startVendor(() => ({ status: 201, headers: { location: '/message/1' } }));
  const outcome = await open().send(alice.device(`${service.url}/push/abc`), notification);
  expect(outcome).toEqual({ kind: 'delivered', vendorId: '/message/1' });
  const { headers, body, path } = service.calls[0]!;
  expect(path).toBe('/push/abc');
  expect(JSON.parse(decrypt(body, alice))).toEqual({
    title: 'Alice',
    body: 'こんにちは',
    data: { type: 'new_message' },
    tag: 'parlance-123456',
    silent: true,
    vibration: true,
  });
  expect(headers).toMatchObject({
    'content-encoding': 'aes128gcm',
    ttl: '86400',
    urgency: 'high',
    topic: 'parlance-123456',
  });
  const [, token, key] = /^vapid t=([\w.-]+), k=([\w-]+)$/.exec(headers.authorization!)!;
  expect(key).toBe(keys.publicKey);
  const point = Buffer.from(keys.publicKey, 'base64url');
  const jwk = {
    kty: 'EC',
    crv: 'P-256',
    x: point.subarray(1, 33).toString('base64url'),
    y: point.subarray(33).toString('base64url'),
  };
  const verified = await jwtVerify(token!, createPublicKey({ key: jwk, format: 'jwk' }), {
    algorithms: ['ES256'],
    audience: service.url,
  });
  expect(verified.payload.sub).toBe(subject);
});

test.each<[Reply, object]>([
  [{ status: 200 }, { kind: 'delivered' }],
  [{ status: 404 }, { kind: 'gone', reason: '404' }],
  [{ status: 410 }, { kind: 'gone', reason: '410' }],
  [
    { status: 429, headers: { 'retry-after': '9' } },
    { kind: 'later', retryAfter: 9 },
  ],
  [{ status: 500 }, { kind: 'later', reason: '500' }],
  [
    { status: 503, headers: { 'retry-after': new Date(Date.now() + 60_000).toUTCString() } },
    { kind: 'later', retryAfter: expect.any(Number) },
  ],
  [{ status: 400 }, { kind: 'refused' }],
  [{ status: 401 }, { kind: 'refused' }],
  [{ status: 413 }, { kind: 'refused' }],
  [
    { status: 307, headers: { location: 'http://127.0.0.1:1/elsewhere' } },
    { kind: 'refused', reason: '307' },
  ],
  ['cut', { kind: 'unsure' }],
  ['hang', { kind: 'unsure', reason: 'no answer in time' }],
])('%j is understood', async (reply, outcome) => {
  const service = await startVendor(() => reply);
  expect(await open(true, 500).send(browser().device(`${service.url}/x`), notification)).toMatchObject(outcome);
  expect(service.calls).toHaveLength(1);
});

test('where nobody listens nothing was sent', async () => {
  expect(await open().send(browser().device(`${await nobody()}/x`), notification)).toEqual({
    kind: 'later',
    reason: 'ECONNREFUSED',
  });
});

test.each([
  'http://push.example.org/x',
  'https://127.0.0.1/x',
  'https://127.1/x',
  'https://2130706433/x',
  'https://0x7f000001/x',
  'https://10.1.2.3/x',
  'https://169.254.169.254/latest/meta-data',
  'https://192.168.0.1/x',
  'https://172.20.0.1/x',
  'https://100.64.0.1/x',
  'https://0.0.0.0/x',
  'https://[::1]/x',
  'https://[::]/x',
  'https://[::ffff:127.0.0.1]/x',
  'https://[::ffff:10.0.0.1]/x',
  'https://[fd00::1]/x',
  'https://[fe80::1]/x',
  'https://[64:ff9b::7f00:1]/x',
  'https://localhost/x',
  'https://user:password@push.example.org/x',
  'file:///etc/passwd',
  'not an address',
])('%s is nowhere to send to', async (endpoint) => {
  const outcome = await open(false).send(browser().device(endpoint), notification);
  expect(outcome.kind).toBe('gone');
  expect(JSON.stringify(outcome)).not.toContain('127');
});

test('keys that are none are those of nobody', async () => {
  const service = await startVendor(() => ({ status: 201 }));
  for (const theirs of [
    null,
    { p256dh: 'AAAA', auth: 'AAAA' },
    { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: 'AAAAAAAAAAAAAAAAAAAAAA' },
  ]) {
    const device = { ...browser().device(`${service.url}/x`), keys: theirs };
    expect(await open().send(device, notification)).toMatchObject({ kind: 'gone' });
  }
  expect(service.calls).toEqual([]);
});
