// One request to a vendor, and what a failure of it means: not sent, or nobody knows.

import { NotSent } from '../core/ports.ts';

export interface VendorAnswer {
  status: number;
  /** Its body as JSON; `{}` if it is something else. */
  body: Record<string, unknown>;
  /** The seconds to wait, as Retry-After says. */
  retryAfter?: number;
}

/** Failures before the first byte of the request: it certainly did not arrive. */
const neverArrived = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'UND_ERR_CONNECT_TIMEOUT',
]);
const wasNotTrusted = /^(ERR_TLS_|ERR_SSL_|CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_)/;

/** Posts, and reads the answer whatever its status. Throws NotSent: `later` if it never arrived, else `unsure`. */
export async function post(
  url: string,
  request: { headers: Record<string, string>; body: string },
  milliseconds: number,
): Promise<VendorAnswer> {
  try {
    const answer = await fetch(url, {
      method: 'POST',
      ...request,
      redirect: 'error',
      signal: AbortSignal.timeout(milliseconds),
    });
    return { status: answer.status, body: parsed(await answer.text()), ...waitOf(answer.headers.get('retry-after')) };
  } catch (error) {
    throw asNotSent(error);
  }
}

/** What a failed request means. */
export function asNotSent(error: unknown): NotSent {
  if (error instanceof Error && error.name === 'TimeoutError') return new NotSent('unsure', 'no answer in time');
  const code = codeOf(error) ?? codeOf((error as { cause?: unknown } | null)?.cause);
  if (code === null) return new NotSent('unsure', 'the request failed');
  if (code === 'ABORT_ERR') return new NotSent('unsure', 'no answer in time');
  return new NotSent(neverArrived.has(code) || wasNotTrusted.test(code) ? 'later' : 'unsure', code);
}

function codeOf(error: unknown): string | null {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === 'string' ? code : null;
}

/** Retry-After: seconds, or a date. */
export function waitOf(header: string | null | undefined): { retryAfter?: number } {
  if (!header) return {};
  const seconds = /^\d+$/.test(header) ? Number(header) : (Date.parse(header) - Date.now()) / 1_000;
  return Number.isFinite(seconds) ? { retryAfter: Math.max(0, Math.ceil(seconds)) } : {};
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
