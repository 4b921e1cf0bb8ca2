// One question to a vendor of GIFs: JSON, or `unavailable`. Addresses hold keys, so none is ever told or logged.

import { DomainError } from '../../core/errors.ts';
import type { Gif } from '../../core/ports.ts';

/** The contract's. */
const patience = 10_000;
const longestText = 255;

export interface VendorOptions {
  key: string;
  baseUrl: string;
  log: { warn(message: string): void };
}

/** The languages that vendors name otherwise. */
export function vendorLanguage(language: string): string {
  return language === 'zh' ? 'zh-CN' : language;
}

/** GETs `path` with these parameters; answers the body, an object. Throws `unavailable` (`no_gifs`). */
export async function askVendor(
  vendor: string,
  { baseUrl, log }: VendorOptions,
  path: string,
  parameters: Record<string, string | number>,
): Promise<Record<string, unknown>> {
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  );
  let status: number | null = null;
  try {
    const answer = await fetch(`${baseUrl}${path}?${query.toString()}`, {
      redirect: 'error',
      signal: AbortSignal.timeout(patience),
      headers: { accept: 'application/json' },
    });
    ({ status } = answer);
    const body: unknown = await answer.json();
    if (answer.ok && isObject(body)) return body;
  } catch {
    // What went wrong may quote the address.
  }
  log.warn(`${vendor} gave no GIFs (${status === null ? 'no answer' : `status ${status}`}).`);
  throw noGifs();
}

function noGifs(): DomainError {
  return new DomainError('unavailable', 'no_gifs', 'GIFs are not available at the moment.', { retryAfter: 30 });
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What stands at this path of keys; undefined where it breaks off. */
export function at(value: unknown, ...keys: string[]): unknown {
  return keys.reduce<unknown>((part, key) => (isObject(part) ? part[key] : undefined), value);
}

export function listAt(value: unknown, key: string): readonly unknown[] {
  const list = at(value, key);
  return Array.isArray(list) ? list : [];
}

/** A GIF of what a vendor wrote of it; none, unless it can be shown. */
export function gifOf(written: { [field in keyof Gif]: unknown }): Gif[] {
  const { id, title, url, previewUrl, tags } = written;
  if ((typeof id !== 'string' && typeof id !== 'number') || !isAddress(url)) return [];
  return [
    {
      id: String(id),
      title: textOf(title),
      url,
      previewUrl: isAddress(previewUrl) ? previewUrl : url,
      width: sideOf(written.width),
      height: sideOf(written.height),
      tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === 'string').map(textOf) : [],
    },
  ];
}

function isAddress(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 2_048 && /^https?:\/\//.test(value) && URL.canParse(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, longestText) : '';
}

/** Giphy writes numbers as text. */
function sideOf(value: unknown): number {
  const side = Math.round(Number(value));
  return Number.isSafeInteger(side) && side > 0 ? side : 0;
}
