// Every route that changes something is asked twice with one Idempotency-Key: it is done once, and answered twice alike.

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../support/server.ts';
import { excused, openScene, requests } from './repeats.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

interface Operation {
  operationId: string;
  method: string;
  path: string;
  isProtected: boolean;
}

function changing(): Operation[] {
  const { paths } = server.app.swagger() as unknown as {
    paths: Record<string, Record<string, { operationId: string; security?: unknown }>>;
  };
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== 'get')
      .map(([method, { operationId, security }]) => ({
        operationId,
        method: method.toUpperCase(),
        path,
        isProtected: security !== undefined,
      })),
  );
}

/** JSON within JSON comes back from the database with its fields in another order. */
const read = (body: unknown): unknown =>
  JSON.parse(JSON.stringify(body ?? null), (name, value: unknown) =>
    name === 'metadata' && typeof value === 'string' ? (JSON.parse(value) as unknown) : value,
  );

const excuses = new Set(Object.values(excused).flat());

it('every route that changes something is tried, excused, or for guests', () => {
  const operations = changing().filter(({ isProtected }) => isProtected);
  const names = operations.map(({ operationId }) => operationId);
  expect(names.filter((name) => !(name in requests) && !excuses.has(name))).toEqual([]);
  expect([...Object.keys(requests), ...excuses].filter((name) => !names.includes(name))).toEqual([]);
});

/** How much there is of everything that a second doing would add to. */
async function amounts(): Promise<unknown> {
  const { rows } = await sql`
    select (select count(*) from changes) as changes, (select count(*) from messages) as messages,
      (select count(*) from conversations) as conversations, (select count(*) from accounts) as accounts,
      (select count(*) from reports) as reports, (select count(*) from moderation_actions) as actions,
      (select count(*) from announcements) as announcements, (select count(*) from devices) as devices,
      (select count(*) from calls) as calls, (select count(*) from location_points) as points,
      (select count(*) from geofences) as fences, (select count(*) from roles) as roles`.execute(server.database.db);
  return rows[0];
}

describe('once', () => {
  it.each(Object.keys(requests))('%s', async (name) => {
    const scene = await openScene(server);
    const { as = scene.alice, path = {}, query = '', body } = await requests[name]!(scene);
    const operation = changing().find(({ operationId }) => operationId === name)!;
    const address = operation.path.replace(/\{(\w+)\}/g, (_all, each: string) => encodeURIComponent(path[each] ?? ''));
    const key = { 'idempotency-key': `${name} of ${as.phone}`.replaceAll(' ', '-') };
    const ask = () => as.call(operation.method, address + query, body, key);

    const first = await ask();
    expect(first.status, JSON.stringify(first.body)).toBeLessThan(300);
    const before = await amounts();
    const second = await ask();
    expect([second.status, read(second.body)]).toEqual([first.status, read(first.body)]);
    expect(await amounts()).toEqual(before);

    const other = await as.call('PUT', '/api/settings/privacy', { show_last_seen: true }, key);
    expect(other, JSON.stringify(other.body)).toMatchObject({ status: 422, body: { success: false } });
  });
});

it('two at once are one', async () => {
  const scene = await openScene(server);
  const key = { 'idempotency-key': 'two-at-once' };
  const ask = () => scene.alice.call('POST', '/api/v1/channels', { name: 'two-at-once' }, key);
  const answers = await Promise.all([ask(), ask(), ask(), ask()]);
  for (const answer of answers) expect([answer.status, answer.body]).toEqual([200, answers[0].body]);
});

it.each([
  ['/api/notifications/register', { platform: 'ios' }],
  ['/api/v1/push-notifications/device-tokens', { device_type: 'ios' }],
])('%s: the same token twice is one device, and kept for no retry', async (path, body) => {
  const { alice } = await openScene(server);
  const token = `once-${alice.phone.slice(1)}`.padEnd(40, '0');
  for (let time = 0; time < 2; time += 1) {
    const answer = await alice.call('POST', path, { ...body, token }, { 'idempotency-key': 'a-token' });
    expect(answer.status, JSON.stringify(answer.body)).toBeLessThan(300);
  }
  const devices = sql`select 1 from devices where address = ${token}`;
  expect((await devices.execute(server.database.db)).rows).toHaveLength(1);
  const kept = sql`select 1 from idempotency_keys where result::text like ${`%${token}%`}`;
  expect((await kept.execute(server.database.db)).rows).toEqual([]);
});

it.each([
  ['/api/settings/security/2fa/setup', undefined],
  ['/api/v1/settings/security/2fa/enable', undefined],
  ['/api/media/presigned-url', { file_name: 'a.png', file_type: 'image/png' }],
])('%s: nothing of an answer with a secret is kept', async (path, body) => {
  const { alice } = await openScene(server);
  const key = `secret-of-${path}`;
  const ask = () => alice.call('POST', path, body, { 'idempotency-key': key });
  const answers = [await ask(), await ask()];
  expect(answers.map(({ status }) => status)).toEqual([200, 200]);
  expect(answers[1]!.body).not.toEqual(answers[0]!.body);
  const { rows } = await sql`select 1 from idempotency_keys where key = ${key}`.execute(server.database.db);
  expect(rows).toEqual([]);
});
