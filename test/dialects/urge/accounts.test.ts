// Signing up, in and out, and finding people (contract: sections 2, 5, 6 and the auth part of 15).

import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signToken } from '../../../src/core/accounts/tokens.ts';
import type { CoreSettings } from '../../../src/core/context.ts';
import type { AccountId, SessionId } from '../../../src/core/ids.ts';
import { call, connect, signUp, type Answer, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { block, closing, ok, openDirect, quiet, turn, type Body } from './stage.ts';

const secret = 'a secret that only this test and its server know, 0123456789';
let server: TestServer;

beforeAll(async () => {
  server = await startTestServer({ JWT_SECRET_KEY: secret });
});
afterAll(() => server.close());

const post = (path: string, body?: unknown, bearer?: string) =>
  call(server, 'POST', `/api/auth/${path}`, {
    ...(body !== undefined && { body }),
    ...(bearer !== undefined && { token: bearer }),
  });

let numbers = 0;
/** A number nobody has. */
function newPhone(): string {
  numbers += 1;
  return `+4470${String(numbers).padStart(8, '0')}`;
}

/** A code sent now, not one sent before. */
async function newCode(path: 'send-code' | 'send-verification' | 'forgot-password', phone: string): Promise<string> {
  const before = server.printed.length;
  await ok(post(path, { phone_number: phone }));
  for (;;) {
    const line = server.printed.slice(before).find((each) => each.includes(`OTP ${phone} `));
    if (line) return line.slice(-6);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A code of the right form that is not this one. */
function not(code: string): string {
  return String((Number(code) + 1) % 1_000_000).padStart(6, '0');
}

function refused({ status, body }: Answer, expected: number): void {
  expect(status, JSON.stringify(body)).toBe(expected);
  expect(body.success).toBe(false);
  expect(body.message).toEqual(expect.any(String));
  if (expected === 422) {
    expect(body.detail[0]).toMatchObject({ type: expect.any(String), loc: expect.any(Array), msg: expect.any(String) });
    const [, ...path] = body.detail[0].loc;
    if (body.detail[0].loc[0] === 'body') {
      expect(body.message).toBe(path.length > 0 ? `${path.join('.')}: ${body.detail[0].msg}` : body.detail[0].msg);
    }
  } else {
    expect(body.detail).toBe(body.message);
  }
}

/** A token as the server would have signed it at another time, or of another kind. */
function token(
  person: { id: string; accessToken: string },
  claims: { type?: 'access' | 'refresh'; secondsAgo?: number; secret?: string } = {},
): Promise<string> {
  const [, payload = ''] = person.accessToken.split('.');
  const { sid } = JSON.parse(Buffer.from(payload, 'base64url').toString()) as { sid: SessionId };
  const settings = {
    secret: Buffer.from(claims.secret ?? secret),
    accessTokenSeconds: 1800,
    refreshTokenSeconds: 604_800,
    subject: () => person.id,
  } as unknown as CoreSettings;
  const account = server.ids.fromUuid('account', person.id) as AccountId;
  return signToken(
    settings,
    { type: claims.type ?? 'access', session: sid, account, dialect: 'urge', username: 'x' },
    Date.now() - (claims.secondsAgo ?? 0) * 1000,
  );
}

describe('register', () => {
  it('answers tokens under every name that clients read, and a whole user', async () => {
    const phone = newPhone();
    const body = await ok(post('register', { phone_number: phone, display_name: 'Alice', email: 'Alice@Example.org' }));
    expect(body).toMatchObject({ token: body.access_token, token_type: 'bearer', refresh_token: expect.any(String) });
    expect(body.user).toMatchObject({
      phone_number: phone,
      display_name: 'Alice',
      email: 'Alice@Example.org',
      role: 'REGULAR',
      is_verified: false,
      verification_status: 'none',
      subscription_plan: 'free',
      social_links: {},
      avatar_url: null,
      is_online: false,
    });
    const [, payload = ''] = body.access_token.split('.');
    const claims = JSON.parse(Buffer.from(payload, 'base64url').toString()) as Record<string, unknown>;
    expect(claims).toMatchObject({ sub: body.user.id, type: 'access', aud: 'urge' });
    expect(Number(claims['exp']) - Number(claims['iat'])).toBe(1800);
  });

  it('takes a missing name as the phone, and ignores what it does not know', async () => {
    const phone = newPhone();
    const body = await ok(post('register', { phone_number: phone, verification_code: '1', is_verified: true }));
    expect(body.user).toMatchObject({ display_name: phone, is_verified: false });
  });

  it('refuses a phone or an e-mail that is taken, whatever its case, with 400', async () => {
    const phone = newPhone();
    await ok(post('register', { phone_number: phone, email: 'taken@example.org' }));
    refused(await post('register', { phone_number: phone, display_name: 'Mallory' }), 400);
    refused(await post('register', { phone_number: newPhone(), email: 'TAKEN@example.org' }), 400);
  });

  it.each([
    ['no body', undefined],
    ['no phone', {}],
    ['a phone of nine digits', { phone_number: '123456789' }],
    ['a phone of sixteen', { phone_number: '1234567890123456' }],
    ['letters', { phone_number: 'not a phone' }],
    ['two pluses', { phone_number: '++447000000000' }],
    ['a number', { phone_number: 447_000_000_000 }],
    ['a short password', { phone_number: '+447111111111', password: '1234567' }],
    ['a long password', { phone_number: '+447111111111', password: 'x'.repeat(101) }],
    ['an empty name', { phone_number: '+447111111111', display_name: '' }],
    ['a long name', { phone_number: '+447111111111', display_name: 'x'.repeat(101) }],
    ['no e-mail', { phone_number: '+447111111111', email: 'nobody' }],
  ])('refuses %s with 422', async (_what, body) => {
    refused(await post('register', body), 422);
  });

  it('of two at once with one number lets one in', async () => {
    const phone = newPhone();
    const answers = await Promise.all([1, 2, 3].map(() => post('register', { phone_number: phone })));
    expect(answers.map(({ status }) => String(status)).toSorted()).toEqual(['200', '400', '400']);
  });

  it.each([
    ['+44 (7900) 000-001', '+447900000001'],
    ['07900.000.002', '07900000002'],
    ['tel:+447900000003', '+447900000003'],
  ])('reads %s as %s, everywhere alike', async (written, read) => {
    const body = await ok(post('register', { phone_number: written }));
    expect(body.user.phone_number).toBe(read);
    await ok(post('send-code', { phone_number: written }));
    const code = await server.codeFor(read);
    await ok(post('verify-phone', { phone_number: written, code }));
    expect((await ok(post('login', { phone_number: written, verification_code: code }))).user.id).toBe(body.user.id);
    await ok(post('forgot-password', { phone_number: written }));
  });

  it('takes +X and X for different numbers', async () => {
    const first = await ok(post('register', { phone_number: '447900000009' }));
    const second = await ok(post('register', { phone_number: '+447900000009' }));
    expect(second.user.id).not.toBe(first.user.id);
  });
});

describe('codes', () => {
  it('are sent for known and unknown numbers alike, by either path; a bad number is 422', async () => {
    for (const path of ['send-code', 'send-verification']) {
      const answer = await post(path, { phone_number: newPhone() });
      expect(answer).toMatchObject({ status: 200, body: { success: true, message: expect.any(String) } });
      refused(await post(path, { phone_number: '12' }), 422);
    }
  });

  it('survive verify-phone and die at login', async () => {
    const alice = await signUp(server, 'Alice');
    const code = await newCode('send-verification', alice.phone);
    const body = { phone_number: alice.phone, code };
    const verified = await ok(post('verify-phone', body));
    expect(verified).toMatchObject({ success: true, token: verified.access_token, user: { is_verified: true } });
    await ok(post('verify-phone', body));
    const login = { phone_number: alice.phone, verification_code: code };
    expect((await ok(post('login', login))).user.id).toBe(alice.id);
    refused(await post('login', login), 401);
    refused(await post('verify-phone', body), 400);
  });

  it('let one in of many that log in at once', async () => {
    const alice = await signUp(server, 'Alice');
    const code = await newCode('send-code', alice.phone);
    const answers = await Promise.all(
      Array.from({ length: 6 }, () => post('login', { phone_number: alice.phone, verification_code: code })),
    );
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5);
  });

  it('live five minutes', async () => {
    const alice = await signUp(server, 'Alice');
    const { db } = server.database;
    const code = await newCode('send-code', alice.phone);
    const { rows } = await sql<{ seconds: number }>`
      select extract(epoch from expires_at - created_at)::int as seconds from codes where phone = ${alice.phone}`.execute(
      db,
    );
    expect(rows).toEqual([{ seconds: 300 }]);
    await sql`update codes set expires_at = now() - interval '1 second' where phone = ${alice.phone}`.execute(db);
    refused(await post('verify-phone', { phone_number: alice.phone, code }), 400);
    refused(await post('login', { phone_number: alice.phone, verification_code: code }), 401);
  });

  it('die after three wrong tries', async () => {
    const alice = await signUp(server, 'Alice');
    const code = await newCode('send-code', alice.phone);
    for (let attempt = 0; attempt < 2; attempt += 1) {
      refused(await post('verify-phone', { phone_number: alice.phone, code: not(code) }), 400);
    }
    await ok(post('verify-phone', { phone_number: alice.phone, code }));
    refused(await post('login', { phone_number: alice.phone, verification_code: not(code) }), 401);
    refused(await post('verify-phone', { phone_number: alice.phone, code }), 400);
    refused(await post('login', { phone_number: alice.phone, verification_code: code }), 401);
  });

  it('die after three wrong tries that come at once', async () => {
    const alice = await signUp(server, 'Alice');
    const code = await newCode('send-code', alice.phone);
    const wrong = Array.from({ length: 12 }, (_, index) =>
      String((Number(code) + index + 1) % 1_000_000).padStart(6, '0'),
    );
    const answers = await Promise.all(
      wrong.map((each) => post('verify-phone', { phone_number: alice.phone, code: each })),
    );
    for (const answer of answers) refused(answer, 400);
    const { rows } = await sql`select failures from codes where phone = ${alice.phone}`.execute(server.database.db);
    expect(rows).toEqual([{ failures: 3 }]);
    refused(await post('verify-phone', { phone_number: alice.phone, code }), 400);
  });

  it('die when a newer one is sent', async () => {
    const alice = await signUp(server, 'Alice');
    const older = await newCode('send-code', alice.phone);
    const newer = await newCode('send-verification', alice.phone);
    if (older !== newer) refused(await post('verify-phone', { phone_number: alice.phone, code: older }), 400);
    await ok(post('verify-phone', { phone_number: alice.phone, code: newer }));
  });

  it('of one kind are none of the other', async () => {
    const alice = await signUp(server, 'Alice');
    const signIn = await newCode('send-code', alice.phone);
    const reset = await newCode('forgot-password', alice.phone);
    if (signIn !== reset) {
      refused(await post('verify-phone', { phone_number: alice.phone, code: reset }), 400);
      refused(await post('verify-reset-code', { phone_number: alice.phone, code: signIn }), 400);
    }
    // The newer code of the other kind did not void this one.
    await ok(post('verify-phone', { phone_number: alice.phone, code: signIn }));
  });

  it('are of one number alone', async () => {
    const [alice, mallory] = await Promise.all([signUp(server, 'Alice'), signUp(server, 'Mallory')]);
    const [hers, theirs] = [await newCode('send-code', alice.phone), await newCode('send-code', mallory.phone)];
    if (hers !== theirs) refused(await post('login', { phone_number: alice.phone, verification_code: theirs }), 401);
  });

  it('are never stored or logged', async () => {
    const phone = newPhone();
    const code = await newCode('send-code', phone);
    const { rows } = await sql`select * from codes where phone = ${phone}`.execute(server.database.db);
    expect(JSON.stringify(rows)).not.toContain(code);
    expect(server.logged.filter((line) => line.includes(`"${code}"`))).toEqual([]);
  });

  it('verify nobody who is not registered: 404', async () => {
    const phone = newPhone();
    const code = await newCode('send-code', phone);
    refused(await post('verify-phone', { phone_number: phone, code }), 404);
    refused(await post('login', { phone_number: phone, verification_code: code }), 401);
  });

  it.each(['123', '12345678901'])('of a wrong length, %s, are 422 at verify-phone', async (code) => {
    refused(await post('verify-phone', { phone_number: newPhone(), code }), 422);
  });
});

describe('login', () => {
  it('by password works once the phone is verified, and says the same 401 to every mistake', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const code = await newCode('forgot-password', alice.phone);
    await ok(post('reset-password', { phone_number: alice.phone, code, new_password: 'correct horse' }));
    const good = { phone_number: alice.phone, password: 'correct horse' };
    expect((await ok(post('login', good))).user.id).toBe(alice.id);

    const wrong = await post('login', { ...good, password: 'Correct horse' });
    const unknown = await post('login', { ...good, phone_number: newPhone() });
    refused(wrong, 401);
    expect(unknown).toMatchObject({ status: 401, body: wrong.body });
  });

  it('with neither is 400; with both the code decides', async () => {
    const alice = await signUp(server, 'Alice', { verified: true, password: 'correct horse' });
    refused(await post('login', { phone_number: alice.phone }), 400);
    refused(await post('login', { phone_number: alice.phone, verification_code: null, password: null }), 400);
    const both = {
      phone_number: alice.phone,
      password: 'nonsense',
      verification_code: await newCode('send-code', alice.phone),
    };
    await ok(post('login', both));
    refused(await post('login', { ...both, password: 'correct horse' }), 401);
  });

  it('by password lets nobody in on an unverified phone', async () => {
    const mallory = await signUp(server, 'Mallory', { password: 'mine mine mine' });
    refused(await post('login', { phone_number: mallory.phone, password: 'mine mine mine' }), 401);
  });

  it('reads all of a password longer than bcrypt does', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const long = 'é'.repeat(99);
    const code = await newCode('forgot-password', alice.phone);
    await ok(post('reset-password', { phone_number: alice.phone, code, new_password: `${long}a` }));
    await ok(post('login', { phone_number: alice.phone, password: `${long}a` }));
    refused(await post('login', { phone_number: alice.phone, password: `${long}b` }), 401);
  });

  it('of an account without a password is 401', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    for (const password of ['', ' ', 'null', 'undefined', 'password']) {
      const { status } = await post('login', { phone_number: alice.phone, password });
      expect(status).toBe(password === '' ? 400 : 401);
    }
  });
});

describe('reset-password', () => {
  it('uses the code up, ends every session, and is checked beforehand without using it up', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const ears = await alice.connect();
    const code = await newCode('forgot-password', alice.phone);
    await ok(post('verify-reset-code', { phone_number: alice.phone, code }));
    await ok(post('verify-reset-code', { phone_number: alice.phone, code }));
    refused(await post('reset-password', { phone_number: alice.phone, code, new_password: 'short' }), 422);
    const reset = { phone_number: alice.phone, code, new_password: 'brand new one' };
    expect(await post('reset-password', reset)).toMatchObject({ status: 200, body: { success: true } });
    await closing(ears);
    refused(await alice.call('GET', '/api/auth/me'), 401);
    refused(await post('refresh', { refresh_token: alice.refreshToken }), 401);
    refused(await post('reset-password', { ...reset, new_password: 'another one' }), 400);
    refused(await post('verify-reset-code', { phone_number: alice.phone, code }), 400);
    await ok(post('login', { phone_number: alice.phone, password: 'brand new one' }));
  });

  it('tells nobody whether a number is known', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const [known, unknown] = [
      await post('forgot-password', { phone_number: alice.phone }),
      await post('forgot-password', { phone_number: newPhone() }),
    ];
    expect(unknown.body).toEqual(known.body);
    refused(await post('reset-password', { phone_number: alice.phone, code: '0000', new_password: 'whatever 1' }), 400);
  });

  it('lets guesses at once try no more than three codes', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const code = await newCode('forgot-password', alice.phone);
    const guess = (new_password: string, each: string) =>
      post('reset-password', { phone_number: alice.phone, code: each, new_password });
    await Promise.all(
      [1, 2, 3, 4, 5].map((step) => guess('guessed it', String((Number(code) + step) % 1e6).padStart(6, '0'))),
    );
    refused(await guess('too late now', code), 400);
  });
});

describe('refresh', () => {
  it('works many times and in parallel, with an expired access token in the header', async () => {
    const alice = await signUp(server, 'Alice');
    const expired = await token(alice, { secondsAgo: 3600 });
    refused(await call(server, 'GET', '/api/auth/me', { token: expired }), 401);
    const refresh = { refresh_token: alice.refreshToken };
    const answers = await Promise.all(Array.from({ length: 8 }, () => ok(post('refresh', refresh, expired))));
    answers.push(await ok(post('refresh', refresh, 'garbage')));
    for (const answer of answers) {
      expect(answer).toMatchObject({ refresh_token: alice.refreshToken, token_type: 'bearer', user: { id: alice.id } });
      await ok(call(server, 'GET', '/api/auth/me', { token: answer.access_token }));
    }
    expect(new Set(answers.map((answer: Body) => answer.access_token)).size).toBe(answers.length);
    await ok(alice.call('GET', '/api/auth/me'));
  });

  it('refuses every other token with 401', async () => {
    const alice = await signUp(server, 'Alice');
    const bad = {
      'an access token': alice.accessToken,
      garbage: 'garbage',
      'three parts of garbage': 'a.b.c',
      'an expired one': await token(alice, { type: 'refresh', secondsAgo: 8 * 86_400 }),
      'one signed by somebody else': await token(alice, { type: 'refresh', secret: 'another secret, long enough' }),
      'one that was never given out': await token(alice, { type: 'refresh' }),
      'one without a signature': `${alice.refreshToken.split('.').slice(0, 2).join('.')}.`,
    };
    for (const [what, refresh_token] of Object.entries(bad)) {
      expect((await post('refresh', { refresh_token })).status, what).toBe(401);
    }
    refused(await post('refresh', {}), 422);
    refused(await post('refresh', { refresh_token: null }), 422);
  });
});

describe('tokens', () => {
  it.each([
    ['no header', undefined],
    ['another scheme', 'Basic abc'],
    ['two words', 'Bearer a b'],
    ['nothing after Bearer', 'Bearer'],
    ['garbage', 'Bearer garbage'],
  ])('401 for %s', async (_what, authorization) => {
    refused(await call(server, 'GET', '/api/auth/me', { ...(authorization && { headers: { authorization } }) }), 401);
  });

  it('401 for a refresh token, a forged one, another algorithm, an expired one', async () => {
    const alice = await signUp(server, 'Alice');
    const [, payload] = alice.accessToken.split('.');
    const none = `${Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url')}.${payload}.`;
    for (const bad of [
      alice.refreshToken,
      none,
      await token(alice, { secret: 'another secret, long enough' }),
      await token(alice, { secondsAgo: 1801 }),
      `${alice.accessToken.slice(0, -2)}xx`,
    ]) {
      refused(await call(server, 'GET', '/api/auth/me', { token: bad }), 401);
    }
    await ok(call(server, 'GET', '/api/auth/me', { token: await token(alice, { secondsAgo: 1700 }) }));
  });

  it('are asked for before anything else is looked at', async () => {
    for (const [method, path] of [
      ['PUT', '/api/auth/profile'],
      ['POST', '/api/auth/logout'],
      ['GET', '/api/users'],
      ['GET', '/api/users/search'],
      ['POST', '/api/users/batch'],
      ['GET', '/api/users/nobody'],
      ['GET', '/api/users/me'],
      ['POST', '/api/messages'],
    ] as const) {
      refused(await call(server, method, path), 401);
    }
  });
});

describe('logout', () => {
  it('ends that session, closes its socket, and no other', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const code = await newCode('send-code', alice.phone);
    const phone = await ok(post('login', { phone_number: alice.phone, verification_code: code }));
    const [laptop, pocket, again] = await Promise.all([
      alice.connect(),
      connect(server, phone.access_token),
      connect(server, phone.access_token),
    ]);
    expect(await alice.call('POST', '/api/auth/logout')).toMatchObject({ status: 200, body: { success: true } });
    await closing(laptop);
    refused(await alice.call('GET', '/api/auth/me'), 401);
    refused(await alice.call('POST', '/api/auth/logout', {}), 401);
    refused(await post('refresh', { refresh_token: alice.refreshToken }), 401);
    await expect(alice.connect()).rejects.toThrow('unauthorized');

    const me = await ok(call(server, 'GET', '/api/auth/me', { token: phone.token }));
    expect(me.last_seen).not.toBeNull();
    await quiet(pocket, again);
    expect([pocket.socket.connected, again.socket.connected]).toEqual([true, true]);
    pocket.close();
    again.close();
  });
});

describe('a phone proves nothing until a code did (DECISIONS 2)', () => {
  it.each(['verify-phone', 'login', 'reset-password'])(
    'mallory registers it first; after %s nothing of hers works',
    async (by) => {
      const mallory = await signUp(server, 'Mallory', { password: 'mallory’s own' });
      const other = await ok(post('refresh', { refresh_token: mallory.refreshToken }));
      const ears = await mallory.connect();
      const { phone } = mallory;

      let hers: string | undefined;
      if (by === 'reset-password') {
        const code = await newCode('forgot-password', phone);
        await ok(post(by, { phone_number: phone, code, new_password: 'alice’s own' }));
      } else {
        const code = await newCode('send-verification', phone);
        const body = await ok(
          post(by, { phone_number: phone, code, ...(by === 'login' && { verification_code: code }) }),
        );
        hers = body.access_token;
      }
      await closing(ears);
      for (const stolen of [mallory.accessToken, other.access_token]) {
        refused(await call(server, 'GET', '/api/auth/me', { token: stolen }), 401);
        await expect(connect(server, stolen)).rejects.toThrow('unauthorized');
      }
      refused(await post('refresh', { refresh_token: mallory.refreshToken }), 401);
      refused(await post('login', { phone_number: phone, password: 'mallory’s own' }), 401);
      if (hers !== undefined) await ok(call(server, 'GET', '/api/auth/me', { token: hers }));
    },
  );

  it('keeps the session and the password of whoever verifies in the session that set it', async () => {
    const alice = await signUp(server, 'Alice', { password: 'alice’s own' });
    const code = await newCode('send-verification', alice.phone);
    await ok(post('verify-phone', { phone_number: alice.phone, code }, alice.accessToken));
    await ok(alice.call('GET', '/api/auth/me'));
    await ok(post('login', { phone_number: alice.phone, password: 'alice’s own' }));
  });

  it('does not keep mallory’s session because she sends her token along with a wrong code', async () => {
    const mallory = await signUp(server, 'Mallory');
    const code = await newCode('send-verification', mallory.phone);
    refused(await post('verify-phone', { phone_number: mallory.phone, code: not(code) }, mallory.accessToken), 400);
    await ok(post('verify-phone', { phone_number: mallory.phone, code }));
    refused(await mallory.call('GET', '/api/auth/me'), 401);
  });

  it('verifying again ends nothing', async () => {
    const alice = await signUp(server, 'Alice', { verified: true });
    const code = await newCode('send-verification', alice.phone);
    await ok(post('verify-phone', { phone_number: alice.phone, code }));
    await ok(alice.call('GET', '/api/auth/me'));
  });
});

describe('profile', () => {
  it('changes what is given, leaves what is absent, clears what is null', async () => {
    const alice = await signUp(server, 'Alice');
    const change = (body: object) => ok(alice.call('PUT', '/api/auth/profile', body));
    const first = await change({
      display_name: 'Alice A.',
      bio: 'Hello',
      avatar_url: 'https://a/1.png',
      email: 'a1@example.org',
    });
    expect(first).toMatchObject({ success: true, message: expect.any(String) });
    expect(first.data).toMatchObject({
      display_name: 'Alice A.',
      bio: 'Hello',
      avatar_url: 'https://a/1.png',
      email: 'a1@example.org',
    });
    expect((await change({})).data).toMatchObject({ display_name: 'Alice A.', bio: 'Hello', email: 'a1@example.org' });
    expect((await change({ bio: null, email: null })).data).toMatchObject({
      bio: null,
      email: null,
      display_name: 'Alice A.',
    });
    expect((await change({ avatar: 'https://a/2.png' })).data.avatar_url).toBe('https://a/2.png');
    expect((await change({ avatar_url: 'https://a/3.png', avatar: 'no' })).data.avatar_url).toBe('https://a/3.png');
    expect((await change({ avatar: null })).data.avatar_url).toBeNull();
    const cleared = await change({ display_name: null });
    expect(cleared.data.display_name).toEqual(expect.stringMatching(/./));
    expect(await ok(alice.call('GET', '/api/auth/me'))).toEqual(await ok(alice.call('GET', '/api/users/me')));
  });

  it('merges social links, drops null and empty ones, ignores other networks', async () => {
    const alice = await signUp(server, 'Alice');
    const change = async (social_links: object | null) =>
      (await ok(alice.call('PUT', '/api/auth/profile', { social_links }))).data.social_links;
    expect(await change({ instagram: 'a', twitter: 'b', myspace: 'c' })).toEqual({ instagram: 'a', twitter: 'b' });
    expect(await change({ tiktok: 'd', twitter: null })).toEqual({ instagram: 'a', tiktok: 'd' });
    expect(await change({ instagram: '' })).toEqual({ tiktok: 'd' });
    expect(await change({})).toEqual({ tiktok: 'd' });
    expect(await change(null)).toEqual({});
  });

  it('refuses a taken e-mail with 400 and bad values with 422, and changes nothing', async () => {
    const [alice, bob] = await Promise.all([signUp(server, 'Alice'), signUp(server, 'Bob')]);
    await ok(bob.call('PUT', '/api/auth/profile', { email: 'bob@example.org' }));
    const before = await ok(alice.call('GET', '/api/auth/me'));
    refused(await alice.call('PUT', '/api/auth/profile', { bio: 'x', email: 'BOB@example.org' }), 400);
    for (const body of [
      { display_name: '' },
      { display_name: 'x'.repeat(101) },
      { email: 'nonsense' },
      { social_links: 'nonsense' },
      { social_links: { instagram: 7 } },
      { bio: 5 },
    ]) {
      refused(await alice.call('PUT', '/api/auth/profile', { bio: 'x', ...body }), 422);
    }
    expect(await ok(alice.call('GET', '/api/auth/me'))).toEqual(before);
  });
});

describe('people', () => {
  let people: Record<'alice' | 'bob' | 'mallory', Person>;
  beforeAll(async () => {
    const [alice, bob, mallory] = await Promise.all(
      ['Alice', 'Bob', 'Mallory'].map((name) => signUp(server, name, { verified: true })),
    );
    people = { alice: alice!, bob: bob!, mallory: mallory! };
    await openDirect(people.alice, people.bob);
    await ok(
      people.bob.call('PUT', '/api/auth/profile', { display_name: 'Bob 100%_\\Ünïque', email: 'whole@example.org' }),
    );
  });

  const search = async (who: Person, q: string, more = '') =>
    ok(who.call('GET', `/api/users/search?q=${encodeURIComponent(q)}${more}`));

  it('are listed without the caller, clamped, in pages that add up', async () => {
    const { alice } = people;
    const all = await ok(alice.call('GET', '/api/users?limit=100000'));
    expect(all).toMatchObject({ limit: 500, offset: 0, total: all.users.length });
    const ids = all.users.map((one: Body) => one.id);
    expect(ids).not.toContain(alice.id);
    expect(ids).toContain(people.bob.id);
    const first = await ok(alice.call('GET', '/api/users?limit=3'));
    const second = await ok(alice.call('GET', '/api/users?limit=3&offset=3'));
    expect([...first.users, ...second.users].map((one: Body) => one.id)).toEqual(ids.slice(0, 6));
    expect(second).toMatchObject({ limit: 3, offset: 3, total: all.total });
    expect((await ok(alice.call('GET', '/api/users'))).limit).toBe(50);
    expect((await ok(alice.call('GET', '/api/users?limit=0'))).users).toEqual([]);
    expect((await ok(alice.call('GET', '/api/users?offset=99999'))).users).toEqual([]);
    for (const query of ['limit=-1', 'offset=-1', 'limit=x', 'limit=1.5', 'offset=']) {
      refused(await alice.call('GET', `/api/users?${query}`), 422);
    }
  });

  it('are found by part of a name or a phone, whatever the case, wildcards meaning themselves', async () => {
    const { alice, bob } = people;
    const found = async (q: string) => (await search(alice, q)).users.map((one: Body) => one.id);
    for (const q of ['Bob 100%', 'BOB 100', '%_', '_\\', 'ünïQUE', bob.phone, bob.phone.slice(1)]) {
      expect(await found(q), q).toContain(bob.id);
    }
    expect(await found('%_\\')).toEqual([bob.id]);
    expect(await found('Bob%Ünïque')).toEqual([]);
    expect(await found('Bob 100%__')).toEqual([]);
    expect(await found(alice.phone)).not.toContain(alice.id);
    expect(await found('nobody is called this')).toEqual([]);
    for (const q of ["'; drop table accounts; --", '\\', '%', '"', '🎉']) await search(alice, q);
    expect(await search(alice, 'bob', '&limit=100000&offset=1')).toMatchObject({ limit: 500, offset: 1 });
    refused(await alice.call('GET', '/api/users/search'), 422);
    refused(await alice.call('GET', '/api/users/search?q='), 422);
  });

  it('are found by pieces of a number by those who know it, by the whole of it by all, unless they mind', async () => {
    const { alice, bob, mallory } = people;
    const finds = async (who: Person, q: string) =>
      (await search(who, q)).users.map((one: Body) => one.id).includes(bob.id);
    const whole = bob.phone.replace(/^(\+1)(...)(...)(.*)$/, '$1 ($2) $3-$4');
    for (const q of [bob.phone, bob.phone.slice(1), ` ${bob.phone.slice(1)}`, whole]) {
      expect([await finds(alice, q), await finds(mallory, q)], q).toEqual([true, true]);
    }
    for (let length = 1; length < bob.phone.length; length += 1) {
      const pieces = [bob.phone.slice(0, length), bob.phone.slice(-length)].filter(
        // The whole without its sign, and what his name has too, is not the number's to hide.
        (piece) => piece !== bob.phone.slice(1) && !'Bob 100%'.includes(piece),
      );
      for (const piece of pieces)
        expect([await finds(alice, piece), await finds(mallory, piece)], piece).toEqual([true, false]);
    }
    const mind = (minds: boolean) =>
      ok(bob.call('PUT', '/api/v1/profile/privacy', { allow_search_by_phone: !minds, allow_search_by_email: !minds }));
    await mind(true);
    expect([await finds(alice, bob.phone), await finds(mallory, bob.phone)]).toEqual([true, false]);
    expect(await finds(mallory, 'WHOLE@example.org')).toBe(false);
    await mind(false);
    expect(await finds(mallory, 'WHOLE@example.org')).toBe(true);
    expect(await finds(mallory, 'hole@example.org')).toBe(false);
  });

  it('are not found by a username that nobody chose', async () => {
    const { alice } = people;
    const { rows } = await sql<{ username: string }>`
      select username from accounts where id = ${server.ids.fromUuid('account', people.bob.id)}`.execute(
      server.database.db,
    );
    expect((await search(alice, rows[0]!.username)).users).toEqual([]);
    expect((await search(alice, 'user_')).total).toBe(0);
  });

  it('are found by id, several at once, unknown ones skipped', async () => {
    const { alice, bob, mallory } = people;
    const ids = [bob.id, 'nonsense', crypto.randomUUID(), alice.id, bob.id, mallory.id];
    const found = await ok(alice.call('POST', '/api/users/batch', { user_ids: ids }));
    expect(found.users.map((one: Body) => one.id)).toEqual([bob.id, alice.id, mallory.id]);
    expect(await ok(alice.call('POST', '/api/users/batch', { user_ids: [] }))).toEqual({ users: [] });
    for (const body of [{}, { user_ids: 'x' }, { user_ids: [1] }, { user_ids: null }]) {
      refused(await alice.call('POST', '/api/users/batch', body), 422);
    }
    expect((await ok(alice.call('GET', `/api/users/${bob.id}`))).id).toBe(bob.id);
    for (const id of [crypto.randomUUID(), 'nonsense', '1', server.ids.toUuid('conversation', 1)]) {
      refused(await alice.call('GET', `/api/users/${id}`), 404);
      refused(await alice.call('GET', `/api/users/${id}/status`), 404);
    }
  });

  it('show their phone only to those they talk to, both verified', async () => {
    const { alice, bob, mallory } = people;
    const phoneAs = async (who: Person) => (await ok(who.call('GET', `/api/users/${bob.id}`))).phone_number;
    expect(await phoneAs(bob)).toBe(bob.phone);
    expect(await phoneAs(alice)).toBe(bob.phone);
    expect(await phoneAs(mallory)).toBe('');
    const unverified = await signUp(server, 'Carol');
    await openDirect(unverified, bob);
    expect(await phoneAs(unverified)).toBe('');
  });

  it('are online while a socket of theirs is open, as far as they let it be known', async () => {
    const { alice, bob, mallory } = people;
    const status = (who: Person) => ok(who.call('GET', `/api/users/${bob.id}/status`));
    // A socket of an earlier test is held for online for a second after it closed.
    await vi.waitFor(async () => expect(await status(alice)).toMatchObject({ user_id: bob.id, is_online: false }), {
      timeout: 10_000,
    });
    const [watching, ears] = [await alice.connect(), await bob.connect()];
    await vi.waitFor(async () => expect((await watching.next('user:online')).userId).toBe(bob.id), { timeout: 10_000 });
    expect(await status(alice)).toMatchObject({ is_online: true, last_seen: expect.any(String) });
    await ok(bob.call('PUT', '/api/auth/profile', { avatar_url: 'https://a/bob.png' }));

    const seen = async (who: Person) => {
      const user = await ok(who.call('GET', `/api/users/${bob.id}`));
      return [user.is_online, user.last_seen !== null, user.avatar_url !== null];
    };
    expect(await seen(alice)).toEqual([true, true, true]);
    for (const [index, column] of ['show_online_status', 'show_last_seen', 'show_profile_photo'].entries()) {
      await turn(server, bob, column, false);
      expect(await seen(alice)).toEqual([0, 1, 2].map((each) => each !== index));
      expect(await seen(bob)).toEqual([true, true, true]);
      await turn(server, bob, column, true);
    }
    await block(server, bob, mallory);
    expect(await seen(mallory)).toEqual([false, false, false]);
    expect((await search(mallory, 'Bob 100')).users).toEqual([]);
    expect((await search(bob, mallory.phone)).users).toEqual([]);
    ears.close();
    // Others' departures may still be on their way: bob's is the one that counts.
    await vi.waitFor(async () => expect((await watching.next('user:offline')).userId).toBe(bob.id), {
      timeout: 10_000,
    });
    expect((await status(alice)).is_online).toBe(false);
    watching.close();
  });
});

describe('errors', () => {
  it('are in URGE’s form for broken JSON and unknown routes and methods too', async () => {
    const response = await server.app.inject({
      method: 'POST',
      url: '/api/auth/login',
      headers: { 'content-type': 'application/json' },
      payload: '{"phone_number": ',
    });
    refused({ status: response.statusCode, body: response.json(), headers: {} }, 422);
    expect((await call(server, 'GET', '/api/nothing/here')).status).toBe(404);
    expect((await call(server, 'GET', '/api/auth/login')).status).toBe(405);
  });

  it('hide what was sent in secret fields', async () => {
    const { body } = await post('register', { phone_number: '+447999999999', password: 'short1' });
    expect(JSON.stringify(body)).not.toContain('short1');
  });
});

describe('rate limits', () => {
  it('stop the sixth sign-in to one number within a minute, and only that number', async () => {
    const strict = await startTestServer({ RATE_LIMITS: 'on' });
    try {
      const login = (phone_number: string) =>
        call(strict, 'POST', '/api/auth/login', { body: { phone_number, password: 'whatever 1' } });
      for (let attempt = 0; attempt < 5; attempt += 1) expect((await login('+447000000001')).status).toBe(401);
      const sixth = await login('+44 7000 000001');
      expect(sixth.status).toBe(429);
      expect(Number(sixth.headers['retry-after'])).toBeGreaterThan(0);
      expect((await login('+447000000002')).status).toBe(401);
    } finally {
      await strict.close();
    }
  });
});
