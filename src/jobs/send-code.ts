// Sends a one-time code to the phone that asked for it.

import { type CodePurpose, codeToSend } from '../core/accounts/codes.ts';
import type { Job } from '../core/ports.ts';
import type { JobTools } from './index.ts';

/** Sends the code, unless it has died since. Doing it twice sends the same code twice. */
export async function sendCode({ messenger, ports }: JobTools, data: Job['data']): Promise<void> {
  const { codeId } = data;
  if (typeof codeId !== 'number') throw new Error('send-code was enqueued without a codeId');
  const found = await messenger.ask({ kind: 'system' }, codeToSend, { codeId });
  if (!found) return;
  const { phone, code, purpose } = found;
  await ports.sms.send(phone, texts[purpose](code), { phone, code });
}

const texts: Record<CodePurpose, (code: string) => string> = {
  'sign-in': (code) => `${code} is your sign-in code. It works for 5 minutes. Tell it to nobody.`,
  reset: (code) => `${code} is your code to set a new password. It works for 5 minutes. Tell it to nobody.`,
};
