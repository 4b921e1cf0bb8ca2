// Every request of the page: the token, one refresh when it is no longer good, the language, and a key that makes a
// repeated POST harmless.

import { language } from '../texts/texts.ts';
import { session, type Session } from './session.ts';

/** The server said no; `message` is its own sentence, in the reader's language where its dialect has it. */
export class Refused extends Error {
  readonly status: number;
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Nobody answered: the same may be tried again later. */
export class Unreachable extends Error {
  constructor() {
    super('unreachable');
  }
}

export interface RequestOptions {
  body?: unknown;
  query?: Record<string, string | number | boolean | undefined>;
  /** The same key, the same thing: given where a try may follow another; else each POST is one of its own. */
  key?: string;
  signal?: AbortSignal;
  /** Before anybody is signed in. */
  open?: true;
  /** In place of the session's. */
  token?: string;
}

const wireLanguages = { en: 'en', id: 'id', ja: 'jp', ko: 'ko', zh: 'cn' } as const;

/** Asks the server. Throws Refused or Unreachable. */
export async function request<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
  const key = options.key ?? crypto.randomUUID();
  const used = session.get();
  let answer = await attempt(method, path, options, key, options.token ?? used?.accessToken);
  if (answer.status === 401 && options.open !== true && options.token === undefined && used !== null) {
    const renewed = await renew(used.accessToken);
    if (renewed === null) throw new Refused(401, await sentenceOf(answer));
    answer = await attempt(method, path, options, key, renewed.accessToken);
  }
  if (!answer.ok) {
    if (answer.status === 502 || answer.status === 503 || answer.status === 504) throw new Unreachable();
    throw new Refused(answer.status, await sentenceOf(answer));
  }
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function attempt(
  method: string,
  path: string,
  { body, query, signal, open }: RequestOptions,
  key: string,
  token: string | undefined,
): Promise<Response> {
  const form = body instanceof FormData;
  const headers: Record<string, string> = { 'X-Language': wireLanguages[language()] };
  if (open !== true && token !== undefined) headers.Authorization = `Bearer ${token}`;
  if (method === 'POST') headers['Idempotency-Key'] = key;
  if (body !== undefined && !form) headers['Content-Type'] = 'application/json';
  try {
    return await fetch(path + searchOf(query), {
      method,
      headers,
      ...(body !== undefined && { body: form ? body : JSON.stringify(body) }),
      ...(signal && { signal }),
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable();
  }
}

function searchOf(query: RequestOptions['query'] = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  if (given.length === 0) return '';
  return `?${new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString()}`;
}

async function sentenceOf(answer: Response): Promise<string> {
  try {
    const { detail, message } = (await answer.clone().json()) as { detail?: unknown; message?: unknown };
    if (typeof detail === 'string') return detail;
    if (typeof message === 'string') return message;
    if (Array.isArray(detail)) return (detail[0] as { msg?: string } | undefined)?.msg ?? answer.statusText;
  } catch {
    // Not JSON: whoever answered was not our server.
  }
  return answer.statusText;
}

let renewing: Promise<Session | null> | null = null;

/**
 * A session whose access token is another than `stale`: made anew, once for all who wait, in all tabs together. Null:
 * the session is over, and nobody is signed in any more.
 */
export function renew(stale: string): Promise<Session | null> {
  renewing ??= navigator.locks.request('parlance.renew', () => renewAlone(stale)).finally(() => (renewing = null));
  return renewing;
}

async function renewAlone(stale: string): Promise<Session | null> {
  const now = JSON.parse(localStorage.getItem('parlance.session') ?? 'null') as Session | null;
  if (now === null || now.accessToken !== stale) {
    session.set(now);
    return now;
  }
  const path = now.dialect === 'urge' ? '/api/auth/refresh' : '/api/v1/refresh-token';
  const body = { refresh_token: now.refreshToken };
  const answer = await attempt('POST', path, { body, open: true }, crypto.randomUUID(), undefined);
  if (answer.status === 401 || answer.status === 403 || answer.status === 404) {
    session.set(null);
    return null;
  }
  if (!answer.ok) throw new Unreachable();
  const tokens = (await answer.json()) as { access_token: string; refresh_token: string };
  const renewed = { ...now, accessToken: tokens.access_token, refreshToken: tokens.refresh_token };
  session.set(renewed);
  return renewed;
}
