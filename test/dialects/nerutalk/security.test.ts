// An e-mail address proven by a code, a second factor, and what one did with one's account.

import { Secret, TOTP } from 'otpauth';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { no, ok, register, type Neru } from './people.ts';

let server: TestServer;
let alice: Neru;
let mallory: Neru;
beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

/** The codes sent to an address so far; waits until there are so many. */
async function codesFor(address: string, count: number): Promise<string[]> {
  await expect.poll(() => codes(address), { timeout: 10_000 }).toHaveLength(count);
  return codes(address);
}

function codes(address: string): string[] {
  const start = `EMAIL CODE ${address} `;
  return server.printed.filter((line) => line.startsWith(start)).map((line) => line.slice(start.length));
}

const sendCode = (who: Neru) => who.call('POST', '/profile/send-email-verification', {});
const verify = (who: Neru, code: unknown) => who.call('POST', '/profile/verify-email', { verification_code: code });

it('an address is proven by the code that was sent there, by nobody else, and once', async () => {
  await ok(sendCode(alice));
  const [first] = await codesFor('alice@example.org', 1);
  expect(first).toMatch(/^\d{6}$/);
  await ok(sendCode(alice));
  const [, code] = await codesFor('alice@example.org', 2);
  expect(await no(verify(alice, first === code ? '000000' : first))).toEqual([400, 'The code is wrong or has expired']);
  expect(await no(verify(mallory, code))).toEqual([400, 'The code is wrong or has expired']);
  expect((await ok(alice.call('GET', '/profile'))).is_verified).toBe(false);
  await ok(verify(alice, ` ${code} `));
  expect(await ok(alice.call('GET', '/profile'))).toMatchObject({ is_verified: true, is_email_verified: true });
  expect(await ok(mallory.call('GET', '/profile'))).toMatchObject({ is_verified: false });
  expect(await no(verify(alice, code))).toEqual([400, 'The code is wrong or has expired']);
  expect(await ok(alice.call('GET', '/settings/account'))).toMatchObject({ email_verified: true });
  // Proven already: nothing is sent.
  await ok(sendCode(alice));
  expect(codes('alice@example.org')).toHaveLength(2);
  expect(server.logged.join('')).not.toContain(code);
});

it('three wrong tries kill a code, also when they come at once; the other path takes it too', async () => {
  const bob = await register(server, 'bob');
  await ok(sendCode(bob));
  const [code] = await codesFor('bob@example.org', 1);
  await Promise.all(['a', 'b', 'c'].map((wrong) => no(verify(bob, wrong))));
  await no(verify(bob, code));
  await ok(sendCode(bob));
  const [, fresh] = await codesFor('bob@example.org', 2);
  await ok(bob.call('POST', '/auth/verify-email', { code: fresh }, { 'accept-language': 'ja' }));
  expect(await ok(bob.call('GET', '/profile'))).toMatchObject({ is_verified: true });
});

it('nonsense is refused, never a fault', async () => {
  for (const body of [{}, { verification_code: null }, { verification_code: 12 }, [], 'x', undefined]) {
    expect((await mallory.call('POST', '/profile/verify-email', body)).status).toBe(422);
  }
  expect((await verify(mallory, '\0')).status).toBeLessThan(500);
  expect((await verify(mallory, '9'.repeat(65))).status).toBe(422);
  expect((await mallory.call('GET', '/profile/activities?limit=0')).status).toBe(422);
});

it('who asks for codes too often is told to wait, and sends nothing more', async () => {
  const limited = await startTestServer({ RATE_LIMITS: 'on' });
  try {
    const carol = await register(limited, 'carol');
    for (let asked = 0; asked < 5; asked += 1) await ok(sendCode(carol));
    expect((await sendCode(carol)).status).toBe(429);
    // Changing the address to another's and back does not help.
    const { rows } = await limited.database.pool.query<{ count: number }>('select count(*) from email_codes');
    expect(rows[0]!.count).toBe(5);
  } finally {
    await limited.close();
  }
});

it('what one did is told to oneself alone, newest first, in the reader’s language', async () => {
  const dora = await register(server, 'dora');
  expect(await ok(dora.call('GET', '/profile/activities'))).toEqual([]);
  await ok(dora.call('PUT', '/profile', { bio: 'here' }));
  await ok(dora.call('PUT', '/profile', { bio: 'here' }));
  await ok(dora.call('PUT', '/profile/status', { status: 'busy' }));
  await ok(dora.call('PUT', '/profile/privacy', { show_last_seen: false, show_email: true }));
  await ok(dora.call('PUT', '/profile', { avatar_url: 'https://example.org/a.png' }));
  await ok(dora.call('DELETE', '/profile/avatar'));
  const all = await ok(dora.call('GET', '/profile/activities?limit=100'));
  expect(all.map((one: { action: string }) => one.action)).toEqual([
    'avatar_removed',
    'avatar_changed',
    'privacy_updated',
    'status_changed',
    'profile_updated',
  ]);
  expect(all[0]).toEqual({
    id: expect.stringMatching(/^\d+$/),
    user_id: dora.id,
    action: 'avatar_removed',
    description: 'Picture removed',
    metadata: null,
    created_at: expect.stringMatching(/Z$/),
  });
  expect(await ok(dora.call('GET', '/profile/activities?limit=2'))).toEqual(all.slice(0, 2));
  const [korean] = await ok(dora.call('GET', '/profile/activities', undefined, { 'x-language': 'ko' }));
  expect(korean.description).toBe('사진을 삭제했습니다');
  expect((await ok(mallory.call('GET', '/profile/activities'))).length).toBe(0);
});

it('a second factor is turned on and off by codes, and shows on the screen', async () => {
  const shown = async () => (await ok(alice.call('GET', '/settings/security'))).two_factor_auth;
  const pending = await ok(alice.call('POST', '/settings/security/2fa/enable'));
  expect(pending).toMatchObject({ enabled: false, backup_codes: [] });
  expect(pending.provisioning_uri).toContain('otpauth://totp/NeruTalk:alice%40example.org');
  await ok(alice.call('PUT', '/settings/security', { two_factor_auth: true, screen_lock: true }));
  expect(await shown()).toBe(false);
  await no(alice.call('POST', '/settings/security/2fa/enable', { code: '000000x' }));
  const code = new TOTP({ secret: Secret.fromBase32(pending.secret) }).generate();
  const on = await ok(alice.call('POST', '/settings/security/2fa/enable', { code }));
  expect(on).toMatchObject({ enabled: true, secret: null, provisioning_uri: null });
  expect(on.backup_codes).toHaveLength(8);
  expect(await shown()).toBe(true);
  await no(alice.call('POST', '/settings/security/2fa/enable', {}));
  await no(alice.call('POST', '/settings/security/2fa/disable', { code: 'wrong' }));
  expect((await alice.call('POST', '/settings/security/2fa/disable', {})).status).toBe(422);
  await no(mallory.call('POST', '/settings/security/2fa/disable', { code: on.backup_codes[0] }));
  await ok(alice.call('POST', '/settings/security/2fa/disable', { code: on.backup_codes[0] }));
  expect(await shown()).toBe(false);
});
