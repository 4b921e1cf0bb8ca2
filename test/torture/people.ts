// Who takes part: each signed up through the product whose wire they listen on, and each asking until they are answered.

import { setTimeout as sleep } from 'node:timers/promises';
import type { PublicIds } from '../../src/dialects/public-ids.ts';
import type { ServerProcess } from '../support/process.ts';
import type { Chance } from './random.ts';
import type { Wire } from './wires.ts';

export interface Person {
  name: string;
  wire: Wire;
  account: number;
  /** As the products with UUIDs write it. */
  id: string;
  token: string;
}

export interface Request {
  method: 'POST' | 'PUT' | 'DELETE';
  path: string;
  body?: unknown;
  /** `Idempotency-Key`. */
  key?: string;
}

export interface Answer {
  status: number;
  // Who asked knows what is answered.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
}

/** An answer may take this long before it counts as none, in milliseconds. */
const patience = 10_000;

/** One attempt; null: nobody answered, or only that it could not be done now. */
export async function attempt(url: string, token: string | null, request: Request): Promise<Answer | null> {
  const { method, path, body = {}, key } = request;
  try {
    const response = await fetch(url + path, {
      method,
      headers: {
        'content-type': 'application/json',
        ...(token !== null && { authorization: `Bearer ${token}` }),
        ...(key !== undefined && { 'idempotency-key': key }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(patience),
    });
    const said = await response.text();
    return response.status >= 500 ? null : { status: response.status, body: said === '' ? null : JSON.parse(said) };
  } catch {
    return null;
  }
}

/** Asks again, as often as it takes. `urls`: another place each time. */
export async function insist(
  chance: Chance,
  urls: readonly string[],
  token: string | null,
  request: Request,
): Promise<Answer> {
  for (;;) {
    const answer = await attempt(chance.pick(urls)!, token, request);
    if (answer) return answer;
    await sleep(20 + chance.below(200));
  }
}

/** Signs somebody up through the product of this wire. */
export async function signUp(
  server: ServerProcess,
  ids: PublicIds,
  { name, wire, phone }: { name: string; wire: Wire; phone: string },
): Promise<Person> {
  const path = {
    urge: '/api/auth/register',
    pythia: '/api/v1/auth/register',
    nerutalk: '/api/v1/register',
    'ai-messaging': '/auth/register',
  }[wire];
  const login = { username: name, email: `${name}@example.org`, password: 'Secret123' };
  const body = wire === 'urge' ? { phone_number: phone, display_name: name } : login;
  const answer = await attempt(server.url, null, { method: 'POST', path, body });
  if (!answer || answer.status >= 300) throw new Error(`${name} cannot sign up: ${JSON.stringify(answer)}`);
  const { access_token: token, user } = answer.body;
  const account = typeof user.id === 'number' ? user.id : ids.fromUuid('account', user.id)!;
  return { name, wire, account, id: ids.toUuid('account', account), token };
}
