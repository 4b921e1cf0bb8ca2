// /api/account: plans, the badge, social links, the profile again (contract: section 15).

import { sql } from 'kysely';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { call, signUp, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { ok, type Body } from './stage.ts';

let server: TestServer;
let alice: Person;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  alice = await signUp(server, 'Alice', { verified: true });
});

async function write(assignments: ReturnType<typeof sql>): Promise<void> {
  const id = server.ids.fromUuid('account', alice.id)!;
  await sql`update accounts set ${assignments} where id = ${id}`.execute(server.database.db);
}

it('needs a token everywhere', async () => {
  const doors = [
    ['GET', 'subscriptions'],
    ['POST', 'subscriptions/subscribe'],
    ['POST', 'subscriptions/cancel'],
    ['POST', 'subscriptions/verify-payment?reference=x'],
    ['GET', 'verification/status'],
    ['POST', 'verification/request'],
    ['GET', 'social-links'],
    ['PUT', 'social-links'],
    ['DELETE', 'social-links/twitter'],
    ['GET', 'profile'],
    ['PUT', 'profile'],
  ];
  for (const [method, path] of doors) {
    expect((await call(server, method!, `/api/account/${path}`)).status, `${method} ${path}`).toBe(401);
  }
});

describe('plans', () => {
  const plans = () => ok(alice.call('GET', '/api/account/subscriptions'));
  const subscribe = (plan_id: unknown) => alice.call('POST', '/api/account/subscriptions/subscribe', { plan_id });

  it('are three, the free one everybody’s', async () => {
    const body = await plans();
    expect(body).toMatchObject({ current_plan: 'free', expires_at: null });
    expect(body.plans.map((one: Body) => [one.id, one.price, one.period, one.is_active])).toEqual([
      ['free', 0, 'forever', true],
      ['premium', 5000, 'month', true],
      ['business', 10_000, 'month', true],
    ]);
    for (const plan of body.plans) expect(plan.features.length).toBeGreaterThan(0);
  });

  it('that cost money wait for somebody who takes it', async () => {
    for (const plan of ['premium', 'business']) {
      const { status, body } = await subscribe(plan);
      expect(status).toBe(503);
      expect(body.detail).toEqual(expect.any(String));
    }
    expect((await alice.call('POST', '/api/account/subscriptions/verify-payment?reference=abc')).status).toBe(503);
    expect((await alice.call('POST', '/api/account/subscriptions/verify-payment')).status).toBe(422);
    expect(await plans()).toMatchObject({ current_plan: 'free' });
  });

  it('are refused when they are one’s own, unknown or nonsense', async () => {
    expect((await subscribe('free')).status).toBe(400);
    expect((await subscribe('gold')).status).toBe(400);
    for (const odd of [undefined, null, 1, {}, 'x'.repeat(65)]) expect((await subscribe(odd)).status).toBe(422);
    expect((await alice.call('POST', '/api/account/subscriptions/cancel')).status).toBe(400);
  });

  it('that were paid for elsewhere can be left, and run out', async () => {
    const paid = sql`subscription_plan = 'premium', subscription_expires_at = '2090-01-01T00:00:00Z'`;
    await write(paid);
    expect(await plans()).toMatchObject({ current_plan: 'premium', expires_at: '2090-01-01T00:00:00.000Z' });
    expect((await subscribe('premium')).status).toBe(400);
    expect(await ok(subscribe('free'))).toEqual({
      success: true,
      message: expect.any(String),
      current_plan: 'free',
      expires_at: null,
    });
    await write(paid);
    expect(await ok(alice.call('POST', '/api/account/subscriptions/cancel'))).toMatchObject({ success: true });
    expect(await plans()).toMatchObject({ current_plan: 'free', expires_at: null });
    await write(sql`subscription_plan = 'premium', subscription_expires_at = '2020-01-01T00:00:00Z'`);
    expect(await plans()).toMatchObject({ current_plan: 'free', expires_at: null });
  });
});

describe('the badge', () => {
  const good = { full_name: 'Alice Liddell', reason: 'People take others for me.' };
  const ask = (body: object = good, key?: string) =>
    alice.call('POST', '/api/account/verification/request', body, key ? { 'idempotency-key': key } : undefined);
  const status = () => ok(alice.call('GET', '/api/account/verification/status'));
  const eightDaysOld = () => write(sql`created_at = now() - interval '8 days'`);

  it('is asked for once, by accounts of a week', async () => {
    expect(await status()).toEqual({ is_verified: false, verification_status: 'none', requested_at: null });
    expect((await ask()).status).toBe(400);
    await eightDaysOld();
    const asked = await ok(ask({ ...good, social_proof: 'https://example.org' }));
    expect(asked).toEqual({
      success: true,
      message: expect.any(String),
      verification_status: 'pending',
      requested_at: expect.stringMatching(/Z$/),
      request_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
    });
    expect(await status()).toEqual({
      is_verified: false,
      verification_status: 'pending',
      requested_at: asked.requested_at,
    });
    expect((await ask()).status).toBe(400);
    expect(await ok(alice.call('GET', '/api/auth/me'))).toMatchObject({ verification_status: 'pending' });
  });

  it('is asked for again after a no, and not after a yes', async () => {
    await eightDaysOld();
    const key = crypto.randomUUID();
    const first = await ok(ask(good, key));
    expect(await ok(ask(good, key))).toEqual(first);
    await write(sql`badge_status = 'rejected'`);
    expect((await ok(ask())).request_id).not.toBe(first.request_id);
    await write(sql`badge_status = 'approved'`);
    expect(await status()).toMatchObject({ is_verified: true, verification_status: 'approved' });
    expect((await ask()).status).toBe(400);
  });

  it('is asked for in whole sentences', async () => {
    await eightDaysOld();
    for (const body of [
      {},
      { ...good, full_name: 'A' },
      { ...good, full_name: 'A'.repeat(101) },
      { ...good, reason: 'too short' },
      { ...good, reason: 'x'.repeat(1001) },
      { ...good, reason: null },
      { ...good, social_proof: 1 },
    ]) {
      expect((await ask(body)).status, JSON.stringify(body).slice(0, 80)).toBe(422);
    }
    expect(await status()).toMatchObject({ verification_status: 'none' });
  });
});

describe('social links', () => {
  const at = '/api/account/social-links';

  it('are replaced as a whole, without the @', async () => {
    expect(await ok(alice.call('GET', at))).toEqual({ social_links: {} });
    const first = await ok(
      alice.call('PUT', at, { instagram: '@alice', twitter: ' @@liddell ', tiktok: '', youtube: null }),
    );
    expect(first).toEqual({
      success: true,
      message: expect.any(String),
      social_links: { instagram: 'alice', twitter: 'liddell' },
    });
    expect(await ok(alice.call('PUT', at, { facebook: 'alice', myspace: 'alice' }))).toMatchObject({
      social_links: { facebook: 'alice' },
    });
    expect(await ok(alice.call('GET', at))).toEqual({ social_links: { facebook: 'alice' } });
    expect(await ok(alice.call('GET', '/api/users/me'))).toMatchObject({ social_links: { facebook: 'alice' } });
    expect((await alice.call('PUT', at, { instagram: 1 })).status).toBe(422);
  });

  it('are removed one by one', async () => {
    await ok(alice.call('PUT', at, { instagram: 'alice', twitter: 'liddell' }));
    expect(await ok(alice.call('DELETE', `${at}/instagram`))).toMatchObject({
      success: true,
      social_links: { twitter: 'liddell' },
    });
    expect((await alice.call('DELETE', `${at}/instagram`)).status).toBe(404);
    for (const odd of ['myspace', 'constructor', 'INSTAGRAM', '%27']) {
      expect((await alice.call('DELETE', `${at}/${odd}`)).status, odd).toBe(400);
    }
    expect(await ok(alice.call('GET', at))).toEqual({ social_links: { twitter: 'liddell' } });
  });
});

describe('the profile', () => {
  const at = '/api/account/profile';

  it('is shown, and changed by query', async () => {
    const { data, success } = await ok(alice.call('GET', at));
    expect([success, data]).toEqual([true, await ok(alice.call('GET', '/api/auth/me'))]);
    const email = `alice-${alice.id}@example.org`;
    const changed = await ok(alice.call('PUT', `${at}?display_name=Al&email=${email}&bio=Hi%20there`));
    expect(changed).toMatchObject({ success: true, data: { display_name: 'Al', email, bio: 'Hi there' } });
    expect(await ok(alice.call('PUT', at))).toMatchObject({ data: { display_name: 'Al', email, bio: 'Hi there' } });
    expect((await alice.call('PUT', `${at}?display_name=A`)).status).toBe(422);
    expect((await alice.call('PUT', `${at}?email=nobody`)).status).toBe(422);
    const bob = await signUp(server, 'Bob');
    expect((await bob.call('PUT', `${at}?email=${email.toUpperCase()}`)).status).toBe(400);
  });
});
