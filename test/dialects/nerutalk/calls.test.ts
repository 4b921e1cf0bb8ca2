// NeruTalk's calls: every endpoint, every frame, over both at once; and nobody gets what is another's.

import { createHmac } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, test } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { no, ok, register, type Ears, type Frame, type Neru } from './people.ts';

const appId = '970CA35de60c44645bbae8a215061b33';
const secret = 'between us';

let server: TestServer;
let alice: Neru;
let bob: Neru;
let carol: Neru;
let mallory: Neru;
let ears: Record<'alice' | 'bob' | 'carol' | 'mallory', Ears>;
let round = 0;

beforeAll(async () => {
  server = await startTestServer({
    AGORA_APP_ID: appId,
    AGORA_APP_CERTIFICATE: '5CFd2fd1755d40ecb72977518be15d3b',
    TURN_URL: 'turn:turn.example.org:3478',
    TURN_SECRET: secret,
  });
});
afterAll(() => server.close());
beforeEach(async () => {
  round += 1;
  const named = (name: string) => register(server, `${name}_${round}`);
  [alice, bob, carol, mallory] = await Promise.all([named('alice'), named('bob'), named('carol'), named('mallory')]);
  ears = {
    alice: await alice.connect(),
    bob: await bob.connect(),
    carol: await carol.connect(),
    mallory: await mallory.connect(),
  };
});
afterEach(async () => {
  await Promise.all(Object.values(ears).map((one) => one.close()));
});

const ring = (from: Neru, ...to: Neru[]) =>
  ok(from.call('POST', '/video-calls/initiate', { participant_ids: to.map(({ id }) => id) }));
const act = (who: Neru, id: number, verb: string, body?: object) =>
  who.call('POST', `/video-calls/${id}/${verb}`, body);

/** Everybody has heard all that was sent: what of calls they heard, and nobody else did. */
async function heard(): Promise<Record<string, string[]>> {
  await Promise.all(Object.values(ears).map((one) => one.settled()));
  const ofCalls = ({ type }: Frame) => type.includes('call');
  return Object.fromEntries(
    Object.entries(ears).flatMap(([name, one]) => {
      const types = one.heard
        .splice(0)
        .filter(ofCalls)
        .map(({ type }) => type);
      return types.length > 0 ? [[name, types]] : [];
    }),
  );
}

describe('a call of two', () => {
  it('rings, is answered and ends, with a token for each that is nobody else’s', async () => {
    const ringing = await ok(
      alice.call('POST', '/video-calls/initiate', { callee_id: bob.id, call_type: 'audio', unknown: 1 }),
    );
    expect(ringing).toMatchObject({
      id: expect.any(Number),
      channel_name: expect.stringMatching(/^[\w-]{1,63}$/),
      call_type: 'audio',
      status: 'initiated',
      initiated_by: alice.id,
      caller_id: alice.id,
      callee_id: bob.id,
      is_group_call: false,
      answered_at: null,
      duration: null,
      app_id: appId,
      token: expect.stringMatching(/^007/),
      agora_config: { appId, channel: ringing.channel_name, uid: ringing.uid, role: 'host', expireTime: 86_400 },
      participants: [
        { user_id: alice.id, name: alice.username, joined_at: ringing.started_at, agora_uid: ringing.uid },
        { user_id: bob.id, joined_at: null, left_at: null, is_muted: false, is_video_enabled: true },
      ],
    });
    const frame = {
      call_id: ringing.id,
      caller_id: alice.id,
      caller_name: alice.username,
      call_type: 'audio',
      channel_name: ringing.channel_name,
    };
    expect(await ears.bob.next('call_initiated')).toEqual({
      type: 'call_initiated',
      data: frame,
      timestamp: expect.any(String),
      language: 'en',
    });
    expect((await ears.bob.next('incoming_call')).data).toEqual(frame);

    const answered = await ok(act(bob, ringing.id, 'answer'));
    expect(answered).toMatchObject({ id: ringing.id, status: 'ongoing', answered_at: expect.any(String) });
    expect(answered.token).toMatch(/^007/);
    expect(answered.token).not.toBe(ringing.token);
    expect(answered.uid).not.toBe(ringing.uid);
    expect(JSON.stringify(answered)).not.toContain(ringing.token);
    expect((await ears.alice.next('call_answered')).data).toEqual({
      call_id: ringing.id,
      callee_id: bob.id,
      channel_name: ringing.channel_name,
    });

    const ended = await ok(act(alice, ringing.id, 'end', { end_reason: 'enough', quality_rating: '4' }));
    expect(ended).toMatchObject({
      status: 'ended',
      end_reason: 'enough',
      quality_rating: 4,
      duration: expect.any(Number),
      token: null,
      uid: null,
      app_id: null,
      agora_config: null,
    });
    expect((await ears.bob.next('call_ended')).data).toEqual({
      call_id: ringing.id,
      ended_by: alice.id,
      end_reason: 'enough',
      duration: ended.duration,
    });
    expect(await heard()).toEqual({});
  });

  it('has a relay with credentials of the caller’s own, and for a while', async () => {
    const { uid, ice_config } = await ring(alice, bob);
    expect(ice_config).toMatchObject({
      iceCandidatePoolSize: 10,
      iceServers: [{ urls: 'stun:stun.agora.io' }, { urls: 'turn:turn.example.org:3478' }],
    });
    const { username, credential } = ice_config.iceServers[1];
    const [expiry, whose] = username.split(':');
    expect(whose).toBe(String(uid));
    expect(Number(expiry) - Date.now() / 1_000).toBeCloseTo(86_400, -1);
    expect(credential).toBe(createHmac('sha1', secret).update(username).digest('base64'));
  });

  it('is declined once, and says so once', async () => {
    const { id } = await ring(alice, bob);
    await heard();
    expect(await ok(act(bob, id, 'answer', { accept: false }))).toMatchObject({
      status: 'ended',
      end_reason: 'declined',
      duration: 0,
      answered_at: null,
    });
    expect(await heard()).toEqual({ alice: ['call_declined'] });
    expect((await no(act(bob, id, 'decline')))[0]).toBe(400);
    ears.bob.say('call_declined', { call_id: id, caller_id: alice.id });
    ears.bob.say('call_answered', { call_id: String(id), caller_id: alice.id, accepted: false });
    expect(await heard()).toEqual({});
    expect(ears.bob.heard).toEqual([]);
  });

  it('ended before an answer was missed; ended again is the same', async () => {
    const { id } = await ring(alice, bob);
    const ended = await ok(act(alice, id, 'end', { end_reason: 'bored' }));
    expect(ended).toMatchObject({ status: 'ended', end_reason: 'missed', duration: 0 });
    const again = await ok(act(bob, id, 'end', { quality_rating: 2 }));
    expect(again).toEqual({ ...ended, quality_rating: 2 });
    expect(await heard()).toEqual({ bob: ['call_initiated', 'incoming_call', 'call_ended'] });
  });

  it('rung again while it rings is the same call, and rings no second time', async () => {
    const { id } = await ring(alice, bob);
    expect((await ring(alice, bob)).id).toBe(id);
    expect(await heard()).toEqual({ bob: ['call_initiated', 'incoming_call'] });
  });
});

describe('a step that is none', () => {
  test.each([
    ['POST', 'initiate', {}, 422],
    ['POST', 'initiate', { callee_id: 'bob' }, 422],
    ['POST', 'initiate', { callee_id: '00000000-0000-4000-8000-000000000000' }, 404],
    ['POST', 'initiate', { callee_id: 'self' }, 400],
    ['POST', 'initiate', { callee_id: 'bob!', call_type: 'smoke' }, 422],
    ['POST', 'abc/answer', {}, 422],
    ['POST', '999999999/answer', {}, 404],
    ['GET', '999999999', undefined, 404],
    ['GET', 'history?limit=0', undefined, 422],
    ['GET', 'history?limit=101', undefined, 422],
    ['GET', 'stats?days=366', undefined, 422],
    ['POST', 'token', { channel_name: 'elsewhere' }, 404],
  ])('%s %s %j is %d', async (method, path, body, status) => {
    const ids: Record<string, string> = { self: alice.id, 'bob!': bob.id };
    const named = body && 'callee_id' in body ? { ...body, callee_id: ids[body.callee_id] ?? body.callee_id } : body;
    expect((await no(alice.call(method, `/video-calls/${path}`, named)))[0]).toBe(status);
  });

  it('is refused to whoever is not in the call, and tells them nothing', async () => {
    const { id, channel_name } = await ring(alice, bob);
    for (const verb of ['answer', 'decline', 'end']) expect((await no(act(mallory, id, verb)))[0]).toBe(403);
    expect((await no(act(mallory, id, 'participants', { user_id: mallory.id })))[0]).toBe(403);
    expect((await no(mallory.call('GET', `/video-calls/${id}`)))[0]).toBe(403);
    expect((await no(mallory.call('POST', '/video-calls/token', { channel_name })))[0]).toBe(404);
    for (const type of ['call_initiated', 'call_answered', 'call_declined', 'call_ended', 'call_participant_joined']) {
      ears.mallory.say(type, { call_id: id, accepted: true, participants: [mallory.id] });
      expect((await ears.mallory.next('error')).data).toMatchObject({ request_type: type });
    }
    expect(await heard()).toEqual({ bob: ['call_initiated', 'incoming_call'] });
  });

  it('is refused in the wrong state', async () => {
    const { id } = await ring(alice, bob);
    expect((await no(act(alice, id, 'answer')))[0]).toBe(400);
    await ok(act(bob, id, 'answer'));
    expect(await ok(act(bob, id, 'answer'))).toMatchObject({ status: 'ongoing' });
    expect((await no(act(bob, id, 'decline')))[0]).toBe(400);
    expect((await no(act(bob, id, 'end', { quality_rating: 6 })))[0]).toBe(422);
    await ok(act(bob, id, 'end'));
    expect((await no(act(bob, id, 'answer')))[0]).toBe(400);
    expect((await no(act(alice, id, 'participants', { user_id: carol.id })))[0]).toBe(400);
  });

  test.each([[{}], [{ call_id: 'abc' }], [{ call_id: -1 }], [{ call_id: 1.5 }], [{ call_id: 999_999_999 }]])(
    'a frame with %j is answered with an error',
    async (data) => {
      for (const type of ['call_initiated', 'call_answered', 'call_declined', 'call_ended', 'call_participant_left']) {
        ears.alice.say(type, data);
        expect((await ears.alice.next('error')).data).toMatchObject({ request_type: type });
      }
    },
  );
});

it('REST and frames act on one state, and nobody hears a step twice', async () => {
  const { id, channel_name } = await ring(alice, bob);
  ears.alice.say('call_initiated', { call_id: id, callee_id: bob.id });
  expect((await ears.alice.next('call_initiated_success')).data).toEqual({ call_id: id, channel_name });
  ears.bob.say('call_answered', { call_id: id, caller_id: alice.id, accepted: true });
  await ears.alice.next('call_answered');
  expect(await ok(bob.call('GET', `/video-calls/${id}`))).toMatchObject({ status: 'ongoing' });
  await ok(act(bob, id, 'answer'));
  ears.bob.say('call_answered', { call_id: id, accepted: true });
  ears.bob.say('call_ended', { call_id: id, participants: [mallory.id] });
  expect((await ears.alice.next('call_ended')).data).toMatchObject({ ended_by: bob.id, end_reason: 'user_ended' });
  ears.alice.say('call_ended', { call_id: id });
  await ok(act(alice, id, 'end'));
  expect(await heard()).toEqual({ bob: ['call_initiated', 'incoming_call'] });
});

it('a group call grows, shrinks, and ends with the last but one', async () => {
  const { id } = await ring(alice, bob);
  await ok(act(bob, id, 'answer'));
  await heard();
  const { call, participants, message } = await ok(act(alice, id, 'participants', { user_ids: [carol.id] }));
  expect(message).toBe('Done');
  expect(call).toMatchObject({ is_group_call: true, token: expect.stringMatching(/^007/) });
  expect(participants.map((one: { user_id: string }) => one.user_id)).toEqual([alice.id, bob.id, carol.id]);
  expect((await ears.bob.next('call_participant_joined')).data).toEqual({
    call_id: id,
    participant_id: carol.id,
    participant_name: carol.username,
  });
  await ok(alice.call('PUT', `/video-calls/${id}/participants/${carol.id}/add`));
  expect(await heard()).toEqual({ alice: ['call_participant_joined'], carol: ['call_initiated', 'incoming_call'] });

  expect((await no(carol.call('PUT', `/video-calls/${id}/participants/${bob.id}/remove`)))[0]).toBe(403);
  ears.carol.say('call_participant_left', { call_id: id, participants: [], participant_name: 'nobody' });
  expect((await ears.alice.next('call_participant_left')).data).toMatchObject({ participant_id: carol.id });
  ears.carol.say('call_participant_joined', { call_id: id });
  await ears.alice.next('call_participant_joined');
  await ok(carol.call('PUT', `/video-calls/${id}/participants/${carol.id}/remove`));
  await heard();
  ears.bob.say('call_participant_left', { call_id: id });
  expect((await ears.alice.next('call_ended')).data).toMatchObject({ call_id: id, end_reason: 'user_ended' });
});

it('whoever is brought in while it rings may be the first to answer', async () => {
  const { id } = await ring(alice, bob);
  await ok(act(alice, id, 'participants', { user_id: carol.id }));
  expect(await ok(act(carol, id, 'answer'))).toMatchObject({ status: 'ongoing' });
});

it('one of several who leaves before answering leaves the others ringing', async () => {
  const { id } = await ring(alice, bob, carol);
  ears.bob.say('call_participant_left', { call_id: id });
  await ears.alice.next('call_declined');
  expect(await ok(act(carol, id, 'answer'))).toMatchObject({ status: 'ongoing' });
});

it('history, the calls that go on, and figures', async () => {
  const first = await ring(alice, bob);
  await ok(act(bob, first.id, 'decline'));
  const second = await ring(carol, alice);
  expect(await ok(alice.call('GET', '/video-calls/'))).toMatchObject([
    { id: second.id, token: null, uid: null, app_id: null, agora_config: null },
  ]);
  const history = await ok(alice.call('GET', '/video-calls/history'));
  expect(history).toMatchObject([
    { id: second.id, call_id: second.id, is_incoming: true, other_participant_id: carol.id },
    { id: first.id, is_incoming: false, other_participant_id: bob.id, other_participant_name: bob.username },
  ]);
  expect(history[0]).not.toHaveProperty('token');
  expect(history[0].ice_config.iceServers).toEqual([{ urls: 'stun:stun.agora.io' }]);
  expect(await ok(alice.call('GET', '/video-calls/history?limit=1&offset=1'))).toMatchObject([{ id: first.id }]);
  expect(await ok(mallory.call('GET', '/video-calls/history'))).toEqual([]);
  expect(await ok(alice.call('GET', '/video-calls/stats'))).toEqual({
    total_calls: 2,
    total_video_calls: 2,
    total_audio_calls: 0,
    total_duration: 0,
    average_duration: 0,
    successful_calls: 0,
    missed_calls: 0,
    declined_calls: 1,
  });
});

it('a fresh token is for one’s own seat only', async () => {
  const { channel_name, uid } = await ring(alice, bob);
  const fresh = await ok(alice.call('POST', '/video-calls/token', { channel_name, uid, role: 1 }));
  expect(fresh).toMatchObject({ channel_name, uid, app_id: appId, token: expect.stringMatching(/^007/) });
  expect((await no(bob.call('POST', '/video-calls/token', { channel_name, uid })))[0]).toBe(403);
  expect((await ok(bob.call('POST', '/video-calls/token', { channel_name, uid: 0, role: 2 }))).uid).not.toBe(uid);
});

describe('signals', () => {
  const offer = { type: 'offer', sdp: 'v=0 …' };

  it('pass from one in the call to another, and to nobody else', async () => {
    const { id } = await ring(alice, bob);
    await heard();
    ears.alice.say('call_signal', { call_id: id, to_user_id: bob.id, signal: offer });
    expect((await ears.bob.next('call_signal')).data).toEqual({ call_id: id, from_user_id: alice.id, signal: offer });
    expect(await heard()).toEqual({});
  });

  test.each([
    ['nobody in the call', () => ({ to_user_id: mallory.id, signal: offer })],
    ['nobody', () => ({ signal: offer })],
    ['a signal of no kind', () => ({ to_user_id: bob.id, signal: { type: 'virus' } })],
    ['no signal', () => ({ to_user_id: bob.id })],
    ['too long a signal', () => ({ to_user_id: bob.id, signal: { type: 'offer', sdp: 'x'.repeat(65_536) } })],
  ])('do not pass: %s', async (_what, data) => {
    const { id } = await ring(alice, bob);
    await heard();
    ears.alice.say('call_signal', { call_id: id, ...data() });
    expect((await ears.alice.next('error')).data).toMatchObject({ request_type: 'call_signal' });
    expect(await heard()).toEqual({});
  });

  it('do not pass from outside, nor after the end', async () => {
    const { id } = await ring(alice, bob);
    ears.mallory.say('call_signal', { call_id: id, to_user_id: bob.id, signal: offer });
    await ears.mallory.next('error');
    await ok(act(bob, id, 'decline'));
    ears.alice.say('call_signal', { call_id: id, to_user_id: bob.id, signal: offer });
    await ears.alice.next('error');
    expect(await heard()).toEqual({ alice: ['call_declined'], bob: ['call_initiated', 'incoming_call'] });
  });
});
