// POST /twilio_webhook: a text message comes in and becomes a message of its sender's to themselves (contract, section 12).

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { openDirect } from '../../core/conversations/create.ts';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import { requestHash } from '../../core/idempotency.ts';
import { whoseNumber } from '../../core/messages/inbound.ts';
import { sendMessage } from '../../core/messages/send.ts';
import type { Surroundings } from '../dialect.ts';

const Answer = Type.Object({
  status: Type.String(),
  user_id: Type.Optional(Type.Integer()),
  message_id: Type.Optional(Type.Integer()),
  from: Type.Optional(Type.String()),
});

const longestLabel = 100;

interface Text {
  from: string;
  to: string;
  body: string;
  sid: string;
}

/** Reads every body as text, since the signature covers it as it came: `scope` must be a scope of its own. */
export function webhookRoutes(scope: FastifyInstance, around: Surroundings): void {
  const { messenger, inboundSms, journal = () => {} } = around;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser<string>('*', { parseAs: 'string' }, (_request, text, done) => done(null, text));

  scope.post(
    '/twilio_webhook',
    {
      schema: {
        operationId: 'aiTwilioWebhook',
        summary: 'A text message from Twilio, as a form or JSON',
        description:
          'Signed with X-Twilio-Signature where TWILIO_AUTH_TOKEN is set. Repeating a MessageSid does nothing.',
        response: { 200: Answer },
      },
    },
    async (request) => {
      const body = typeof request.body === 'string' ? request.body : '';
      const fields = fieldsOf(request, body);
      refuseStrangers(request, body, isForm(request) ? fields : null);
      if (!fields) journal('twilio_webhook', 'ERROR', 'A body could not be read');
      const text = textOf(fields ?? {});
      journal('twilio_webhook', 'INFO', `Received ${text.sid || 'a message'} from ${text.from} to ${text.to}`);
      const sender = await messenger.ask({ kind: 'system' }, whoseNumber, {
        number: text.from,
        dialect: 'ai-messaging',
      });
      if (!sender) {
        journal('twilio_webhook', 'WARNING', `No user has the number ${text.from}`);
        return { status: 'user not found', from: text.from };
      }
      journal('twilio_webhook', 'INFO', `User ${sender.accountId} has the number ${text.from}`);
      const id = await keep(sender, text);
      journal('twilio_webhook', 'INFO', `Message ${id} saved for user ${sender.accountId}`);
      return { status: 'message saved', user_id: sender.accountId, message_id: id };
    },
  );

  function refuseStrangers(request: FastifyRequest, body: string, fields: Record<string, string> | null): void {
    if (!inboundSms) {
      throw new DomainError('unavailable', 'webhook_not_set_up', 'This webhook needs TWILIO_AUTH_TOKEN.');
    }
    const url = inboundSms.url ?? `${request.protocol}://${request.host}${request.originalUrl}`;
    const { 'x-twilio-signature': signed } = request.headers;
    const signature = typeof signed === 'string' ? signed : '';
    if (inboundSms.isGenuine({ url, signature, fields, body })) return;
    journal('twilio_webhook', 'WARNING', `A request from ${request.ip} was not signed by Twilio`);
    throw new DomainError('forbidden', 'bad_signature', 'The signature is not right.');
  }

  async function keep(sender: Member, text: Text): Promise<number> {
    const { conversationId } = await messenger.execute(sender, openDirect, { with: sender.accountId });
    const key = `twilio ${text.sid}`;
    const message = await messenger.execute(sender, sendMessage, {
      conversationId,
      kind: 'text',
      content: text.body,
      label: (text.sid || text.from).slice(0, longestLabel) || null,
      ...(text.sid && { repeat: { key, hash: requestHash({ key, route: 'twilio_webhook', body: null }) } }),
    });
    return message.id;
  }
}

function isForm(request: FastifyRequest): boolean {
  return /^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '');
}

/** The body's fields; none in a body of another type; null if it cannot be read. */
function fieldsOf(request: FastifyRequest, body: string): Record<string, string> | null {
  if (isForm(request)) return Object.fromEntries(new URLSearchParams(body));
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return {};
  try {
    const value: unknown = JSON.parse(body);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
    return Object.fromEntries(
      Object.entries(value).filter((field): field is [string, string] => typeof field[1] === 'string'),
    );
  } catch {
    return null;
  }
}

function textOf(fields: Record<string, string>): Text {
  const read = (name: string, other: string) => storable(fields[name] ?? fields[other] ?? '');
  return {
    from: read('From', 'from'),
    to: read('To', 'to'),
    body: read('Body', 'body'),
    sid: read('MessageSid', 'message_sid'),
  };
}

/** As much of a stranger's text as the database stores: no NUL, no half characters. */
function storable(text: string): string {
  return Buffer.from(text.replaceAll('\0', '')).toString();
}
