// The administrators' part: who may do what to whom, what is written down, and what a ban ends.

import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { findAccount, setSuperuser } from '../../../src/core/accounts/administer.ts';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { join, listen, makeChannel, no, ok, pythian, register, say, type Pythian } from './people.ts';

let server: TestServer;
let root: Pythian;
let alice: Pythian;
let bob: Pythian;
let mallory: Pythian;
let channel: string;
const system = { kind: 'system' } as const;

beforeAll(async () => {
  server = await startTestServer();
  root = await register(server, 'root');
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  mallory = await register(server, 'mallory');
  const { id } = await server.messenger.ask(system, findAccount, { name: 'root' });
  await server.messenger.execute(system, setSuperuser, { id, on: true });
  channel = await makeChannel(alice, 'lobby');
  await join(channel, bob, mallory);
});
afterAll(() => server.close());

const admin = '/api/v1/admin';
const forbidden = [403, 'Not enough permissions'];

function assign(by: Pythian, whom: Pythian, role: string, channelId?: string) {
  return by.call('POST', `${admin}/users/${whom.id}/roles`, { role, ...(channelId && { channel_id: channelId }) });
}

function signIn(username: string) {
  return call(server, 'POST', '/api/v1/auth/login', { body: { username, password: 'Secret1' } });
}

describe('ranks', () => {
  test.each([
    ['GET', '/dashboard'],
    ['GET', '/users'],
    ['GET', '/users/x?limit=0'],
    ['GET', '/actions?limit=0'],
    ['POST', '/users/x/ban'],
    ['POST', '/users/x/unban'],
    ['POST', '/users/x/suspend'],
    ['POST', '/bulk-actions'],
  ] as const)('%s %s is not for everybody', async (method, path) => {
    expect(await no(mallory.call(method, `${admin}${path}`, method === 'POST' ? {} : undefined))).toEqual(forbidden);
  });

  it('are given from above, and only below oneself', async () => {
    expect((await no(assign(mallory, mallory, 'ADMIN')))[0]).toBe(403);
    await ok(assign(root, alice, 'ADMIN'));
    expect(await no(assign(alice, bob, 'ADMIN'))).toEqual(forbidden);
    expect(await no(assign(alice, bob, 'SUPER_ADMIN'))).toEqual(forbidden);
    await ok(assign(alice, bob, 'MODERATOR'));
    expect(await no(assign(bob, mallory, 'MODERATOR'))).toEqual(forbidden);
    expect(await no(assign(alice, root, 'MEMBER'))).toEqual(forbidden);
    expect((await no(assign(root, root, 'MEMBER')))[0]).toBe(403);
    expect((await no(assign(root, bob, 'KING')))[0]).toBe(422);
    expect(await ok(root.call('GET', `${admin}/users/${bob.id}`))).toMatchObject({
      username: 'bob',
      roles: [{ role: 'MODERATOR', channel_id: null }],
    });
    expect((await ok(root.call('GET', `${admin}/users?search=ROO`)))[0].roles).toEqual([
      { role: 'SUPER_ADMIN', channel_id: null },
    ]);
  });

  it('in one channel reach no further', async () => {
    const carol = await register(server, 'carol');
    await join(channel, carol);
    await ok(assign(alice, carol, 'MODERATOR', channel));
    const elsewhere = await makeChannel(mallory, 'elsewhere');
    const there = await say(mallory, elsewhere, 'there');
    const here = await say(mallory, channel, 'here');
    expect(await no(carol.call('DELETE', `${admin}/messages/${there.id}`))).toEqual(forbidden);
    const ears = await mallory.connect();
    await ok(carol.call('DELETE', `${admin}/messages/${here.id}?reason=rude`));
    expect(await ears.next('message_deleted')).toMatchObject({
      message_id: here.id,
      channel_id: channel,
      deleted_by: 'carol',
      reason: 'rude',
    });
    expect((await no(carol.call('DELETE', `${admin}/messages/${here.id}`)))[0]).toBe(404);
    await ears.close();
    const taken = { role: 'MODERATOR', channel_id: channel };
    await ok(alice.call('DELETE', `${admin}/users/${carol.id}/roles`, taken));
    expect((await no(alice.call('DELETE', `${admin}/users/${carol.id}/roles`, taken)))[0]).toBe(404);
  });
});

describe('a ban', () => {
  it('disconnects, ends every session and keeps out, until it is lifted', async () => {
    const ears = await mallory.connect();
    await ok(alice.call('POST', `${admin}/users/${mallory.id}/ban`, { reason: 'spam' }));
    expect(await ears.next('force_disconnect')).toMatchObject({ reason: 'Your account has been banned: spam' });
    expect((await ears.closed).code).toBe(1008);
    expect((await no(mallory.call('GET', '/api/v1/auth/me')))[0]).toBe(401);
    expect((await listen(server, mallory.token).closed).code).toBe(1008);
    expect(await no(signIn('mallory'))).toEqual([403, 'This account is banned.']);
    expect(await ok(bob.call('GET', `/api/v1/users/${mallory.id}`))).toMatchObject({
      status: 'BANNED',
      banned_until: null,
    });
    expect((await ok(bob.call('GET', `${admin}/users?status=BANNED`))).length).toBe(1);
    const available = await ok(bob.call('GET', '/api/v1/channels/users/available'));
    expect(available.map((one: { id: string }) => one.id)).not.toContain(mallory.id);

    await ok(alice.call('POST', `${admin}/users/${mallory.id}/unban`, {}));
    expect((await no(alice.call('POST', `${admin}/users/${mallory.id}/unban`, {})))[0]).toBe(400);
    mallory = pythian(server, await ok(signIn('mallory')));
    await ok(mallory.call('GET', '/api/v1/auth/me'));
  });

  it('for a time is over when the time is', async () => {
    const suspension = { duration_hours: 0.0005 };
    await ok(bob.call('POST', `${admin}/users/${mallory.id}/suspend`, suspension));
    expect((await no(signIn('mallory')))[0]).toBe(403);
    await expect.poll(async () => (await signIn('mallory')).status, { timeout: 8_000 }).toBe(200);
    mallory = pythian(server, await ok(signIn('mallory')));
    expect(await ok(mallory.call('GET', '/api/v1/auth/me'))).toMatchObject({ status: 'ACTIVE', banned_until: null });
  });

  it('is not for moderators, who only suspend', async () => {
    expect(await no(bob.call('POST', `${admin}/users/${mallory.id}/ban`, {}))).toEqual(forbidden);
    expect(await no(bob.call('POST', `${admin}/users/${alice.id}/suspend`, {}))).toEqual(forbidden);
    expect((await no(bob.call('POST', `${admin}/users/${bob.id}/suspend`, {})))[0]).toBe(403);
  });
});

describe('the record', () => {
  it('has what was done, by whom and why', async () => {
    const actions = await ok(bob.call('GET', `${admin}/actions?limit=100`));
    const types = actions.map((one: { action_type: string }) => one.action_type);
    expect(types).toEqual(
      expect.arrayContaining([
        'BAN_USER',
        'UNBAN_USER',
        'SUSPEND_USER',
        'ASSIGN_ROLE',
        'REMOVE_ROLE',
        'DELETE_MESSAGE',
      ]),
    );
    const [ban] = await ok(bob.call('GET', `${admin}/actions?action_type=BAN_USER&admin_id=${alice.id}`));
    expect(ban).toMatchObject({
      target_type: 'USER',
      target_id: mallory.id,
      admin_id: alice.id,
      admin: { username: 'alice' },
      reason: 'spam',
      metadata: { duration_hours: null },
    });
    expect(await ok(bob.call('GET', `${admin}/dashboard`))).toMatchObject({
      total_users: 5,
      banned_users: 0,
      total_channels: 5,
    });
  });

  it('of many at once says for each whether it went well', async () => {
    const bulk = { action_type: 'SUSPEND_USER', target_ids: [mallory.id, alice.id, 'nonsense'] };
    expect(await ok(bob.call('POST', `${admin}/bulk-actions`, bulk))).toEqual({
      message: '1 done, 2 refused',
      succeeded: [mallory.id],
      failed: [
        { id: alice.id, detail: 'Not enough permissions' },
        { id: 'nonsense', detail: 'User not found.' },
      ],
    });
  });
});
