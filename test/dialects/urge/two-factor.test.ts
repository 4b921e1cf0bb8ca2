// The second factor (contract: section 15): time-based codes, backup codes, and how they are kept.

import { Secret, TOTP } from 'otpauth';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seal, unseal } from '../../../src/core/accounts/sealing.ts';
import { call, signUp, type Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { ok, type Body } from './stage.ts';

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const at = '/api/settings/security/2fa';
const post = (who: Person, path: string, body?: unknown) => who.call('POST', `${at}/${path}`, body);
const status = (who: Person) => ok(who.call('GET', `${at}/status`));

/** A code as an authenticator app shows it, `steps` half minutes from now. */
function codeOf(secret: string, steps = 0): string {
  return new TOTP({ secret: Secret.fromBase32(secret) }).generate({ timestamp: Date.now() + steps * 30_000 });
}

/** A code that no step near now has. */
function wrong(secret: string): string {
  const near = new Set([-2, -1, 0, 1, 2].map((steps) => codeOf(secret, steps)));
  for (let code = 0; ; code += 1) {
    const text = String(code).padStart(6, '0');
    if (!near.has(text)) return text;
  }
}

async function person(): Promise<Person> {
  return signUp(server, 'Alice');
}

/** Somebody whose second factor is on, and who has used no code of the last minute. */
async function enabled(): Promise<{ alice: Person; secret: string; backup: string[] }> {
  const alice = await person();
  const { secret } = await ok(post(alice, 'setup'));
  const { backup_codes } = await ok(post(alice, 'verify', { code: codeOf(secret) }));
  const id = server.ids.fromUuid('account', alice.id)!;
  await sql`update two_factor set last_step = last_step - 2 where account_id = ${id}`.execute(server.database.db);
  return { alice, secret, backup: backup_codes };
}

describe('turning it on', () => {
  it('takes a secret, then its first code, and answers eight backup codes', async () => {
    const alice = await person();
    expect(await status(alice)).toEqual({ enabled: false, has_backup_codes: false });
    const setup = await ok(post(alice, 'setup'));
    expect(setup).toMatchObject({
      success: true,
      message: expect.any(String),
      secret: expect.stringMatching(/^[A-Z2-7]{32}$/),
    });
    const uri = new URL(setup.provisioning_uri);
    expect([uri.protocol, uri.host, decodeURIComponent(uri.pathname)]).toEqual([
      'otpauth:',
      'totp',
      `/URGE:${alice.phone}`,
    ]);
    expect(Object.fromEntries(uri.searchParams)).toMatchObject({
      issuer: 'URGE',
      secret: setup.secret,
      digits: '6',
      period: '30',
    });
    expect(await status(alice)).toEqual({ enabled: false, has_backup_codes: false });

    const { backup_codes, ...rest } = await ok(post(alice, 'verify', { code: codeOf(setup.secret) }));
    expect(rest).toEqual({ success: true, message: expect.any(String) });
    expect(new Set(backup_codes).size).toBe(8);
    for (const code of backup_codes) expect(code).toMatch(/^[0-9A-F]{8}$/);
    expect(await status(alice)).toEqual({ enabled: true, has_backup_codes: true });
    expect((await post(alice, 'setup')).status).toBe(400);
    expect((await post(alice, 'verify', { code: codeOf(setup.secret, 1) })).status).toBe(400);
  });

  it('counts the newest secret only', async () => {
    const alice = await person();
    const first = await ok(post(alice, 'setup'));
    const second = await ok(post(alice, 'setup'));
    expect(second.secret).not.toBe(first.secret);
    const old = codeOf(first.secret);
    if (![-1, 0, 1].some((steps) => codeOf(second.secret, steps) === old)) {
      expect((await post(alice, 'verify', { code: old })).status).toBe(400);
    }
    await ok(post(alice, 'verify', { code: codeOf(second.secret) }));
  });

  it('is refused without a secret, with a wrong code, without a code', async () => {
    const alice = await person();
    for (const path of ['verify', 'disable', 'regenerate-backup-codes']) {
      expect((await post(alice, path, { code: '123456' })).status, path).toBe(400);
      for (const body of [{}, { code: '' }, { code: 1 }, { code: 'x'.repeat(65) }]) {
        expect((await post(alice, path, body)).status, path).toBe(422);
      }
      expect((await call(server, 'POST', `${at}/${path}`, { body: { code: '123456' } })).status).toBe(401);
    }
    const { secret } = await ok(post(alice, 'setup'));
    expect((await post(alice, 'verify', { code: wrong(secret) })).status).toBe(400);
    expect((await post(alice, 'verify', { code: 'not six digits' })).status).toBe(400);
    expect(await status(alice)).toEqual({ enabled: false, has_backup_codes: false });
  });

  it('leaves signing in as it is, and others untouched', async () => {
    const { alice } = await enabled();
    const bob = await person();
    expect(await status(bob)).toEqual({ enabled: false, has_backup_codes: false });
    expect((await alice.call('GET', '/api/auth/me')).status).toBe(200);
  });
});

describe('codes', () => {
  it('of the step before are still good', async () => {
    const { alice, secret } = await enabled();
    const stepNow = () => Math.floor(Date.now() / 30_000);
    for (;;) {
      const step = stepNow();
      const { status: answer } = await post(alice, 'regenerate-backup-codes', { code: codeOf(secret, -1) });
      // In between, the clock may have gone on to the next step.
      if (answer !== 200 && stepNow() !== step) continue;
      expect(answer).toBe(200);
      break;
    }
  });

  it('are good for now and the next step, and once', async () => {
    const { alice, secret } = await enabled();
    const used = codeOf(secret);
    await ok(post(alice, 'regenerate-backup-codes', { code: `${used.slice(0, 3)} ${used.slice(3)}` }));
    expect((await post(alice, 'regenerate-backup-codes', { code: used })).status).toBe(400);
    expect((await post(alice, 'regenerate-backup-codes', { code: codeOf(secret, -1) })).status).toBe(400);
    expect((await post(alice, 'regenerate-backup-codes', { code: codeOf(secret, 3) })).status).toBe(400);
    await ok(post(alice, 'disable', { code: codeOf(secret, 1) }));
    expect(await status(alice)).toEqual({ enabled: false, has_backup_codes: false });
  });

  it('are taken once, also when they come at once', async () => {
    const { alice, secret } = await enabled();
    const code = codeOf(secret);
    const answers = await Promise.all([1, 2, 3].map(() => post(alice, 'regenerate-backup-codes', { code })));
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 400, 400]);
  });

  it('may be wrong five times, then none is taken for a while', async () => {
    const { alice, secret, backup } = await enabled();
    for (let attempt = 0; attempt < 5; attempt += 1) {
      expect((await post(alice, 'disable', { code: wrong(secret) })).status).toBe(400);
    }
    for (const code of [codeOf(secret), backup[0]]) {
      const { status: refusal, headers } = await post(alice, 'disable', { code });
      expect(refusal).toBe(429);
      expect(Number(headers['retry-after'])).toBeGreaterThan(600);
    }
    const id = server.ids.fromUuid('account', alice.id)!;
    await sql`update two_factor set failing_since = failing_since - interval '15 minutes' where account_id = ${id}`.execute(
      server.database.db,
    );
    await ok(post(alice, 'disable', { code: codeOf(secret) }));
  });
});

describe('backup codes', () => {
  it('turn it off without the phone, each once, in either case', async () => {
    const { alice, backup } = await enabled();
    const [first, second] = backup as [string, string];
    const { backup_codes: fresh } = await ok(post(alice, 'regenerate-backup-codes', { code: first.toLowerCase() }));
    expect(fresh).toHaveLength(8);
    expect(fresh.filter((code: string) => backup.includes(code))).toEqual([]);
    for (const dead of [first, second]) expect((await post(alice, 'disable', { code: dead })).status).toBe(400);
    await ok(post(alice, 'disable', { code: fresh[0] }));
    expect(await status(alice)).toEqual({ enabled: false, has_backup_codes: false });
  });

  it('of somebody else mean nothing', async () => {
    const [one, other] = [await enabled(), await enabled()];
    expect((await post(one.alice, 'disable', { code: other.backup[0] })).status).toBe(400);
    await ok(post(other.alice, 'disable', { code: other.backup[0] }));
  });
});

describe('at rest', () => {
  it('neither the secret nor the codes can be read', async () => {
    const { alice, secret, backup } = await enabled();
    const id = server.ids.fromUuid('account', alice.id)!;
    const { db } = server.database;
    const { rows } = await sql<Body>`select to_jsonb(t) as row from two_factor t where account_id = ${id}
      union all select to_jsonb(b) from backup_codes b where account_id = ${id}`.execute(db);
    expect(rows).toHaveLength(9);
    const text = JSON.stringify(rows);
    for (const hidden of [secret, ...backup]) expect(text).not.toContain(hidden);
    expect(server.logged.join('\n')).not.toContain(secret);
    expect(server.logged.join('\n')).not.toContain(backup[0]);
  });

  it('a secret moved to another account opens nothing', () => {
    const [from, to] = [1, 2];
    const key = new Uint8Array(32).fill(1);
    const sealed = seal(key, 'test', from as never, 'secret');
    expect(unseal(key, 'test', from as never, sealed)).toBe('secret');
    expect(() => unseal(key, 'test', to as never, sealed)).toThrow(/unable to authenticate/);
    expect(() => unseal(key, 'other', from as never, sealed)).toThrow(/unable to authenticate/);
    expect(() => unseal(new Uint8Array(32), 'test', from as never, sealed)).toThrow(/unable to authenticate/);
  });
});
