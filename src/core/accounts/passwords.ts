// bcrypt, off the event loop (DECISIONS 8).

import { createHash, randomBytes } from 'node:crypto';
import bcrypt from 'bcrypt';

/** bcrypt reads 72 bytes: of anything longer the SHA-256 is hashed instead. */
function material(password: string): string {
  return Buffer.byteLength(password) > 72 ? createHash('sha256').update(password).digest('base64') : password;
}

/** About 200 ms on a thread of its own at 12 rounds. */
export function hashPassword(password: string, rounds: number): Promise<string> {
  return bcrypt.hash(material(password), rounds);
}

/**
 * False for an account without a password too, after the same work, so that time does not tell which names exist.
 * Hashes made elsewhere as `$2y$` are the same algorithm as `$2b$`.
 */
export async function passwordMatches(password: string, hash: string | null, rounds: number): Promise<boolean> {
  const stored = hash?.replace(/^\$2y\$/, '$2b$') ?? (await decoy(rounds));
  return (await bcrypt.compare(material(password), stored)) && hash !== null;
}

const decoys = new Map<number, Promise<string>>();

function decoy(rounds: number): Promise<string> {
  const known = decoys.get(rounds) ?? hashPassword(randomBytes(16).toString('hex'), rounds);
  decoys.set(rounds, known);
  return known;
}
