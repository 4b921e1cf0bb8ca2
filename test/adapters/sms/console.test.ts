// Without a provider a developer reads codes from the terminal, and nobody reads them from a production log.

import { expect, test, vi } from 'vitest';
import { openSms } from '../../../src/adapters/sms/index.ts';

const phone = '+4915112345678';
const code = '012345';

test.each(['development', 'test'] as const)(
  'in %s the code is printed, as a line that tools look for',
  async (kind) => {
    const print = vi.fn();
    const warn = vi.fn();
    const sms = openSms({ environment: kind, print, log: { warn } });
    const ids = [
      await sms.send(phone, `${code} is your code.`, { phone, code }),
      await sms.send(phone, `${code} is your code.`, { phone, code }),
    ];
    expect(print.mock.calls).toEqual([[`OTP ${phone} ${code}`], [`OTP ${phone} ${code}`]]);
    expect(new Set(ids).size).toBe(2);
    expect(warn).not.toHaveBeenCalled();
  },
);

test('in production nothing is printed, and the log says why nothing was sent, without code or phone', async () => {
  const print = vi.fn();
  const warn = vi.fn();
  await openSms({ environment: 'production', print, log: { warn } }).send(phone, code, { phone, code });
  expect(print).not.toHaveBeenCalled();
  expect(warn.mock.calls).toEqual([['A code was not sent: no SMS provider is configured.']]);
});
