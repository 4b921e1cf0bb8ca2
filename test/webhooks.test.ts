// The operator's webhook: told of every change, signed, in order, and again until it takes it.

import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { openWebhook } from '../src/adapters/webhook/index.ts';
import { readSettings } from '../src/config.ts';
import { setSuperuser } from '../src/core/accounts/administer.ts';
import type { AccountId } from '../src/core/ids.ts';
import { signUp, type Person } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

const key = Buffer.alloc(32, 5);
const secret = `whsec_${key.toString('base64')}`;

interface Told {
  id: string;
  type: string;
  data: Record<string, unknown> & { message: { text: string | null } | null };
}

let receiver: Server;
let server: TestServer;
let alice: Person;
let bob: Person;
let root: Person;
/** What was posted and taken, and what was not. */
let taken: Told[] = [];
let refused: Told[] = [];
let refuses: (told: Told) => boolean = () => false;

beforeAll(async () => {
  receiver = createServer((request, answer) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const body = Buffer.concat(parts).toString();
      const { 'webhook-id': id, 'webhook-timestamp': at, 'webhook-signature': signature } = request.headers;
      const right = createHmac('sha256', key)
        .update(`${String(id)}.${String(at)}.${body}`)
        .digest('base64');
      const told = { id, ...(JSON.parse(body) as object) } as Told;
      const isGood = signature === `v1,${right}` && Math.abs(Date.now() / 1_000 - Number(at)) < 60 && !refuses(told);
      (isGood ? taken : refused).push(told);
      answer.writeHead(isGood ? 204 : 503).end();
    });
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  server = await startTestServer({ WEBHOOK_URL: url, WEBHOOK_SECRET: secret, WEB_PUSH_PRIVATE_ENDPOINTS: 'on' });
  alice = await signUp(server, 'Alice');
  bob = await signUp(server, 'Bob');
  root = await signUp(server, 'Root');
  const id = server.ids.fromUuid('account', root.id) as AccountId;
  await server.messenger.execute({ kind: 'system' }, setSuperuser, { id, on: true });
});
afterAll(async () => {
  await server.close();
  receiver.close();
});
beforeEach(() => {
  taken = [];
  refused = [];
  refuses = () => false;
});

const patience = { timeout: 20_000, interval: 50 };

async function talk(...texts: string[]): Promise<{ conversation: string; messages: string[] }> {
  const opened = await alice.call('POST', '/api/groups', { name: 'Choir', member_ids: [bob.id] });
  expect(opened.status, JSON.stringify(opened.body)).toBe(200);
  const messages: string[] = [];
  for (const content of texts) {
    const { body } = await alice.call('POST', '/api/messages', { conversation_id: opened.body.id, content });
    messages.push(body.id);
  }
  return { conversation: opened.body.id, messages };
}

const of = (conversation: string) => taken.filter(({ data }) => data['conversation_id'] === conversation);
const texts = (told: Told[]) =>
  told.filter(({ type }) => type === 'message.sent').map(({ data }) => data.message?.text);

it('is told of every change once, in order, with ids as the products write them', async () => {
  const { conversation, messages } = await talk('one', 'two', 'three');
  await alice.call('PUT', `/api/conversations/${conversation}/mute`);
  await vi.waitFor(
    () => expect(of(conversation).map(({ type }) => type)).toContain('conversation.preference'),
    patience,
  );
  const told = of(conversation);
  expect(texts(told).slice(-3)).toEqual(['one', 'two', 'three']);
  const numbers = told.flatMap(({ data }) => (data['change_no'] === null ? [] : [data['change_no']]));
  expect(numbers).toEqual(Array.from(numbers, (_no, index) => index + 1));
  expect(new Set(told.map(({ id }) => id)).size).toBe(told.length);
  expect(told.find(({ data }) => data['message_id'] === messages[0])).toMatchObject({
    type: 'message.sent',
    timestamp: expect.stringMatching(/Z$/),
    data: { by: alice.id, account_id: null, message: { type: 'text', text: 'one', media_url: null } },
  });
  expect(told.at(-1)).toMatchObject({ data: { account_id: alice.id, change_no: null, message: null } });
});

it('is told again what it did not take, under the same id, and nothing of that conversation before', async () => {
  let closed = true;
  refuses = ({ data }) => data.message?.text === 'stubborn' && closed;
  const { conversation } = await talk('stubborn', 'after it');
  const other = await talk('elsewhere');
  await vi.waitFor(() => expect(texts(of(other.conversation))).toContain('elsewhere'), patience);
  await vi.waitFor(() => expect(refused.length).toBeGreaterThan(0), patience);
  expect(texts(of(conversation))).not.toContain('after it');
  closed = false;
  await vi.waitFor(() => expect(texts(of(conversation)).slice(-2)).toEqual(['stubborn', 'after it']), {
    ...patience,
    timeout: 50_000,
  });
  const [first] = refused;
  expect(new Set(refused.map(({ id }) => id))).toEqual(new Set([first!.id]));
  const id = Number(first!.id.replace('parlance-', ''));
  expect(taken.map((told) => told.id)).toContain(first!.id);
  const { body } = await root.call('GET', `/operations/deliveries/${id}`);
  expect(body).toMatchObject({ service: 'webhook', kind: 'message.sent', state: 'delivered' });
  expect(body.history).toHaveLength(refused.length + 1);
  expect(body.history[0]).toMatchObject({ outcome: 'later', reason: '503' });
  expect(body.history.at(-1)).toMatchObject({ outcome: 'delivered', reason: '204' });
  expect((await root.call('POST', `/operations/deliveries/${id}/replay`)).status).toBe(200);
  await vi.waitFor(() => expect(taken.filter((told) => told.id === first!.id)).toHaveLength(2), patience);
}, 90_000);

it('is not told the text of what is deleted before it is told', async () => {
  let closed = true;
  refuses = () => closed;
  const { conversation, messages } = await talk('a secret');
  await vi.waitFor(() => expect(refused.length).toBeGreaterThan(0), patience);
  expect((await alice.call('DELETE', `/api/messages/${messages[0]}`)).status).toBe(200);
  closed = false;
  await vi.waitFor(() => expect(of(conversation).map(({ type }) => type)).toContain('message.deleted'), {
    ...patience,
    timeout: 50_000,
  });
  expect(JSON.stringify(taken)).not.toContain('a secret');
}, 90_000);

it('at a private address, or in the clear, is not told', async () => {
  expect(() => openWebhook({ url: 'http://example.org', secret: key, allowPrivate: false })).toThrow('plain http');
  expect(() => openWebhook({ url: 'https://10.0.0.1', secret: key, allowPrivate: false })).toThrow('private address');
  const local = openWebhook({ url: 'https://localhost:1', secret: key, allowPrivate: false });
  expect(await local('parlance-1', '{}')).toEqual({ taken: false, reason: 'a private address' });
  const settings = { WEBHOOK_URL: 'http://example.org', WEBHOOK_SECRET: secret };
  expect(() => readSettings(settings)).toThrow('plain http');
  expect(() => readSettings({ WEBHOOK_URL: 'https://example.org' })).toThrow('WEBHOOK_SECRET');
  expect(() => readSettings({ ...settings, WEBHOOK_SECRET: 'short' })).toThrow('whsec_');
});
