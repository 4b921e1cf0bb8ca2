// /operations on people: their sessions, and what a report is about, for superusers and nobody else.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setSuperuser } from '../src/core/accounts/administer.ts';
import type { AccountId } from '../src/core/ids.ts';
import { call, signUp, type Person } from './support/people.ts';
import { startTestServer, type TestServer } from './support/server.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let bob: Person;
let mallory: Person;

beforeAll(async () => {
  server = await startTestServer();
  mallory = await signUp(server, 'Mallory');
  alice = await signUp(server, 'Alice');
  bob = await signUp(server, 'Bob');
  root = await signUp(server, 'Root');
  const id = server.ids.fromUuid('account', root.id) as AccountId;
  await server.messenger.execute({ kind: 'system' }, setSuperuser, { id, on: true });
});
afterAll(() => server.close());

it.each([
  ['GET', '/operations/accounts/1/sessions'],
  ['DELETE', '/operations/accounts/1/sessions'],
  ['DELETE', '/operations/accounts/1/sessions/1'],
  ['GET', '/operations/reports/1'],
])('%s %s is for superusers only', async (method, path) => {
  expect((await call(server, method, path)).status).toBe(401);
  const { status, body } = await mallory.call(method, path);
  expect([status, Object.keys(body)]).toEqual([403, ['detail', 'message']]);
});

it.each([
  ['GET', '/operations/accounts/999999/sessions', 404],
  ['GET', '/operations/accounts/nobody/sessions', 404],
  ['DELETE', '/operations/accounts/999999/sessions', 404],
  ['DELETE', '/operations/accounts/1/sessions/999999', 404],
  ['DELETE', '/operations/accounts/1/sessions/abc', 422],
  ['GET', '/operations/reports/999999', 404],
  ['GET', '/operations/reports/0', 422],
  ['GET', '/operations/reports/99999999999999999999', 422],
])('%s %s is %i', async (method, path, expected) => {
  expect((await root.call(method, path)).status).toBe(expected);
});

describe('sessions', () => {
  it('are seen by UUID and by integer alike, and ended one by one or all at once', async () => {
    const carol = await signUp(server, 'Carol', { verified: true });
    const number = server.ids.fromUuid('account', carol.id)!;
    const path = `/operations/accounts/${carol.id}/sessions`;
    const { body: seen } = await root.call('GET', path);
    expect((await root.call('GET', `/operations/accounts/${number}/sessions`)).body).toEqual(seen);
    expect(seen.sessions.length).toBeGreaterThan(0);
    expect(JSON.stringify(seen)).not.toContain(carol.refreshToken);

    const [{ id }] = seen.sessions;
    expect((await root.call('DELETE', `/operations/accounts/${alice.id}/sessions/${id}`)).status).toBe(404);
    const { body: left } = await root.call('DELETE', `${path}/${id}`);
    expect(left.sessions).toEqual(seen.sessions.slice(1));
    expect((await root.call('DELETE', path)).body).toEqual({ sessions: [] });
    expect((await root.call('GET', path)).body).toEqual({ sessions: [] });
    expect((await carol.call('GET', '/api/auth/me')).status).toBe(401);
    expect((await alice.call('GET', '/api/auth/me')).status).toBe(200);
  });
});

describe('a report', () => {
  it('by UUIDs shows a superuser the message among those around it, and nothing of what is sealed or deleted', async () => {
    const { body: chat } = await alice.call('POST', '/api/conversations', { participant_ids: [bob.id] });
    const said: string[] = [];
    for (let at = 0; at < 13; at += 1) {
      const content = `line ${at}`;
      const { body } = await bob.call('POST', '/api/messages', { conversation_id: chat.id, content });
      said.push(body.id);
    }
    await bob.call('DELETE', `/api/messages/${said[5]}`);
    const report = { title: 'Abuse', content: '', message_id: said[6] };
    expect((await mallory.call('POST', '/reports', report)).status).toBe(403);
    const filed = await alice.call('POST', '/reports', report);
    expect(filed.status).toBe(201);

    const { body } = await root.call('GET', `/operations/reports/${filed.body.id}`);
    expect(body).toMatchObject({ account: { id: bob.id }, conversation: { id: chat.id, kind: 'direct', name: null } });
    expect(body.messages.map((one: { content: string | null }) => one.content)).toEqual(
      [1, 2, 3, 4, null, 6, 7, 8, 9, 10, 11].map((at) => (at === null ? null : `line ${at}`)),
    );
    const [about] = body.messages.filter((one: { is_reported: boolean }) => one.is_reported);
    expect(about).toMatchObject({ id: said[6], sender: { id: bob.id }, kind: 'text', content: 'line 6' });
    for (const other of [alice, bob, mallory]) {
      expect((await other.call('GET', `/operations/reports/${filed.body.id}`)).status).toBe(403);
    }
  });

  it('may name a person by their UUID; one of another kind, or that nobody has, is not found', async () => {
    const report = { title: 'Abuse', content: '' };
    const filed = await alice.call('POST', '/reports', { ...report, user_id: bob.id });
    expect(filed.status).toBe(201);
    const { body } = await root.call('GET', `/operations/reports/${filed.body.id}`);
    expect(body).toEqual({ account: { id: bob.id, username: expect.any(String) }, conversation: null, messages: [] });
    for (const id of [
      bob.id.replace(/.$/, (last) => (last === '0' ? '1' : '0')),
      '00000000-0000-4000-8000-000000000000',
    ]) {
      expect((await alice.call('POST', '/reports', { ...report, user_id: id })).status).toBe(404);
    }
    expect((await alice.call('POST', '/reports', { ...report, message_id: bob.id })).status).toBe(404);
    expect((await alice.call('POST', '/reports', { ...report, user_id: 'bob' })).status).toBe(422);
  });
});

it('an account is found by its UUID in AI Messaging too, by superusers alone', async () => {
  const found = await root.call('GET', `/auth/users/${bob.id}`);
  expect(found.body.id).toBe(server.ids.fromUuid('account', bob.id));
  expect((await mallory.call('GET', `/auth/users/${bob.id}`)).status).toBe(403);
  expect((await root.call('GET', '/auth/users/00000000-0000-4000-8000-000000000000')).status).toBe(404);
});
