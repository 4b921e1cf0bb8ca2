// What superusers do with accounts and roles, and that nobody else can.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, signIn, type Person } from './people.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let mallory: Person;
beforeAll(async () => {
  server = await startTestServer();
  root = await makeSuperuser(server);
  alice = await register(server, 'alice');
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

describe('nobody but superusers', () => {
  it.each([
    ['GET', '/auth/users'],
    ['GET', '/auth/users/1'],
    ['POST', '/auth/users', {}],
    ['DELETE', '/auth/users/1'],
    ['PUT', '/auth/users/1/disable'],
    ['PUT', '/auth/users/1/enable'],
    ['PUT', '/auth/users/1/superuser', { is_superuser: true }],
    ['PUT', '/auth/users/1/roles', { role_ids: [] }],
    ['GET', '/auth/users/1/roles'],
    ['GET', '/auth/roles'],
    ['POST', '/auth/roles', {}],
    ['DELETE', '/auth/roles/1'],
    ['GET', '/reports/admin/all'],
    ['POST', '/reports/1/comment', {}],
    ['PUT', '/reports/1/resolve', {}],
  ])('%s %s', async (method, path, body?: object) => {
    expect((await mallory.call(method, path, body)).status).toBe(403);
    expect((await call(server, method, path, { ...(body && { body }) })).status).toBe(401);
  });

  it('and the right is lost and gained at once', async () => {
    expect((await mallory.call('GET', '/auth/users')).status).toBe(403);
    await root.call('PUT', `/auth/users/${mallory.id}/superuser`, { is_superuser: true });
    expect((await mallory.call('GET', '/auth/users')).status).toBe(200);
    await root.call('PUT', `/auth/users/${mallory.id}/superuser`, { is_superuser: false });
    expect((await mallory.call('GET', '/auth/users')).status).toBe(403);
  });
});

describe('accounts', () => {
  it('are listed by id, a page at a time', async () => {
    const all = (await root.call('GET', '/auth/users')).body as { id: number }[];
    expect(all.map((user) => user.id)).toEqual(all.map((user) => user.id).toSorted((a, b) => a - b));
    expect((await root.call('GET', '/auth/users?skip=1&limit=1')).body).toEqual([all[1]]);
    expect((await root.call('GET', '/auth/users?limit=0')).body).toEqual([]);
    for (const query of ['skip=-1', 'limit=-1', 'skip=x', 'limit=1.5']) {
      expect((await root.call('GET', `/auth/users?${query}`)).status, query).toBe(422);
    }
    expect((await root.call('GET', `/auth/users/${alice.id}`)).body).toMatchObject({ id: alice.id });
    expect((await root.call('GET', '/auth/users/99999')).status).toBe(404);
    expect((await root.call('GET', '/auth/users/abc')).status).toBe(422);
  });

  it('are made without tokens, any number of them without a phone, and once for one key', async () => {
    const user = (username: string) => ({
      username,
      email: `${username}@example.com`,
      password: 'secret',
      full_name: '',
      phone_number: '',
      is_superuser: true,
      is_active: false,
    });
    const made = await root.call('POST', '/auth/users', user('made1'), { 'idempotency-key': 'k1' });
    expect(made.status).toBe(201);
    expect(made.body).toMatchObject({ username: 'made1', phone_number: null, is_active: true, is_superuser: false });
    expect(made.body).not.toHaveProperty('access_token');
    const again = await root.call('POST', '/auth/users', user('made1'), { 'idempotency-key': 'k1' });
    expect([again.status, again.body]).toEqual([201, made.body]);
    expect((await root.call('POST', '/auth/users', user('made3'), { 'idempotency-key': 'k1' })).status).toBe(422);
    expect((await root.call('POST', '/auth/users', user('made2'))).status).toBe(201);
    expect((await root.call('POST', '/auth/users', user('made2'))).status).toBe(400);
    expect((await root.call('POST', '/auth/users', { ...user('made4'), email: 'made2@example.com' })).status).toBe(400);
    expect((await root.call('POST', '/auth/users', { ...user('made4'), email: 'x' })).status).toBe(422);
    await signIn(server, { username: 'made1', password: 'secret' });
  });

  it('are disabled and enabled: refused with 403 meanwhile, and their tokens work again', async () => {
    const carol = await register(server, 'carol');
    expect((await root.call('PUT', `/auth/users/${carol.id}/disable`)).status).toBe(200);
    expect((await root.call('PUT', `/auth/users/${carol.id}/disable`)).status).toBe(200);
    expect((await carol.call('GET', '/auth/me')).status).toBe(403);
    const login = (password: string) =>
      call(server, 'POST', '/auth/login', { body: { username: carol.username, password } });
    expect((await login(carol.password)).status).toBe(403);
    expect((await login('x')).status).toBe(401);
    expect((await root.call('GET', `/auth/users/${carol.id}`)).body.is_active).toBe(false);
    expect((await say(alice, carol, 'are you there?')).is_read).toBe(false);
    expect((await root.call('PUT', `/auth/users/${carol.id}/enable`)).status).toBe(200);
    expect((await carol.call('GET', '/messages')).body).toHaveLength(1);
    expect((await root.call('PUT', '/auth/users/99999/disable')).status).toBe(404);
    expect((await root.call('PUT', '/auth/users/99999/enable')).status).toBe(404);
  });

  it('of the superuser themselves are out of their reach', async () => {
    expect((await root.call('PUT', `/auth/users/${root.id}/disable`)).status).toBe(400);
    expect((await root.call('DELETE', `/auth/users/${root.id}`)).status).toBe(400);
    expect((await root.call('PUT', `/auth/users/${root.id}/superuser`, { is_superuser: true })).status).toBe(400);
    expect((await root.call('PUT', `/auth/users/${root.id}/superuser`, { is_superuser: 'x' })).status).toBe(422);
    expect((await root.call('PUT', `/auth/users/${root.id}/enable`)).status).toBe(200);
  });

  it('become superusers by body, by query, or the other way round', async () => {
    const path = `/auth/users/${alice.id}/superuser`;
    const isSuperuser = async () => (await root.call('GET', `/auth/users/${alice.id}`)).body.is_superuser;
    for (const [query, body, expected] of [
      ['', { is_superuser: true }, true],
      ['?is_superuser=false', undefined, false],
      ['?is_superuser=false', { is_superuser: true }, true],
      ['', undefined, false],
      ['', {}, true],
      ['?is_superuser=0', undefined, false],
    ] as const) {
      expect((await root.call('PUT', path + query, body)).status).toBe(200);
      expect(await isSuperuser(), `${query} ${JSON.stringify(body)}`).toBe(expected);
    }
    expect((await root.call('PUT', `${path}?is_superuser=perhaps`)).status).toBe(422);
    expect((await root.call('PUT', '/auth/users/99999/superuser', {})).status).toBe(404);
  });

  it('of superusers cannot all be locked out, not even by two at once', async () => {
    const second = await makeSuperuser(server);
    const both = await Promise.all([
      root.call('PUT', `/auth/users/${second.id}/disable`),
      second.call('PUT', `/auth/users/${root.id}/disable`),
    ]);
    expect(both.map(({ status }) => status)).toContain(200);
    const statuses = await Promise.all(
      [root, second].map(async (one) => (await one.call('GET', '/auth/users')).status),
    );
    expect(new Set(statuses)).toEqual(new Set([200, 403]));
    const left = statuses[0] === 200 ? root : second;
    const other = left === root ? second : root;
    await left.call('PUT', `/auth/users/${other.id}/enable`);
    await left.call('DELETE', `/auth/users/${other.id}`);
    root = left;
  });

  it('are deleted: a stand-in where they spoke, their names free, their ids never used again', async () => {
    const dora = await register(server, 'dora');
    const spoken = await say(dora, alice, 'hello');
    const answered = await say(alice, dora, 'hi');
    expect((await dora.call('POST', '/reports', { title: 't', content: 'c' })).status).toBe(201);
    expect((await root.call('DELETE', `/auth/users/${dora.id}`)).status).toBe(200);
    expect((await dora.call('GET', '/auth/me')).status).toBe(401);
    expect((await root.call('GET', `/auth/users/${dora.id}`)).status).toBe(404);
    expect((await root.call('DELETE', `/auth/users/${dora.id}`)).status).toBe(404);
    expect((await root.call('GET', '/reports/admin/all')).body).toEqual([]);
    expect((await alice.call('GET', `/messages/${spoken.id}`)).body).toMatchObject({
      sender_id: dora.id,
      content: 'hello',
    });
    expect((await alice.call('GET', `/messages/${answered.id}`)).body).toMatchObject({ recipient_id: dora.id });
    const [summary] = (await alice.call('GET', '/auth/conversations')).body;
    expect(summary).toMatchObject({ other_user_id: dora.id, other_user_name: 'Unknown' });
    const lost = await alice.call('POST', '/messages', { recipient_id: dora.id, content: 'where are you?' });
    expect([lost.status, lost.body.detail]).toEqual([404, 'Recipient not found.']);
    const body = { username: dora.username, email: `${dora.username}@example.com`, password: 'x' };
    const next = await call(server, 'POST', '/auth/register', { body });
    expect(next.status).toBe(201);
    expect(next.body.id).toBeGreaterThan(dora.id);
    expect((await call(server, 'GET', '/messages', { token: next.body.access_token })).body).toEqual([]);
  });
});

describe('roles', () => {
  it('are made, given, taken and deleted', async () => {
    const make = (name: string, headers = {}) => root.call('POST', '/auth/roles', { name, description: 'd' }, headers);
    const editor = await make('editor', { 'idempotency-key': 'role' });
    expect(editor.status).toBe(201);
    expect(editor.body).toMatchObject({ name: 'editor', description: 'd' });
    expect((await make('editor', { 'idempotency-key': 'role' })).body).toEqual(editor.body);
    expect((await make('editor')).status).toBe(400);
    expect((await root.call('POST', '/auth/roles', {})).status).toBe(422);
    expect((await make('x'.repeat(101))).status).toBe(422);
    const writer = await root.call('POST', '/auth/roles', { name: 'writer' });
    expect(writer.body.description).toBeNull();
    expect((await root.call('GET', '/auth/roles')).body).toEqual([editor.body, writer.body]);

    const path = `/auth/users/${alice.id}/roles`;
    const given = { role_ids: [editor.body.id, String(writer.body.id), editor.body.id, 99999] };
    expect((await root.call('PUT', path, given)).status).toBe(200);
    expect((await root.call('GET', path)).body).toEqual([editor.body, writer.body]);
    await root.call('PUT', path, { role_ids: [writer.body.id] });
    expect((await root.call('GET', path)).body).toEqual([writer.body]);
    expect((await root.call('DELETE', `/auth/roles/${writer.body.id}`)).status).toBe(200);
    expect((await root.call('DELETE', `/auth/roles/${writer.body.id}`)).status).toBe(404);
    expect((await root.call('GET', path)).body).toEqual([]);
    await root.call('PUT', path, { role_ids: [editor.body.id] });
    await root.call('PUT', path, { role_ids: [] });
    expect((await root.call('GET', path)).body).toEqual([]);
    for (const role_ids of [['x'], 'x', null, [1.5]]) {
      expect((await root.call('PUT', path, { role_ids })).status, JSON.stringify(role_ids)).toBe(422);
    }
    expect((await root.call('PUT', '/auth/users/99999/roles', { role_ids: [] })).status).toBe(404);
    expect((await root.call('GET', '/auth/users/99999/roles')).status).toBe(404);
  });
});
