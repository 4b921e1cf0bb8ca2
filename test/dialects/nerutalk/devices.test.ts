// NeruTalk's device tokens: registered, listed, changed and let go, by nobody but their owner (contract, 6.5).

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { api, neru, no, ok, register, type Neru } from './people.ts';

let server: TestServer;
let alice: Neru;
let mallory: Neru;
let counter = 0;

beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

const base = '/push-notifications/device-tokens';
const fresh = () => `neru-token-${(counter += 1)}`;
const add = (who: Neru, token = fresh(), more: object = {}) =>
  ok(who.call('POST', base, { token, device_type: 'android', ...more }));
const list = (who: Neru) => ok(who.call('GET', base));
const tokens = async (who: Neru) => ((await list(who)) as { token: string }[]).map((device) => device.token);

describe('registering', () => {
  it('answers the device, and a known token is the same device', async () => {
    const token = fresh();
    const device = await add(alice, token, { device_id: 'pixel', app_version: '1.2', device_name: 'Pixel' });
    expect(device).toEqual({
      id: expect.any(Number),
      user_id: alice.id,
      token,
      device_type: 'android',
      device_id: 'pixel',
      app_version: '1.2',
      device_name: 'Pixel',
      os_version: null,
      is_active: true,
      last_used: expect.stringMatching(/Z$/),
      last_used_at: expect.stringMatching(/Z$/),
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const again = await add(alice, token, { device_type: 'ios' });
    expect(again).toMatchObject({ id: device.id, device_type: 'ios', device_id: '', app_version: '' });
    expect(await tokens(alice)).toContain(token);
    expect(await tokens(mallory)).not.toContain(token);
  });

  it('lists the device used last first', async () => {
    const bob = await register(server, 'bob_lists');
    const [one, two] = [fresh(), fresh()];
    await add(bob, one);
    await add(bob, two);
    expect(await tokens(bob)).toEqual([two, one]);
    await add(bob, one);
    expect(await tokens(bob)).toEqual([one, two]);
  });

  it('moves a token to who brings it', async () => {
    const carol = await register(server, 'carol_moves');
    const dave = await register(server, 'dave_moves');
    const device = await add(carol);
    expect(await add(dave, device.token)).toMatchObject({ id: device.id, user_id: dave.id });
    expect(await tokens(carol)).toEqual([]);
    expect(await no(carol.call('DELETE', `${base}/${device.id}`))).toEqual([404, 'Device not found']);
  });

  it.each([
    [{ device_type: 'ios' }, 422],
    [{ token: '', device_type: 'ios' }, 422],
    [{ token: 'x'.repeat(256), device_type: 'ios' }, 422],
    [{ token: 'x' }, 422],
    [{ token: 'x', device_type: 'windows' }, 422],
    [{ token: 7, device_type: 'ios' }, 422],
    [{ token: 'a\u0000b', device_type: 'ios' }, 422],
    [{ token: 'x', device_type: 'ios', device_id: 'x'.repeat(256) }, 422],
    [{ token: 'with space', device_type: 'ios' }, 400],
  ])('of %j is refused', async (body, status) => {
    expect((await no(mallory.call('POST', base, body)))[0]).toBe(status);
  });

  it('needs a token', async () => {
    for (const method of ['GET', 'POST']) expect((await call(server, method, `${api}${base}`)).status).toBe(401);
  });
});

describe('changing', () => {
  it('changes what is given, and the token', async () => {
    const device = await add(alice, fresh(), { device_name: 'Old' });
    const token = fresh();
    const path = `${base}/${device.id}`;
    expect(await ok(alice.call('PUT', path, { token, app_version: '2' }))).toMatchObject({
      id: device.id,
      token,
      app_version: '2',
      device_name: 'Old',
    });
    expect(await ok(alice.call('PUT', path, {}))).toMatchObject({ token });
    expect(await ok(alice.call('PUT', path, { is_active: false }))).toMatchObject({ is_active: false });
    expect(await tokens(alice)).not.toContain(token);
    expect(await ok(alice.call('PUT', path, { is_active: true }))).toMatchObject({ is_active: true });
    expect(await tokens(alice)).toContain(token);
  });

  it('takes a token from who else had it', async () => {
    const erin = await register(server, 'erin_takes');
    const theirs = await add(erin);
    const mine = await add(alice);
    expect(await ok(alice.call('PUT', `${base}/${mine.id}`, { token: theirs.token }))).toMatchObject({
      id: mine.id,
      user_id: alice.id,
      token: theirs.token,
    });
    expect(await tokens(erin)).toEqual([]);
  });

  it('is for its owner', async () => {
    const device = await add(alice);
    const path = `${base}/${device.id}`;
    expect(await no(mallory.call('PUT', path, { token: fresh() }))).toEqual([404, 'Device not found']);
    expect(await no(mallory.call('DELETE', path))).toEqual([404, 'Device not found']);
    expect(await no(alice.call('PUT', `${base}/999999999`, {}))).toEqual([404, 'Device not found']);
    expect((await no(alice.call('PUT', `${base}/abc`, {})))[0]).toBe(422);
    expect((await no(alice.call('PUT', path, { token: 'a\u0000' })))[0]).toBe(422);
    expect(await tokens(alice)).toContain(device.token);
  });
});

describe('letting go', () => {
  it('takes it off the list, and again is no matter', async () => {
    const device = await add(alice);
    for (let time = 0; time < 2; time += 1) {
      expect(await ok(alice.call('DELETE', `${base}/${device.id}`))).toEqual({ message: 'Deleted' });
      expect(await tokens(alice)).not.toContain(device.token);
    }
  });

  it('comes with signing out, of that device alone', async () => {
    const frank = await register(server, 'frank_leaves');
    const stays = await add(frank);
    const login = await call(server, 'POST', `${api}/login`, {
      body: { email: 'frank_leaves', password: 'Secret123' },
    });
    const elsewhere = neru(server, login.body);
    const goes = await add(elsewhere);
    expect(await tokens(frank)).toEqual([goes.token, stays.token]);
    await ok(elsewhere.call('POST', '/logout'));
    expect(await tokens(frank)).toEqual([stays.token]);
    // Brought back by who is still here.
    await add(frank, goes.token);
    expect(await tokens(frank)).toEqual([goes.token, stays.token]);
  });
});
