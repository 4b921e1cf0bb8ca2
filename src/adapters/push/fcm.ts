// Notifications for apps, through Firebase Cloud Messaging's HTTP v1 interface.

import { existsSync, readFileSync } from 'node:fs';
import { importPKCS8, SignJWT } from 'jose';
import { NotSent, type Push, type PushDevice, type PushNotification, type PushOutcome } from '../../core/ports.ts';
import { post, type VendorAnswer } from '../vendor.ts';

export interface FcmOptions {
  account: ServiceAccount;
  projectId: string;
  /** Where messages go; tokens come from the account's own `token_uri`. */
  baseUrl: string;
  /** Milliseconds until an answer is given up on. */
  patience?: number;
}

/** As much of a service account's file as is needed. */
export interface ServiceAccount {
  project_id: string;
  private_key_id: string;
  private_key: string;
  client_email: string;
  token_uri: string;
}

const scope = 'https://www.googleapis.com/auth/firebase.messaging';
/** How long FCM keeps it for a phone that is off, in seconds, unless it says itself. */
const longestLifetime = 86_400;

/** Names that FCM reserves: one of them may cost the whole message. */
const reserved = /^(from|message_type|google\..*|gcm\..*)$/;

/** In seconds. */
const longestQuiet = 3_600;

/** Reads a service account's file. Throws an Error with a sentence for the operator, which holds nothing of its content. */
export function readServiceAccount(path: string): ServiceAccount {
  const needed = ['project_id', 'private_key_id', 'private_key', 'client_email', 'token_uri'] as const;
  if (!existsSync(path)) throw new Error(`FIREBASE_CREDENTIALS_PATH: ${path} does not exist.`);
  const content = contentOf(path);
  if (!content) throw new Error(`FIREBASE_CREDENTIALS_PATH: ${path} is not a readable JSON file.`);
  const absent = needed.filter((name) => typeof content[name] !== 'string' || content[name] === '');
  if (absent.length > 0) throw new Error(`FIREBASE_CREDENTIALS_PATH: ${path} lacks ${absent.join(', ')}.`);
  return content as unknown as ServiceAccount;
}

/** Null if it is no JSON object: what the parser says of it quotes it. */
function contentOf(path: string): Record<string, unknown> | null {
  try {
    const content: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof content === 'object' ? (content as Record<string, unknown> | null) : null;
  } catch {
    return null;
  }
}

/** Sends to apps through FCM. One access token is shared by all sends until a minute before it expires. */
export function createFcm({ account, projectId, baseUrl, patience = 15_000 }: FcmOptions): Pick<Push, 'send'> {
  const tokens = accessTokens(account, patience);
  const url = `${baseUrl.replace(/\/$/, '')}/v1/projects/${encodeURIComponent(projectId)}/messages:send`;
  /** FCM asked everybody to wait until then. */
  let quietUntil = 0;

  async function attempt(body: string): Promise<VendorAnswer> {
    const token = await tokens.get();
    const answer = await send(token, body);
    if (answer.status !== 401 || errorOf(answer).code === 'THIRD_PARTY_AUTH_ERROR') return answer;
    tokens.forget(token);
    return send(await tokens.get(), body);
  }

  function send(token: string, body: string): Promise<VendorAnswer> {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    return post(url, { headers, body }, patience);
  }

  return {
    async send(device, notification) {
      const wait = (quietUntil - Date.now()) / 1_000;
      if (wait > 0) return { kind: 'later', reason: 'FCM asked to wait', retryAfter: Math.ceil(wait) };
      try {
        const body = JSON.stringify({ message: messageFor(device, notification) });
        const answer = await attempt(body);
        const outcome = outcomeOf(answer);
        if (outcome.kind === 'later' && answer.retryAfter !== undefined) {
          quietUntil = Math.max(quietUntil, Date.now() + Math.min(answer.retryAfter, longestQuiet) * 1_000);
        }
        return outcome;
      } catch (error) {
        if (error instanceof NotSent) return { kind: error.kind, reason: error.reason };
        return { kind: 'refused', reason: 'the notification could not be written' };
      }
    },
  };
}

function messageFor(device: PushDevice, notification: PushNotification): object {
  const { id, title, body, sound, vibration, clickAction, badge, imageUrl, urgency = 'high', lifetime } = notification;
  const data = Object.fromEntries(Object.entries(notification.data).filter(([name]) => !reserved.test(name)));
  return {
    token: device.address,
    notification: { title, body, ...(imageUrl !== undefined && { image: imageUrl }) },
    data,
    android: {
      priority: urgency === 'high' ? 'high' : 'normal',
      ttl: `${lifetime ?? longestLifetime}s`,
      notification: {
        tag: id,
        ...(sound && { sound: 'default' }),
        ...(!vibration && { default_vibrate_timings: false }),
        ...(clickAction !== undefined && { click_action: clickAction }),
      },
    },
    apns: {
      headers: {
        'apns-collapse-id': id,
        ...(urgency !== 'high' && { 'apns-priority': '5' }),
        ...(lifetime !== undefined && { 'apns-expiration': String(Math.ceil(Date.now() / 1_000) + lifetime) }),
      },
      payload: { aps: { ...(sound && { sound: 'default' }), ...(badge !== undefined && { badge }) } },
    },
  };
}

/** What Google's answer means: https://firebase.google.com/docs/reference/fcm/rest/v1/ErrorCode */
function outcomeOf(answer: VendorAnswer): PushOutcome {
  const { status, body, retryAfter } = answer;
  if (status === 200) return { kind: 'delivered', vendorId: typeof body.name === 'string' ? body.name : null };
  const { code, field } = errorOf(answer);
  const reason = code === null ? String(status) : `${status} ${code}`;
  // A bare 404 comes from a wrong address of the service, and says nothing about the device.
  if (code === 'UNREGISTERED' || (status === 404 && code === 'NOT_FOUND')) return { kind: 'gone', reason };
  if (code === 'SENDER_ID_MISMATCH') return { kind: 'gone', reason };
  if (status === 400 && field === 'message.token') return { kind: 'gone', reason };
  if (code === 'THIRD_PARTY_AUTH_ERROR') return { kind: 'refused', reason };
  // 401 and 403 are the operator's to mend, perhaps within the time that retries take.
  if (status === 429 || status >= 500 || status === 401 || status === 403) {
    return { kind: 'later', reason, ...(retryAfter !== undefined && { retryAfter }) };
  }
  return { kind: 'refused', reason };
}

/** FCM's own code, else Google's status; and the field at fault, where one is named. */
function errorOf({ body }: VendorAnswer): { code: string | null; field: string | null } {
  const error = (body.error ?? {}) as { status?: unknown; details?: unknown };
  const details = Array.isArray(error.details) ? (error.details as Record<string, unknown>[]) : [];
  const code = details.map((detail) => detail?.errorCode).find((one) => typeof one === 'string') ?? error.status;
  const violations = details.flatMap((detail) =>
    Array.isArray(detail?.fieldViolations) ? detail.fieldViolations : [],
  );
  const field = (violations as { field?: unknown }[]).map((one) => one?.field).find((one) => typeof one === 'string');
  return {
    code: typeof code === 'string' && /^[A-Z_]{1,60}$/.test(code) ? code : null,
    field: (field as string) ?? null,
  };
}

/** Access tokens for a service account, got by an assertion it signs; one request at a time, however many wait for it. */
function accessTokens(account: ServiceAccount, patience: number) {
  let current: Promise<{ token: string; until: number }> | undefined;
  let known: { token: string; until: number } | undefined;

  async function fetchToken(): Promise<{ token: string; until: number }> {
    let key;
    try {
      key = await importPKCS8(account.private_key, 'RS256');
    } catch {
      throw new NotSent('later', 'the private key of the service account cannot be read');
    }
    const assertion = await new SignJWT({ scope })
      .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: account.private_key_id })
      .setIssuer(account.client_email)
      .setSubject(account.client_email)
      .setAudience(account.token_uri)
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key);
    const form = new URLSearchParams({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { status, body } = await post(account.token_uri, { headers, body: form.toString() }, patience).catch(
      (error: unknown) => {
        // Whatever became of it, no notification was in it.
        throw new NotSent(
          'later',
          `no access token: ${error instanceof NotSent ? error.reason : 'the request failed'}`,
        );
      },
    );
    if (status !== 200 || typeof body.access_token !== 'string') {
      throw new NotSent('later', `no access token: ${status}`);
    }
    const seconds = typeof body.expires_in === 'number' ? body.expires_in : 3_600;
    return { token: body.access_token, until: Date.now() + (seconds - 60) * 1_000 };
  }

  return {
    async get(): Promise<string> {
      if (known && known.until > Date.now()) return known.token;
      current ??= fetchToken().finally(() => (current = undefined));
      known = await current;
      return known.token;
    },
    /** Google does not take it any more. */
    forget(token: string): void {
      if (known?.token === token) known = undefined;
    },
  };
}
