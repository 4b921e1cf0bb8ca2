// Text messages through Twilio's REST interface.

import { NotSent, type Sms } from '../../core/ports.ts';
import { post } from '../vendor.ts';

export interface TwilioOptions {
  accountSid: string;
  authToken: string;
  /** The number it sends from. */
  from: string;
  baseUrl: string;
  /** Milliseconds until an answer is given up on. */
  patience?: number;
}

/** Sends through Twilio. What it throws names Twilio's error code and nothing else: its texts hold the number. */
export function createTwilioSms({ accountSid, authToken, from, baseUrl, patience = 15_000 }: TwilioOptions): Sms {
  const url = `${baseUrl.replace(/\/$/, '')}/2010-04-01/Accounts/${encodeURIComponent(accountSid)}/Messages.json`;
  const authorization = `Basic ${Buffer.from(`${accountSid}:${authToken}`).toString('base64')}`;
  const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
  return {
    name: 'twilio',
    async send(to, text) {
      const form = new URLSearchParams({ To: to.startsWith('+') ? to : `+${to}`, From: from, Body: text });
      const { status, body } = await post(url, { headers, body: form.toString() }, patience);
      if (status >= 200 && status < 300) return typeof body.sid === 'string' ? body.sid : 'without a sid';
      const reason = typeof body.code === 'number' ? `${status}, code ${body.code}` : String(status);
      // 401 and 403 are the operator's to mend, perhaps while the code is alive.
      const isLater = status === 429 || status >= 500 || status === 401 || status === 403;
      throw new NotSent(isLater ? 'later' : 'refused', reason);
    },
  };
}
