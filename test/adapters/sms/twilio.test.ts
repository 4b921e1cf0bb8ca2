// Twilio against one of our own, which checks who asks and fails in every way that Twilio documents.

import { expect, test } from 'vitest';
import { createTwilioSms } from '../../../src/adapters/sms/twilio.ts';
import { openSms } from '../../../src/adapters/sms/index.ts';
import { NotSent, type NotSentKind } from '../../../src/core/ports.ts';
import { nobody, startVendor, type Reply } from '../../support/vendor.ts';

const phone = '+4915112345678';
const code = '012345';
const text = `${code} is your sign-in code.`;
const options = { accountSid: 'AC0123', authToken: 'very secret', from: '+15005550006', patience: 500 };

test('a message arrives as Twilio documents it', async () => {
  const vendor = await startVendor(({ headers }) =>
    headers.authorization === `Basic ${Buffer.from('AC0123:very secret').toString('base64')}`
      ? { status: 201, body: { sid: 'SM1', status: 'queued' } }
      : { status: 401, body: { code: 20003 } },
  );
  const sms = openSms({
    environment: 'production',
    print: () => expect.unreachable(),
    log: { warn: () => expect.unreachable() },
    twilio: { ...options, baseUrl: `${vendor.url}/` },
  });
  expect(await sms.send(phone, text, { phone, code })).toBe('SM1');
  await sms.send('4915112345678', text, { phone, code });
  const [first, second] = vendor.calls;
  expect(first).toMatchObject({ method: 'POST', path: '/2010-04-01/Accounts/AC0123/Messages.json' });
  expect(first!.headers['content-type']).toBe('application/x-www-form-urlencoded');
  expect(Object.fromEntries(new URLSearchParams(first!.body.toString()))).toEqual({
    To: phone,
    From: '+15005550006',
    Body: text,
  });
  expect(new URLSearchParams(second!.body.toString()).get('To')).toBe(phone);
});

test.each<[Reply, NotSentKind, string]>([
  [
    { status: 400, body: { code: 21211, message: `The 'To' number ${phone} is not valid` } },
    'refused',
    '400, code 21211',
  ],
  [{ status: 400, body: { code: 21610, message: 'unsubscribed' } }, 'refused', '400, code 21610'],
  [{ status: 404, body: { code: 20404 } }, 'refused', '404, code 20404'],
  [{ status: 401, body: { code: 20003 } }, 'later', '401, code 20003'],
  [{ status: 429, body: { code: 20429 } }, 'later', '429, code 20429'],
  [{ status: 500, body: '<html>' }, 'later', '500'],
  [{ status: 503 }, 'later', '503'],
  ['cut', 'unsure', 'ECONNRESET'],
  ['hang', 'unsure', 'no answer in time'],
])('%j is understood, and its number and code are not told', async (reply, kind, reason) => {
  const vendor = await startVendor(() => reply);
  const failure = await createTwilioSms({ ...options, baseUrl: vendor.url })
    .send(phone, text, { phone, code })
    .catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(NotSent);
  const { kind: found, reason: why } = failure as NotSent;
  expect(found).toBe(kind);
  if (reply !== 'cut') expect(why).toBe(reason);
  expect(`${(failure as NotSent).stack}`).not.toMatch(/4915112345678|012345|very secret/);
});

test('where nobody listens nothing was sent', async () => {
  const sms = createTwilioSms({ ...options, baseUrl: await nobody() });
  await expect(sms.send(phone, text, { phone, code })).rejects.toMatchObject({ kind: 'later', reason: 'ECONNREFUSED' });
});
