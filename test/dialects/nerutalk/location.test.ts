// NeruTalk's places: every endpoint and frame; and a position is seen exactly while a share says so, and never after.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeGroup, no, ok, register, type Ears, type Neru } from './people.ts';

const here = { latitude: 52.520008, longitude: 13.404954 };
/** Some 700 m away. */
const there = { latitude: 52.525, longitude: 13.41 };

let server: TestServer;
let alice: Neru;
let bob: Neru;
let carol: Neru;
let mallory: Neru;
const open: Ears[] = [];
let round = 0;

beforeAll(async () => {
  server = await startTestServer({ GEOFENCE_MAX_RADIUS: '5000' });
});
afterAll(() => server.close());
beforeEach(async () => {
  round += 1;
  const named = (name: string) => register(server, `${name}_${round}`);
  [alice, bob, carol, mallory] = await Promise.all([named('alice'), named('bob'), named('carol'), named('mallory')]);
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((ears) => ears.close()));
});

async function listening(who: Neru): Promise<Ears> {
  const ears = await who.connect();
  open.push(ears);
  return ears;
}

const report = (who: Neru, place: object) => ok(who.call('POST', '/location/update', place));
const share = (who: Neru, terms: object = {}) => ok(who.call('POST', '/location/shares', terms));
const draw = (who: Neru, more: object = {}) =>
  ok(
    who.call('POST', '/location/geofences', {
      name: 'home',
      center_latitude: here.latitude,
      center_longitude: here.longitude,
      radius_meters: 100,
      ...more,
    }),
  );

/** Whether any route shows `viewer` where `owner` is, or was. */
async function sees(viewer: Neru, owner: Neru): Promise<boolean> {
  const current = await viewer.call('GET', `/location/current/${owner.id}`);
  const history = await ok(viewer.call('GET', `/location/history/${owner.id}`));
  await report(viewer, here);
  const near = await ok(viewer.call('GET', '/location/nearby?radius_meters=10000'));
  const isNear = near.some((one: { user_id: string }) => one.user_id === owner.id);
  expect([current.status === 200, history.length > 0]).toEqual([isNear, isNear]);
  return isNear;
}

describe('one’s own positions', () => {
  it('are null, then the latest, then a history', async () => {
    expect(await ok(alice.call('GET', '/location/current'))).toBeNull();
    expect(await ok(alice.call('GET', '/location/history'))).toEqual([]);
    const first = await report(alice, { ...here, accuracy: 15_000, bearing: 10, timestamp: '2025-01-01T00:00:00' });
    expect(first).toMatchObject({
      id: expect.any(Number),
      user_id: alice.id,
      ...here,
      accuracy: 15_000,
      altitude: null,
      heading: 10,
      bearing: 10,
      is_current: true,
      timestamp: '2025-01-01T00:00:00.000Z',
      location_timestamp: '2025-01-01T00:00:00.000Z',
    });
    const second = await report(alice, { ...there, address: 'a street', speed: 0 });
    expect(await ok(alice.call('GET', '/location/current'))).toEqual(second);
    expect(await ok(alice.call('GET', '/location/history'))).toEqual([second, { ...first, is_current: false }]);
    expect(await ok(alice.call('GET', '/location/history?limit=1'))).toEqual([second]);
    expect(await ok(alice.call('GET', '/location/history?end_time=2020-01-01'))).toEqual([]);
    expect(await ok(alice.call('GET', '/location/history?start_time=2020-01-01T00:00:00+01:00'))).toHaveLength(2);
  });

  test.each([
    ['POST', 'update', { latitude: 91, longitude: 0 }],
    ['POST', 'update', { latitude: '1', longitude: 0 }],
    ['POST', 'update', { latitude: 0, longitude: 0, accuracy: -1 }],
    ['POST', 'update', { latitude: 0, longitude: 0, heading: 360 }],
    ['POST', 'update', { latitude: 0, longitude: 0, timestamp: 'now' }],
    ['GET', 'current/bob', undefined],
    ['GET', 'history?limit=1001', undefined],
    ['GET', 'history?start_time=soon', undefined],
    ['GET', 'nearby?radius_meters=99', undefined],
    ['GET', 'stats?days=0', undefined],
    ['POST', 'shares', { target_user_id: 'bob' }],
    ['POST', 'shares', { expires_at: '2020-01-01T00:00:00Z' }],
    ['POST', 'shares', { duration_minutes: 0 }],
    ['POST', 'shares', { precision: 'galaxy' }],
    ['PUT', 'shares/abc', {}],
    ['POST', 'geofences', { name: 'x', center_latitude: 0, center_longitude: 0 }],
    ['POST', 'geofences', { name: '', center_latitude: 0, center_longitude: 0, radius: 10 }],
    ['POST', 'geofences', { name: 'x', center_latitude: 0, center_longitude: 0, radius: 0 }],
    ['POST', 'geofences', { name: 'x', center_latitude: 0, center_longitude: 0, radius: 5001 }],
    ['GET', 'geofences/events?geofence_id=x', undefined],
  ])('%s %s %j is 422', async (method, path, body) => {
    expect((await no(alice.call(method, `/location/${path}`, body)))[0]).toBe(422);
  });
});

describe('a share', () => {
  it('with one person shows them, and nobody else', async () => {
    await report(alice, here);
    expect(await sees(bob, alice)).toBe(false);
    const [status, sentence] = await no(bob.call('GET', `/location/current/${alice.id}`));
    expect(await no(bob.call('GET', '/location/current/00000000-0000-4000-8000-000000000000'))).toEqual([
      status,
      sentence,
    ]);
    expect(status).toBe(404);
    const bobs = await listening(bob);
    const opened = await share(alice, { target_user_id: bob.id, duration_minutes: '60' });
    expect(opened).toMatchObject({
      user_id: alice.id,
      target_user_id: bob.id,
      shared_with_user_id: bob.id,
      target_chat_id: null,
      duration_minutes: 60,
      is_active: true,
      is_live: true,
      update_interval: 30,
      precision: 'exact',
      stopped_at: null,
    });
    expect(Date.parse(opened.expires_at) - Date.now()).toBeGreaterThan(3_590_000);
    expect((await bobs.next('location_share_received')).data).toEqual({
      sharer_id: alice.id,
      share_id: opened.id,
      expires_at: opened.expires_at,
    });
    expect(await ok(alice.call('GET', '/location/shares'))).toEqual([opened]);
    expect(await ok(bob.call('GET', '/location/shares'))).toEqual([]);
    expect(await ok(bob.call('GET', '/location/shares?direction=incoming'))).toEqual([opened]);
    // What was reported before the share began is not part of it.
    expect(await ok(bob.call('GET', `/location/history/${alice.id}`))).toEqual([]);
    await report(alice, there);
    expect((await bobs.next('shared_location_update')).data).toMatchObject({
      user_id: alice.id,
      ...there,
      accuracy: null,
      share_id: opened.id,
    });
    expect(await sees(bob, alice)).toBe(true);
    expect(await sees(mallory, alice)).toBe(false);
  });

  it('with nobody named is public, and not announced', async () => {
    const { id } = await share(alice);
    const ears = await listening(mallory);
    await report(alice, there);
    expect(await sees(mallory, alice)).toBe(true);
    await ears.settled();
    expect(ears.heard.filter(({ type }) => type !== 'user_status')).toEqual([]);
    await ok(alice.call('DELETE', `/location/shares/${id}`));
    expect(await sees(mallory, alice)).toBe(false);
  });

  it('with a chat shows those who are in it, while they are', async () => {
    const chat = await makeGroup(alice, 'a group', bob, carol);
    expect((await no(mallory.call('POST', '/location/shares', { target_chat_id: chat.id })))[0]).toBe(403);
    const opened = await share(alice, { target_chat_id: String(chat.id) });
    expect(opened).toMatchObject({ target_user_id: null, target_chat_id: chat.id });
    const ears = { bob: await listening(bob), mallory: await listening(mallory) };
    await report(alice, there);
    expect((await ears.bob.next('shared_location_update')).data).toMatchObject({ share_id: opened.id });
    expect([await sees(bob, alice), await sees(carol, alice), await sees(mallory, alice)]).toEqual([true, true, false]);
    await ok(alice.call('DELETE', `/chats/${chat.id}/participants/${bob.id}`));
    expect([await sees(bob, alice), await sees(carol, alice)]).toEqual([false, true]);
    await report(alice, here);
    await Promise.all([ears.bob.settled(), ears.mallory.settled()]);
    expect([...ears.bob.heard, ...ears.mallory.heard].filter(({ type }) => type.includes('location'))).toEqual([]);
  });

  it.each([
    ['DELETE', undefined],
    ['PUT', { is_active: false }],
  ])('that is stopped (%s) shows nothing any more, anywhere', async (method, body) => {
    const bobs = await listening(bob);
    const { id } = await share(alice, { target_user_id: bob.id });
    await report(alice, there);
    await bobs.next('shared_location_update');
    expect((await no(mallory.call(method, `/location/shares/${id}`, body)))[0]).toBe(404);
    expect(await sees(bob, alice)).toBe(true);
    await ok(alice.call(method, `/location/shares/${id}`, body));
    expect((await bobs.next('location_share_stopped')).data).toEqual({ share_id: id });
    await report(alice, here);
    expect(await sees(bob, alice)).toBe(false);
    await bobs.settled();
    expect(bobs.heard.filter(({ type }) => type.startsWith('shared'))).toEqual([]);
    expect(await ok(alice.call('GET', '/location/shares'))).toEqual([]);
    await ok(alice.call(method, `/location/shares/${id}`, body));
    expect((await no(alice.call('PUT', `/location/shares/${id}`, { duration_minutes: 5 })))[0]).toBe(404);
    await bobs.settled();
    expect(bobs.heard.filter(({ type }) => type === 'location_share_stopped')).toEqual([]);
  });

  it('that ran out shows nothing any more, and both are told', async () => {
    const ears = [await listening(alice), await listening(bob)] as const;
    const expires_at = new Date(Date.now() + 3_000).toISOString();
    const { id } = await share(alice, { target_user_id: bob.id, expires_at });
    await report(alice, there);
    await ears[1].next('shared_location_update');
    expect(await sees(bob, alice)).toBe(true);
    await sleep(Math.max(0, Date.parse(expires_at) - Date.now() + 10));
    expect(await sees(bob, alice)).toBe(false);
    expect((await no(alice.call('PUT', `/location/shares/${id}`, { duration_minutes: 5 })))[0]).toBe(404);
    await report(alice, here);
    for (const each of ears) expect((await each.next('location_share_stopped')).data).toEqual({ share_id: id });
    expect(ears[1].heard.filter(({ type }) => type.startsWith('shared'))).toEqual([]);
    expect(await ok(bob.call('GET', '/location/shares?direction=incoming'))).toEqual([]);
  });

  it('may be changed by its owner', async () => {
    const { id } = await share(alice, { target_user_id: bob.id });
    const changed = await ok(
      alice.call('PUT', `/location/shares/${id}`, { duration_minutes: 5, is_live: false, update_interval: 60 }),
    );
    expect(changed).toMatchObject({ duration_minutes: 5, is_live: false, update_interval: 60, is_active: true });
    expect(changed.expires_at).not.toBeNull();
    expect(await ok(alice.call('PUT', `/location/shares/${id}`, { expires_at: null }))).toMatchObject({
      expires_at: null,
    });
  });

  it('is refused with oneself, with nobody, and across a block, which also ends what was', async () => {
    const refused = async (terms: object) => (await no(alice.call('POST', '/location/shares', terms)))[0];
    expect(await refused({ target_user_id: alice.id })).toBe(400);
    expect(await refused({ target_user_id: '00000000-0000-4000-8000-000000000000' })).toBe(404);
    await share(alice, { target_user_id: bob.id });
    await report(alice, there);
    expect(await sees(bob, alice)).toBe(true);
    await ok(bob.call('POST', '/settings/privacy/block', { user_id: alice.id }));
    expect(await sees(bob, alice)).toBe(false);
    expect(await ok(bob.call('GET', '/location/shares?direction=incoming'))).toEqual([]);
    expect(await refused({ target_user_id: bob.id })).toBe(403);
  });

  it('is as precise as its owner says, everywhere', async () => {
    const bobs = await listening(bob);
    await share(alice, { target_user_id: bob.id, precision: 'street' });
    await report(alice, { ...there, accuracy: 5, altitude: 34, speed: 1, heading: 2, address: 'a street' });
    const shown = await ok(bob.call('GET', `/location/current/${alice.id}`));
    expect(shown).toMatchObject({ accuracy: 200, altitude: null, speed: null, heading: null, address: null });
    expect(shown.latitude).not.toBe(there.latitude);
    const { latitude, longitude } = shown;
    expect((await bobs.next('shared_location_update')).data).toMatchObject({ latitude, longitude, accuracy: 200 });
    expect(await ok(bob.call('GET', `/location/history/${alice.id}`))).toMatchObject([{ latitude, longitude }]);
    await report(bob, here);
    const [near] = await ok(bob.call('GET', '/location/nearby?radius=5000'));
    expect(near).toMatchObject({ user_id: alice.id, location: { latitude, longitude }, is_friend: false });
  });
});

it('nearby answers the nearest first, within the radius, never oneself', async () => {
  expect(await ok(alice.call('GET', '/location/nearby'))).toEqual([]);
  await report(alice, here);
  await share(bob, { target_user_id: alice.id });
  await share(carol, { target_user_id: alice.id });
  await report(bob, there);
  await report(carol, { latitude: here.latitude + 0.001, longitude: here.longitude });
  await report(mallory, here);
  const near = await ok(alice.call('GET', '/location/nearby'));
  expect(near).toMatchObject([
    { user_id: carol.id, username: carol.username, name: carol.username, is_sharing_location: true },
    { user_id: bob.id },
  ]);
  expect(near[0].distance).toBeCloseTo(111.2, 0);
  expect(near[0].distance_meters).toBe(near[0].distance);
  expect(await ok(alice.call('GET', '/location/nearby?radius=200'))).toHaveLength(1);
});

describe('a fence', () => {
  it('is drawn, listed, changed and taken away by its owner alone', async () => {
    const fence = await draw(alice, { radius_meters: undefined, radius: 99.6, trigger_on_exit: false });
    expect(fence).toMatchObject({
      user_id: alice.id,
      name: 'home',
      center_latitude: here.latitude,
      radius_meters: 100,
      radius: 100,
      notify_on_entry: true,
      notify_on_exit: false,
      trigger_on_exit: false,
      is_active: true,
    });
    const earlier = await draw(alice, { name: 'a place', is_active: false });
    expect(await ok(alice.call('GET', '/location/geofences'))).toEqual([earlier, fence]);
    expect(await ok(mallory.call('GET', '/location/geofences'))).toEqual([]);
    const path = `/location/geofences/${fence.id}`;
    expect((await no(mallory.call('PUT', path, { name: 'mine' })))[0]).toBe(404);
    expect((await no(mallory.call('DELETE', path)))[0]).toBe(404);
    expect((await no(alice.call('PUT', path, { radius: 5001 })))[0]).toBe(422);
    expect(await ok(alice.call('PUT', path, { name: 'work', description: 'there' }))).toMatchObject({
      name: 'work',
      description: 'there',
      radius: 100,
    });
    expect(await ok(alice.call('DELETE', path))).toEqual({ message: 'Deleted' });
    expect((await no(alice.call('DELETE', path)))[0]).toBe(404);
  });

  it('tells its owner of one entry and one exit', async () => {
    const fence = await draw(alice);
    const ears = { alice: await listening(alice), bob: await listening(bob) };
    await share(alice, { target_user_id: bob.id });
    for (const place of [there, here, here, there, there]) await report(alice, place);
    const told = [await ears.alice.next('geofence_event'), await ears.alice.next('geofence_event')];
    expect(told.map(({ data }) => data)).toEqual([
      {
        geofence_id: fence.id,
        geofence_name: 'home',
        event_type: 'entry',
        location: { ...here, accuracy: null },
        timestamp: expect.any(String),
      },
      expect.objectContaining({ event_type: 'exit', location: { ...there, accuracy: null } }),
    ]);
    const events = await ok(alice.call('GET', `/location/geofences/events?geofence_id=${fence.id}`));
    expect(events).toMatchObject([
      { event_type: 'exit', geofence_id: fence.id, geofence_name: 'home', ...there },
      { event_type: 'entry', user_id: alice.id, ...here },
    ]);
    expect(await ok(alice.call('GET', '/location/geofences/events?limit=1'))).toHaveLength(1);
    expect(await ok(bob.call('GET', '/location/geofences/events'))).toEqual([]);
    await Promise.all([ears.alice.settled(), ears.bob.settled()]);
    expect([...ears.alice.heard, ...ears.bob.heard].filter(({ type }) => type === 'geofence_event')).toEqual([]);
    await ok(alice.call('DELETE', `/location/geofences/${fence.id}`));
  });

  it('keeps quiet where it should, and its events all the same', async () => {
    await draw(alice, { notify_on_entry: false });
    const ears = await listening(alice);
    await report(alice, here);
    await report(alice, there);
    expect((await ears.next('geofence_event')).data.event_type).toBe('exit');
    expect(await ok(alice.call('GET', '/location/geofences/events'))).toHaveLength(2);
    expect(await ok(alice.call('GET', '/location/stats'))).toEqual({
      total_locations: 2,
      active_shares: 0,
      geofences_count: 1,
      geofence_areas: 1,
      recent_events: 2,
      geofence_events: 2,
      days_tracked: 1,
      most_visited_places: [],
      activity_summary: {},
    });
  });
});

describe('frames', () => {
  it('do what the routes do', async () => {
    const ears = { alice: await listening(alice), bob: await listening(bob) };
    ears.alice.say('location_share_start', { target_user_id: bob.id });
    const { data: started } = await ears.alice.next('location_share_started');
    expect(started).toMatchObject({ share_id: expect.any(Number), target_user_id: bob.id });
    expect(Date.parse(started.expires_at) - Date.now()).toBeGreaterThan(3_590_000);
    expect((await ears.bob.next('location_share_received')).data).toMatchObject({ share_id: started.share_id });
    ears.alice.say('location_update', { ...there, accuracy: 3 });
    expect((await ears.alice.next('location_updated')).data).toEqual({ ...there, timestamp: expect.any(String) });
    expect((await ears.bob.next('shared_location_update')).data).toMatchObject({ ...there, accuracy: 3 });
    expect(await ok(alice.call('GET', '/location/current'))).toMatchObject(there);
    for (let again = 0; again < 2; again += 1) {
      ears.alice.say('location_share_stop', { share_id: String(started.share_id) });
      expect((await ears.alice.next('location_share_stopped')).data).toEqual({ share_id: started.share_id });
    }
    expect((await ears.bob.next('location_share_stopped')).data).toEqual({ share_id: started.share_id });
    await Promise.all([ears.alice.settled(), ears.bob.settled()]);
    expect([...ears.alice.heard, ...ears.bob.heard].filter(({ type }) => type.includes('location'))).toEqual([]);
    expect(await sees(bob, alice)).toBe(false);
  });

  test.each([
    ['location_update', {}],
    ['location_update', { latitude: 0, longitude: '0' }],
    ['location_update', { latitude: 0, longitude: 0, heading: 360 }],
    ['location_share_start', { target_user_id: 'bob' }],
    ['location_share_start', { precision: 'galaxy' }],
    ['location_share_stop', {}],
    ['location_share_stop', { share_id: 999_999 }],
  ])('%s with %j is answered with an error', async (type, data) => {
    const ears = await listening(alice);
    ears.say(type, data);
    expect((await ears.next('error')).data).toMatchObject({ request_type: type, message: expect.any(String) });
  });
});
