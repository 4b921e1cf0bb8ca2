// Sends a one-time code to the phone that asked for it.

import { type CodePurpose, codeToSend } from '../core/accounts/codes.ts';
import type { Messenger } from '../core/execute.ts';
import { claimCode, dropCode, settleCode } from '../core/notifications/code-deliveries.ts';
import { type Job, NotSent, type Ports } from '../core/ports.ts';

const system = { kind: 'system' } as const;
const service = 'sms';

/** Sends the code, unless it has died since, or may have been sent before. What was certainly not sent is tried again. */
export async function sendCode(
  { messenger, ports }: { messenger: Messenger; ports: Pick<Ports, 'sms'> },
  data: Job['data'],
): Promise<void> {
  const { codeId } = data;
  if (typeof codeId !== 'number') throw new Error('send-code was enqueued without a codeId');
  const found = await messenger.ask(system, codeToSend, { codeId });
  if (!found) return messenger.execute(system, dropCode, { service, codeId });
  const claim = await messenger.execute(system, claimCode, { service, codeId, adapter: ports.sms.name ?? 'sms' });
  if (!claim) return;
  const { phone, code, purpose } = found;
  try {
    const vendorId = await ports.sms.send(phone, texts[purpose](code), { phone, code });
    await messenger.execute(system, settleCode, { claim, outcome: 'delivered', reason: 'delivered', vendorId });
  } catch (error) {
    const { kind: outcome, reason } = error instanceof NotSent ? error : new NotSent('unsure', 'it failed');
    await messenger.execute(system, settleCode, { claim, outcome, reason });
    // A job that throws is tried again: only what may be.
    if (outcome === 'later' || !(error instanceof NotSent)) throw error;
  }
}

const texts: Record<CodePurpose, (code: string) => string> = {
  'sign-in': (code) => `${code} is your sign-in code. It works for 5 minutes. Tell it to nobody.`,
  reset: (code) => `${code} is your code to set a new password. It works for 5 minutes. Tell it to nobody.`,
};
