// POST /twilio_webhook: who it is from, that Twilio sent it, and that it comes once.

import { createHash, createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signUp } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { register, type Person } from './people.ts';

const TOKEN = 'twilio-token-for-tests';
const PUBLIC = 'https://chat.example.org/hooks/twilio_webhook';

/** A server of a test's own takes its time to start when much else runs. */
const patience = 120_000;

let folder: string;
let server: TestServer;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
  server = await startTestServer({ AI_MESSAGE_LOGS_FOLDER: folder });
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  await alice.call('PUT', '/auth/me/phone', { phone_number: '+1 (555) 010-2030' });
  await bob.call('PUT', '/auth/me/phone', { phone_number: '555 010 2031' });
});
afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function post(to: TestServer, payload: string, headers: Record<string, string>) {
  const answer = await to.app.inject({ method: 'POST', url: '/twilio_webhook', payload, headers });
  return { status: answer.statusCode, body: answer.json() };
}

const form = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
const asForm = { 'content-type': 'application/x-www-form-urlencoded' };
const asJson = { 'content-type': 'application/json' };

describe('an inbound text message', () => {
  it('becomes a message of its sender’s to themselves, once', async () => {
    const text = form({
      From: 'whatsapp:+15550102030',
      To: '+15550009999',
      Body: 'Hello there = ü + 1',
      MessageSid: 'SM1',
    });
    const [first, second] = [await post(server, text, asForm), await post(server, text, asForm)];
    expect(first).toEqual({
      status: 200,
      body: { status: 'message saved', user_id: alice.id, message_id: expect.any(Number) },
    });
    expect(second).toEqual(first);
    expect((await alice.call('GET', '/messages')).body).toEqual([
      expect.objectContaining({
        id: first.body.message_id,
        sender_id: alice.id,
        recipient_id: alice.id,
        content: 'Hello there = ü + 1',
        conversation_id: 'SM1',
        is_read: false,
      }),
    ]);
    expect((await alice.call('GET', '/messages/unread/count')).body.unread_count).toBe(1);
    const both = await Promise.all([1, 2].map(() => post(server, text.replace('SM1', 'SM2'), asForm)));
    expect(both[0]).toEqual(both[1]);
  });

  it('is read as JSON too, with or without a country, a body or a name', async () => {
    const json = JSON.stringify({ from: '+15550102031', body: 'hi', message_sid: 'SM3', To: 5 });
    expect((await post(server, json, asJson)).body).toMatchObject({ user_id: bob.id });
    expect((await post(server, form({ From: '+1-555-010-2031' }), asForm)).body).toMatchObject({ user_id: bob.id });
    const [, second] = (await bob.call('GET', '/messages')).body;
    expect(second).toMatchObject({ content: '', conversation_id: '+1-555-010-2031' });
  });

  it.each([
    ['an unknown number', form({ From: '+19998887766' }), asForm, '+19998887766'],
    ['too few digits', form({ From: '2030' }), asForm, '2030'],
    ['no digits', form({ From: 'ACME' }), asForm, 'ACME'],
    ['nothing', '', asForm, ''],
    ['broken JSON', '{', asJson, ''],
    ['no object', '[1]', asJson, ''],
    ['another type', 'From=%2B15550102030', { 'content-type': 'text/plain' }, ''],
    ['broken escapes', 'From=%ZZ%00&Body=%E0%A4%A', asForm, '%ZZ'],
  ])('is nobody’s with %s', async (_what, payload, headers, from) => {
    expect(await post(server, payload, headers)).toEqual({ status: 200, body: { status: 'user not found', from } });
  });

  it('goes to whom the number is proven to be, before one who only says so', async () => {
    const proven = await signUp(server, 'Proven', { verified: true });
    const mallory = await register(server, 'mallory');
    await mallory.call('PUT', '/auth/me/phone', {
      phone_number: `${proven.phone.slice(0, 5)} ${proven.phone.slice(5)}`,
    });
    const { body } = await post(server, form({ From: proven.phone, Body: 'private', MessageSid: 'SM9' }), asForm);
    expect(body.user_id).toBe(server.ids.fromUuid('account', proven.id));
    expect((await mallory.call('GET', '/messages')).body).toEqual([]);
  });

  it('is written down without what it says', async () => {
    let lines = '';
    for (let tries = 0; tries < 100 && !lines.includes('SM2'); tries += 1) {
      await sleep(20);
      lines = await readFile(join(folder, 'twilio_webhook.log'), 'utf8');
    }
    expect(lines).toMatch(
      /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - twilio_webhook - INFO - Received SM1 from whatsapp:\+15550102030/m,
    );
    expect(lines).toContain('WARNING - No user has the number ACME');
    expect(lines).toContain('ERROR - A body could not be read');
    expect(lines + server.logged.join('')).not.toContain('Hello there');
  });
});

describe('with a token', () => {
  let strict: TestServer;
  let carol: Person;
  beforeAll(async () => {
    strict = await startTestServer({ TWILIO_AUTH_TOKEN: TOKEN, TRUSTED_PROXIES: 'loopback' });
    carol = await register(strict, 'carol');
    await carol.call('PUT', '/auth/me/phone', { phone_number: '+15550102040' });
  });
  afterAll(() => strict.close());

  const fields = { From: '+15550102040', Body: 'signed', MessageSid: 'SM5' };
  const sign = (url: string, signed: Record<string, string>) =>
    createHmac('sha1', TOKEN)
      .update(
        url +
          Object.keys(signed)
            .toSorted()
            .map((name) => name + signed[name])
            .join(''),
      )
      .digest('base64');

  it('only what Twilio signed is taken', async () => {
    const url = 'http://chat.example.org/twilio_webhook';
    const at = { ...asForm, host: 'chat.example.org' };
    const good = { ...at, 'x-twilio-signature': sign(url, fields) };
    expect((await post(strict, form(fields), good)).body).toMatchObject({ status: 'message saved', user_id: carol.id });
    expect((await post(strict, form(fields), at)).status).toBe(403);
    expect((await post(strict, form({ ...fields, Body: 'forged' }), good)).status).toBe(403);
    expect((await post(strict, form(fields), { ...good, host: 'elsewhere.example.org' })).status).toBe(403);
    expect((await post(strict, '', { ...at, 'x-twilio-signature': 'ü'.repeat(9) })).status).toBe(403);
    expect((await post(strict, JSON.stringify(fields), { ...good, ...asJson })).status).toBe(403);
    expect((await carol.call('GET', '/messages')).body).toHaveLength(1);
  });

  it('behind a trusted proxy the address is the one it tells', async () => {
    const signature = sign('https://chat.example.org/twilio_webhook', { ...fields, MessageSid: 'SM6' });
    const headers = {
      ...asForm,
      host: 'inner:8000',
      'x-forwarded-proto': 'https',
      'x-forwarded-host': 'chat.example.org',
    };
    const answer = await post(strict, form({ ...fields, MessageSid: 'SM6' }), {
      ...headers,
      'x-twilio-signature': signature,
    });
    expect(answer.status).toBe(200);
  });

  it('a signed digest covers a body of JSON', async () => {
    const body = JSON.stringify({ ...fields, MessageSid: 'SM7' });
    const path = `/twilio_webhook?bodySHA256=${createHash('sha256').update(body).digest('hex')}`;
    const headers = {
      ...asJson,
      host: 'chat.example.org',
      'x-twilio-signature': sign(`http://chat.example.org${path}`, {}),
    };
    const send = (payload: string) => strict.app.inject({ method: 'POST', url: path, payload, headers });
    expect((await send(body)).statusCode).toBe(200);
    expect((await send(body.replace('signed', 'forged'))).statusCode).toBe(403);
  });
});

describe('elsewhere', () => {
  it(
    'the address may be set, as Twilio knows it',
    async () => {
      const settled = await startTestServer({ TWILIO_AUTH_TOKEN: TOKEN, TWILIO_WEBHOOK_URL: PUBLIC });
      const signature = createHmac('sha1', TOKEN).update(`${PUBLIC}From1`).digest('base64');
      const answer = await post(settled, 'From=1', { ...asForm, 'x-twilio-signature': signature });
      expect(answer.body).toEqual({ status: 'user not found', from: '1' });
      await settled.close();
    },
    patience,
  );

  it(
    'production does not take what anybody could have sent',
    async () => {
      const production = await startTestServer({
        ENVIRONMENT: 'production',
        JWT_SECRET_KEY: 'q8Zr1vX5nB2kL7mT4wC9yH3jF6dS0aGp',
      });
      expect((await post(production, form({ From: '1' }), asForm)).status).toBe(503);
      await production.close();
    },
    patience,
  );
});
