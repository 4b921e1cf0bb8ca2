// /operations: what superusers see of how the server does, and that nobody else does.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setSuperuser } from '../src/core/accounts/administer.ts';
import type { AccountId } from '../src/core/ids.ts';
import { call, signUp, type Person } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let mallory: Person;

const routes = [
  ['GET', '/operations/deliveries'],
  ['GET', '/operations/deliveries/1'],
  ['POST', '/operations/deliveries/1/replay'],
  ['GET', '/operations/settings'],
  ['GET', '/operations/figures'],
  ['GET', '/operations/accounts/1/changes'],
] as const;

beforeAll(async () => {
  server = await startTestServer({ SMTP_PASSWORD: 'a word nobody may read', LOG_DAYS: '7' });
  mallory = await signUp(server, 'Mallory');
  alice = await signUp(server, 'Alice', { verified: true });
  root = await signUp(server, 'Root');
  const id = server.ids.fromUuid('account', root.id) as AccountId;
  await server.messenger.execute({ kind: 'system' }, setSuperuser, { id, on: true });
});
afterAll(() => server.close());

it.each(routes)('%s %s is for superusers only', async (method, path) => {
  expect((await call(server, method, path)).status).toBe(401);
  const { status, body } = await mallory.call(method, path);
  expect([status, Object.keys(body)]).toEqual([403, ['detail', 'message']]);
});

it.each([
  '/operations/deliveries?service=pigeon',
  '/operations/deliveries?state=lost',
  '/operations/deliveries?limit=0',
  '/operations/deliveries?limit=1000000',
  '/operations/deliveries?before=abc',
  '/operations/deliveries/abc',
  '/operations/deliveries/99999999999999999999',
  '/operations/accounts/1/changes?limit=0',
  '/operations/accounts/1/changes?cursor=garbage',
])('%s is 422', async (path) => {
  const { status, body } = await root.call('GET', path);
  expect([status, Object.keys(body)]).toEqual([422, ['detail', 'message']]);
});

it.each([
  '/operations/deliveries/999999',
  '/operations/accounts/999999/changes',
  '/operations/accounts/nobody/changes',
])('%s is 404', async (path) => {
  expect((await root.call('GET', path)).status).toBe(404);
});

describe('deliveries', () => {
  it('are listed, the newest first, a page at a time, and can be attempted once more', async () => {
    const { body: all } = await root.call('GET', '/operations/deliveries');
    expect(all).toMatchObject({ next: null, deliveries: [{ service: 'sms', kind: 'code', state: 'delivered' }] });
    const [{ id, sent_as, attempts, can_replay }] = all.deliveries;
    expect([sent_as, attempts, can_replay]).toEqual([`parlance-${id}`, 1, true]);
    expect(JSON.stringify(all)).not.toContain(alice.phone);

    const again = (key: string, of = id) =>
      root.call('POST', `/operations/deliveries/${of}/replay`, undefined, { 'idempotency-key': key });
    const becomes = (expected: object) =>
      vi.waitFor(
        async () => expect((await root.call('GET', `/operations/deliveries/${id}`)).body).toMatchObject(expected),
        { timeout: 15_000, interval: 100 },
      );
    const printed = () => server.printed.filter((line) => line.includes(alice.phone)).length;
    const asked = await again('once');
    expect(asked).toMatchObject({ status: 200, body: { id } });
    // It may be under way already.
    expect(asked.body.history[0]).toMatchObject({ no: 1, asked_by: null });
    const asked_by = { id: root.id };
    await becomes({ state: 'delivered', attempts: 2, history: [{ no: 1 }, { no: 2, outcome: 'delivered', asked_by }] });
    expect(printed()).toBe(2);
    expect((await again('once')).status).toBe(200);
    expect((await again('once', id + 1)).status).toBe(422);
    await becomes({ state: 'delivered', attempts: 2 });

    await sql`update codes set used_at = now()`.execute(server.database.db);
    expect((await again('twice')).status).toBe(200);
    await becomes({ state: 'dropped', outcome: 'no longer good', attempts: 2 });
    expect(printed()).toBe(2);
  });

  it('under way are not attempted once more, and filters hold', async () => {
    const { db } = server.database;
    const { rows } = await sql<{ id: number }>`
      insert into deliveries (service, kind, subject_id, account_id, state, due_at)
      select 'app', 'new_message', n, ${server.ids.fromUuid('account', alice.id)}, 'waiting', now() + interval '1 day'
      from generate_series(1, 5) n returning id`.execute(db);
    const newest = rows.at(-1)!.id;
    expect((await root.call('POST', `/operations/deliveries/${newest}/replay`)).status).toBe(409);

    const pages: number[] = [];
    for (let before = ''; before !== 'null';) {
      const query = `?account=${alice.id}&state=waiting&service=app&limit=2${before && `&before=${before}`}`;
      const { body } = await root.call('GET', `/operations/deliveries${query}`);
      expect(body.deliveries.length).toBeLessThanOrEqual(2);
      pages.push(...body.deliveries.map((one: { id: number }) => one.id));
      before = String(body.next);
    }
    expect(pages).toEqual(rows.map(({ id }) => id).toReversed());
    const count = async (query: string) =>
      (await root.call('GET', `/operations/deliveries?${query}`)).body.deliveries.length;
    expect(await Promise.all(['state=waiting', 'service=mail', `account=${mallory.id}`].map(count))).toEqual([5, 0, 0]);
  });
});

it('settings in force are told, secrets only as set', async () => {
  const { body } = await root.call('GET', '/operations/settings');
  const settings = new Map(
    body.groups.flatMap((group: { settings: { name: string }[] }) => group.settings.map((one) => [one.name, one])),
  );
  expect(settings.get('LOG_DAYS')).toMatchObject({ value: 7, is_default: false, is_secret: false });
  expect(settings.get('SMTP_PASSWORD')).toMatchObject({ value: null, is_set: true, is_secret: true });
  expect(settings.get('JWT_SECRET_KEY')).toMatchObject({ value: null, is_set: false });
  expect(settings.get('CORS_ORIGINS')).toMatchObject({ is_default: true });
  expect(JSON.stringify(body)).not.toContain('a word nobody may read');
});

it('figures count connections, commands and deliveries', async () => {
  const ears = await alice.connect();
  await alice.call('POST', '/api/conversations', { participant_ids: [mallory.id] });
  const { body } = await root.call('GET', '/operations/figures');
  ears.close();
  expect(body.process).toMatchObject({ id: process.pid, version: expect.stringMatching(/^\d/) });
  expect(body.connections.urge).toBeGreaterThanOrEqual(1);
  const signUps = body.commands.find(({ name }: { name: string }) => name === 'signUp');
  expect(signUps.since_start).toMatchObject({ count: 3, refused: 0, failed: 0, p50_ms: expect.any(Number) });
  expect(signUps.since_start.p99_ms).toBeGreaterThanOrEqual(signUps.since_start.p50_ms);
  expect(body.deliveries).toContainEqual({ service: 'app', state: 'waiting', count: 5 });
  expect(body.jobs.map(({ name }: { name: string }) => name)).toContain('send-code');
});

it('the changes of an account are told without content, from the beginning or a cursor', async () => {
  const { body: opened } = await alice.call('POST', '/api/conversations', { participant_ids: [mallory.id] });
  const said = await alice.call('POST', '/api/messages', { conversation_id: opened.id, content: 'between us' });
  expect(said.status, JSON.stringify(said.body)).toBe(200);
  const path = `/operations/accounts/${alice.id}/changes`;
  const told = {
    at: expect.any(String),
    kind: 'message.sent',
    stream: 'conversation',
    conversation_id: opened.id,
    change_no: expect.any(Number),
    message_id: said.body.id,
    by: alice.id,
    concerning: [],
    detail: null,
  };
  // The log is read up to the oldest transaction still running, perhaps one of another test's on the same server.
  const { changes } = await vi.waitFor(
    async () => {
      const { body } = await root.call('GET', path);
      expect(body.changes).toContainEqual(told);
      return body;
    },
    { timeout: 20_000, interval: 100 },
  );
  expect(JSON.stringify(changes)).not.toContain('between us');
  const byNumber = await root.call('GET', `/operations/accounts/${server.ids.fromUuid('account', alice.id)}/changes`);
  expect(byNumber.body).toMatchObject({ changes, more: false });
  const kinds: string[] = [];
  for (let query = '?limit=1'; query;) {
    const page = await root.call('GET', path + query);
    kinds.push(...page.body.changes.map((one: { kind: string }) => one.kind));
    query = page.body.more ? `?limit=1&cursor=${page.body.cursor}` : '';
  }
  expect(kinds).toEqual(changes.map((one: { kind: string }) => one.kind));
});
