// From a message to a phone: the follower, the ledger, FCM and Web Push, all of it, with services that fail.

import { setTimeout as sleep } from 'node:timers/promises';
import { exportPKCS8, generateKeyPair } from 'jose';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { createFcm } from '../../src/adapters/push/fcm.ts';
import type { Member } from '../../src/core/context.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import type { Push, PushDevice, PushNotification, PushOutcome } from '../../src/core/ports.ts';
import { startPusher, type Pusher } from '../../src/jobs/pusher.ts';
import { openStage, type Stage } from '../core/notifications/stage.ts';
import { startVendor, type Reply } from '../support/vendor.ts';

let stage: Stage;
let pusher: Pusher | undefined;
let alice: Member;
const warn = vi.fn();

beforeAll(async () => {
  stage = await openStage(process.env.TEST_DATABASE === 'postgresql' ? 'postgresql' : 'embedded');
  alice = await stage.person('alice');
});
afterAll(() => stage.close());
afterEach(async () => {
  await pusher?.close();
  pusher = undefined;
  await stage.told();
});

/** Somebody with a phone, and their chat with Alice. */
async function friend(token: string, platform: 'ios' | 'web' = 'ios'): Promise<ConversationId> {
  const person = await stage.person('friend');
  await stage.phone(person, token, platform);
  return stage.direct(alice, person);
}

function start(send: Push['send'], more: { concurrency?: number } = {}): void {
  pusher = startPusher({
    messenger: stage.messenger,
    push: { adapters: { app: 'test', browser: 'test' }, browserKey: null, send },
    wordings: {
      urge: (notice) => ({
        title: notice.kind === 'fence_crossed' ? '' : (notice.by?.name ?? ''),
        body: notice.kind === 'new_message' ? (notice.text ?? '') : '',
        data: {},
      }),
    },
    log: { warn },
    interval: 50,
    firstWait: 0.05,
    ...more,
  });
}

const states = async () => (await stage.ledger()).map((line) => line.state).filter((state) => state !== 'delivered');

test('through every way in which FCM fails, each message arrives once, or nobody knows', async () => {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true });
  const failing: Reply[] = [
    { status: 500 },
    { status: 503 },
    { status: 401 },
    { status: 429 },
    { status: 502, body: '<html>' },
  ];
  const taken: string[] = [];
  let sends = 0;
  const vendor = await startVendor(({ path, body }) => {
    if (path === '/token') return { status: 200, body: { access_token: `t${Math.random()}`, expires_in: 3_600 } };
    const { message } = JSON.parse(body.toString());
    sends += 1;
    if (message.notification.body === 'cut') {
      taken.push(message.notification.body);
      return 'cut';
    }
    if (message.token === 'removed-app')
      return { status: 404, body: { error: { status: 'NOT_FOUND', details: [{ errorCode: 'UNREGISTERED' }] } } };
    // Every other attempt fails, in turn in every way.
    const failure = sends % 2 === 1 ? failing[(sends >> 1) % failing.length] : undefined;
    if (failure) return failure;
    taken.push(message.notification.body);
    return { status: 200, body: { name: `m${sends}` } };
  });
  const account = {
    project_id: 'p',
    private_key_id: 'k',
    private_key: await exportPKCS8(privateKey),
    client_email: 'a@b.example',
    token_uri: `${vendor.url}/token`,
  };
  const chats = await Promise.all([1, 2, 3].map((n) => friend(`fcm-${n}-${Math.random()}`)));
  const removed = await friend('removed-app');
  await stage.plan();
  start(createFcm({ account, projectId: 'p', baseUrl: vendor.url }).send);
  const said: string[] = [];
  for (let n = 0; n < 5; n += 1) {
    for (const [index, chat] of chats.entries()) {
      said.push(`${index} ${n}`);
      await stage.say(alice, chat, said.at(-1));
    }
  }
  await stage.say(alice, chats[0]!, 'cut');
  await stage.say(alice, removed, 'to nobody');
  await stage.say(alice, removed, 'to nobody again');
  await stage.plan();
  pusher!.wake();
  await vi.waitFor(async () => expect((await states()).toSorted()).toEqual(['gone', 'gone', 'unsure']), {
    timeout: 15_000,
  });
  expect(taken.toSorted()).toEqual([...said, 'cut'].toSorted());
  expect(warn).not.toHaveBeenCalled();
});

test('a service that never answers holds back neither the other one nor the log', async () => {
  const silent = `https://push.example/${Math.random()}`;
  const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') };
  const slow = await friend(JSON.stringify({ endpoint: silent, keys }), 'web');
  const quick = await friend(`quick-${Math.random()}`);
  await stage.plan();
  const heard: string[] = [];
  let release: (outcome: PushOutcome) => void = () => {};
  start(async (device: PushDevice, { body }: PushNotification) => {
    if (device.service === 'browser') return new Promise((resolve) => (release = resolve));
    heard.push(body);
    return { kind: 'delivered', vendorId: null };
  });
  await stage.say(alice, slow, 'slow');
  for (let n = 0; n < 20; n += 1) await stage.say(alice, quick, `${n}`);
  await stage.plan();
  pusher!.wake();
  await vi.waitFor(() => expect(heard).toHaveLength(20), { timeout: 10_000 });
  expect(heard).toEqual(Array.from({ length: 20 }, (_, n) => `${n}`));
  release({ kind: 'delivered', vendorId: null });
  await vi.waitFor(async () => expect((await states()).filter((state) => state === 'sending')).toEqual([]));
});

test('no more are under way at once than there are places, and all are written down at the end', async () => {
  let underWay = 0;
  let most = 0;
  const chats = await Promise.all(Array.from({ length: 12 }, (_, n) => friend(`many-${n}-${Math.random()}`)));
  await stage.plan();
  const before = (await stage.ledger()).length;
  start(
    async () => {
      underWay += 1;
      most = Math.max(most, underWay);
      await sleep(30);
      underWay -= 1;
      return { kind: 'delivered', vendorId: null };
    },
    { concurrency: 3 },
  );
  for (const chat of chats) await stage.say(alice, chat);
  await stage.plan();
  pusher!.wake();
  await vi.waitFor(async () => {
    const lines = (await stage.ledger()).slice(before);
    expect(lines.map((line) => line.state)).toEqual(Array(12).fill('delivered'));
  }, 10_000);
  expect(most).toBe(3);
});

test('a port that throws, and a dialect that is not spoken, end what they were asked', async () => {
  const chat = await friend(`thrown-${Math.random()}`);
  await stage.plan();
  start(() => {
    throw new Error('a bug');
  });
  await stage.say(alice, chat);
  await stage.plan();
  pusher!.wake();
  await vi.waitFor(async () => expect((await stage.ledger()).at(-1)!.state).toBe('unsure'), 5_000);
  expect(warn).toHaveBeenCalled();
});
