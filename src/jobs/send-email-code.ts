// Sends a code to the e-mail address that it is to prove.

import { emailCodeToSend } from '../core/accounts/email-codes.ts';
import type { Messenger } from '../core/execute.ts';
import { claimCode, dropCode, settleCode } from '../core/notifications/code-deliveries.ts';
import { type Job, NotSent, type Ports } from '../core/ports.ts';
import { languageOfTag, say } from '../texts/index.ts';

const system = { kind: 'system' } as const;
const service = 'mail';

/** As `sendCode` does: not what has died or may have been sent before; what certainly was not sent is tried again. */
export async function sendEmailCode(
  { messenger, ports }: { messenger: Messenger; ports: Pick<Ports, 'mail'> },
  data: Job['data'],
): Promise<void> {
  const { codeId } = data;
  if (typeof codeId !== 'number') throw new Error('send-email-code was enqueued without a codeId');
  const found = await messenger.ask(system, emailCodeToSend, { codeId });
  if (!found) return messenger.execute(system, dropCode, { service, codeId });
  const claim = await messenger.execute(system, claimCode, { service, codeId, adapter: ports.mail.name });
  if (!claim) return;
  const { email, code } = found;
  const language = languageOfTag(found.language ?? 'en') ?? 'en';
  const letter = { subject: say(language, 'mail_code_subject'), text: say(language, 'mail_code_text', { code }) };
  try {
    const vendorId = await ports.mail.send(email, letter, { code, id: claim.id });
    await messenger.execute(system, settleCode, { claim, outcome: 'delivered', reason: 'delivered', vendorId });
  } catch (error) {
    const { kind: outcome, reason } = error instanceof NotSent ? error : new NotSent('unsure', 'it failed');
    await messenger.execute(system, settleCode, { claim, outcome, reason });
    // A job that throws is tried again: only what may be.
    if (outcome === 'later' || !(error instanceof NotSent)) throw error;
  }
}
