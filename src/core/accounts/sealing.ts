// Secrets at rest: sealed with AES-256-GCM under keys made from the server's own secret, each bound to its account.

import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { AccountId } from '../ids.ts';

function keyFor(serverSecret: Uint8Array, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', serverSecret, '', `parlance ${purpose}`, 32));
}

/** A secret as it may be stored: `iv.tag.ciphertext`, base64url. */
export function seal(serverSecret: Uint8Array, purpose: string, account: AccountId, text: string): string {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', keyFor(serverSecret, purpose), iv);
  cipher.setAAD(Buffer.from(String(account)));
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return [iv, cipher.getAuthTag(), ciphertext].map((part) => part.toString('base64url')).join('.');
}

/** What was sealed. Throws if it was not sealed so: for another account, or under another secret. */
export function unseal(serverSecret: Uint8Array, purpose: string, account: AccountId, sealed: string): string {
  const [iv, tag, ciphertext] = sealed.split('.').map((part) => Buffer.from(part, 'base64url'));
  if (!iv || !tag || !ciphertext) throw new Error('not a sealed secret');
  const decipher = createDecipheriv('aes-256-gcm', keyFor(serverSecret, purpose), iv, { authTagLength: 16 });
  decipher.setAAD(Buffer.from(String(account)));
  decipher.setAuthTag(tag);
  return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
}

/** For short codes, which a plain hash would give away: nobody can try them without the server's secret. */
export function keyedHash(serverSecret: Uint8Array, purpose: string, account: AccountId, text: string): string {
  return createHmac('sha256', keyFor(serverSecret, purpose)).update(`${account}\n${text}`).digest('base64url');
}
