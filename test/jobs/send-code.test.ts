// From asking for a code to being signed in by it, and what must not be sent.

import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { createMemoryCluster } from '../../src/adapters/cluster/memory.ts';
import type { Database } from '../../src/adapters/database/index.ts';
import { type JobQueue, openJobs } from '../../src/adapters/jobs/pg-boss.ts';
import { noBlobs } from '../../src/adapters/blobs/none.ts';
import { noCalls } from '../../src/adapters/calls/webrtc.ts';
import { bundledGifs } from '../../src/adapters/gifs/index.ts';
import { noMedia } from '../../src/adapters/media/none.ts';
import { noPush } from '../../src/adapters/push/console.ts';
import { openMail } from '../../src/adapters/mail/index.ts';
import { openSms } from '../../src/adapters/sms/index.ts';
import { requestCode } from '../../src/core/accounts/codes.ts';
import { signInByCode } from '../../src/core/accounts/sign-in.ts';
import { signUp } from '../../src/core/accounts/sign-up.ts';
import type { CoreSettings, Guest } from '../../src/core/context.ts';
import { createMessenger, type Messenger } from '../../src/core/execute.ts';
import { claimCode } from '../../src/core/notifications/code-deliveries.ts';
import { NotSent, type Job, type Ports } from '../../src/core/ports.ts';
import { startJobs } from '../../src/jobs/index.ts';
import { sendCode } from '../../src/jobs/send-code.ts';
import { databaseKinds, openTestDatabase } from '../support/database.ts';

const alice = '+4915112345678';
const guest: Guest = { kind: 'guest', dialect: 'urge', address: '203.0.113.1', device: null };
const settings: CoreSettings = {
  secret: Buffer.alloc(32, 7),
  accessTokenSeconds: 900,
  refreshTokenSeconds: 86_400,
  socketGraceSeconds: 0,
  passwordRounds: 4,
  limits: true,
  subject: (_dialect, account) => String(account),
};

describe.each(databaseKinds)('a code on the %s database', (kind) => {
  let database: Database;
  let messenger: Messenger;
  let jobs: JobQueue;
  let ports: Ports;
  const lines: string[] = [];
  const warn = vi.fn();

  beforeAll(async () => {
    database = await openTestDatabase(kind);
  });
  afterAll(() => database.close());

  beforeEach(async () => {
    lines.length = 0;
    warn.mockReset();
    jobs = await openJobs({ pool: database.pool, kind, log: { warn }, pace: { poll: 60 } });
    const sms = openSms({ environment: 'test', print: (line) => lines.push(line), log: { warn } });
    const mail = await openMail({ environment: 'test', print: (line) => lines.push(line), log: { warn } });
    ports = {
      cluster: createMemoryCluster(),
      jobs,
      sms,
      mail,
      push: noPush,
      blobs: noBlobs,
      media: noMedia,
      calls: noCalls,
      gifs: bundledGifs,
    };
    messenger = createMessenger({ db: database.db, lanes: database.lanes, ports, settings });
  });
  afterEach(async () => {
    await jobs.close();
    await sql`delete from pgboss.job`.execute(database.db);
    await sql`delete from codes`.execute(database.db);
  });

  const stored = async () =>
    (
      await sql<{ state: string; data: unknown; output: unknown }>`
        select state::text, data, output from pgboss.job where name = 'send-code'`.execute(database.db)
    ).rows;

  test('is sent to the phone that asked and signs its owner in', async () => {
    await startJobs({ messenger, jobs, ports });
    const { accountId } = await messenger.execute(guest, signUp, { phone: alice });
    await messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 5_000 });
    const [, code = ''] = /^OTP \+4915112345678 (\d{6})$/.exec(lines[0] ?? '') ?? [];
    const signedIn = await messenger.execute(guest, signInByCode, { phone: alice, code });
    expect(signedIn.accountId).toBe(accountId);
    await expect(messenger.execute(guest, signInByCode, { phone: alice, code })).rejects.toMatchObject({
      reason: 'wrong_code',
    });
    await vi.waitFor(async () => expect((await stored())[0]?.state).toBe('completed'));
    expect((await stored())[0]).toEqual({ state: 'completed', data: { codeId: expect.any(Number) }, output: null });
    expect(warn).not.toHaveBeenCalled();
  });

  test.each(['sign-in', 'reset'] as const)('to %s comes with a text that says what it is for', async (purpose) => {
    const sent: string[] = [];
    const sms: Ports['sms'] = {
      async send(to, text) {
        sent.push(to, text);
        return 'sent';
      },
    };
    await startJobs({ messenger, jobs, ports: { ...ports, sms } });
    await messenger.execute(guest, requestCode, { phone: alice, purpose });
    await vi.waitFor(() => expect(sent).toHaveLength(2), { timeout: 5_000 });
    expect(sent[0]).toBe(alice);
    expect(sent[1]).toMatch(purpose === 'reset' ? /^\d{6} is your code to set/ : /^\d{6} is your sign-in code/);
  });

  test.each([
    ['used', sql`update codes set used_at = now()`],
    ['expired', sql`update codes set expires_at = now() - interval '1 second'`],
    ['gone', sql`delete from codes`],
  ])('that is %s by then is not sent', async (_how, kill) => {
    await messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    await kill.execute(database.db);
    await startJobs({ messenger, jobs, ports });
    await vi.waitFor(async () => expect((await stored())[0]?.state).toBe('completed'), { timeout: 5_000 });
    expect(lines).toEqual([]);
    expect(warn).not.toHaveBeenCalled();
  });

  const line = async () =>
    (await database.db
      .selectFrom('deliveries')
      .selectAll()
      .where('service', '=', 'sms')
      .orderBy('id', 'desc')
      .limit(1)
      .executeTakeFirst())!;

  const failing = (...failures: (Error | null)[]) => {
    const sent: string[] = [];
    const send: Ports['sms']['send'] = async (to) => {
      const failure = failures[sent.push(to) - 1];
      if (failure) throw failure;
      return 'SM1';
    };
    return { sent, sms: { name: 'test', send } };
  };

  test('that certainly was not sent is tried again', async () => {
    const { sent, sms } = failing(new NotSent('later', '503'), null);
    await messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    const [job] = await stored();
    const data = job!.data as Job['data'];
    await expect(sendCode({ messenger, ports: { sms } }, data)).rejects.toThrow('503');
    expect(await line()).toMatchObject({ state: 'waiting', outcome: '503', attempts: 1 });
    for (let again = 0; again < 3; again += 1) await sendCode({ messenger, ports: { sms } }, data);
    expect(sent).toEqual([alice, alice]);
    expect(await line()).toMatchObject({ state: 'delivered', adapter: 'test', vendor_id: 'SM1', attempts: 2 });
    expect(JSON.stringify(await line())).not.toContain('4915112345678');
  });

  test.each([
    [new NotSent('unsure', 'ECONNRESET'), 'unsure', 'ECONNRESET'],
    [new NotSent('refused', '400, code 21211'), 'refused', '400, code 21211'],
  ])('that may have been sent, or never will be, is not tried again: %s', async (failure, state, outcome) => {
    const { sent, sms } = failing(failure);
    await messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    const data = (await stored())[0]!.data as Job['data'];
    for (let again = 0; again < 3; again += 1) await sendCode({ messenger, ports: { sms } }, data);
    expect(sent).toHaveLength(1);
    expect(await line()).toMatchObject({ state, outcome, attempts: 1 });
  });

  test('whose process died before it was sent is not sent twice', async () => {
    const { sent, sms } = failing();
    await messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    const data = (await stored())[0]!.data as Job['data'];
    await messenger.execute({ kind: 'system' }, claimCode, {
      service: 'sms',
      codeId: Number(data.codeId),
      adapter: 'test',
    });
    await sendCode({ messenger, ports: { sms } }, data);
    expect(sent).toEqual([]);
    expect(await line()).toMatchObject({ state: 'unsure', outcome: 'the process died', attempts: 1 });
  });

  test('to reset the password of nobody is asked for like any other, and not sent', async () => {
    const { sent, sms } = failing();
    const nobody = '+4915100000000';
    await messenger.execute(guest, requestCode, { phone: nobody, purpose: 'reset' });
    const data = (await stored())[0]!.data as Job['data'];
    await sendCode({ messenger, ports: { sms } }, data);
    expect(sent).toEqual([]);
  });

  test('refused for asking too often is not sent', async () => {
    await startJobs({ messenger, jobs, ports });
    const ask = () => messenger.execute(guest, requestCode, { phone: alice, purpose: 'sign-in' });
    for (let asked = 0; asked < 10; asked += 1) await ask();
    await expect(ask()).rejects.toMatchObject({ reason: 'too_many_codes' });
    await vi.waitFor(() => expect(lines).toHaveLength(10), { timeout: 5_000 });
    expect(await stored()).toHaveLength(10);
  });
});
