// A number as a UUID and back: a keyed permutation, so that no look-up, column or join is needed.

import { hkdfSync } from 'node:crypto';

/**
 * Kinds of row that have a UUID; the kind is part of what is enciphered, so one kind's UUID is no other's. Append only:
 * a kind's place in this list is inside every UUID ever given out for it.
 */
export const idKinds = [
  'account',
  'conversation',
  'message',
  'session',
  'reaction',
  'action',
  'event',
  'badge-request',
  'media',
] as const;
export type IdKind = (typeof idKinds)[number];

export interface PublicIds {
  toUuid(kind: IdKind, id: number): string;
  /** Null when it is not a UUID of this kind made with this key. */
  fromUuid(kind: IdKind, uuid: string): number | null;
}

const rounds = 8;
const keysPerRound = 4;
const twoTo32 = 0x1_0000_0000;

const hexOfByte = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Value of a hex digit by character code; anything else is negative, so that one OR over all digits tells. */
const valueOfHex = new Int8Array(128).fill(-1);
for (let digit = 0; digit < 16; digit++) {
  valueOfHex[digit.toString(16).charCodeAt(0)] = digit;
  valueOfHex[digit.toString(16).toUpperCase().charCodeAt(0)] = digit;
}

/**
 * Makes the permutation of one key (16 bytes or more; RangeError if shorter).
 *
 * The 122 free bits of a version-4 UUID are a left half of 60 bits (the number, 53 bits) and a right half of 62 (the
 * kind, and zeros). Eight Feistel rounds change each half four times by a keyed mix of the other. On the way back the
 * 69 bits that are not the number must be exactly what they were, so a UUID from elsewhere passes once in 2^69.
 *
 * This is obfuscation, not encryption: it hides order and volume from the curious. No security may rest on it.
 *
 * `toUuid` throws RangeError unless `id` is an integer in 0…2^53-1. Both directions cost well under 1 µs
 * (`bench/public-ids.ts`).
 */
export function createPublicIds(key: Uint8Array): PublicIds {
  if (key.length < 16) throw new RangeError('The key of public ids must have at least 16 bytes');
  const roundKeys = new Int32Array(hkdfSync('sha256', key, '', 'parlance public ids', rounds * keysPerRound * 4));
  const kindNumbers = new Map<IdKind, number>(idKinds.map((kind, place) => [kind, place + 1]));

  // The block under work: left half in 0 and 1 (32 + 28 bits), right half in 2 and 3 (30 + 32 bits).
  const block = new Int32Array(4);

  return {
    toUuid(kind, id) {
      if (!Number.isSafeInteger(id) || id < 0) throw new RangeError(`Not an id: ${id}`);
      block[0] = id >>> 0;
      block[1] = Math.floor(id / twoTo32);
      block[2] = kindNumbers.get(kind)!;
      block[3] = 0;
      for (let round = 0; round < rounds; round++) turn(block, roundKeys, round);
      return writeUuid(block);
    },

    fromUuid(kind, uuid) {
      if (!readUuid(uuid, block)) return null;
      for (let round = rounds - 1; round >= 0; round--) turn(block, roundKeys, round);
      const high = block[1]!;
      if (block[2] !== kindNumbers.get(kind) || block[3] !== 0 || high >>> 21 !== 0) return null;
      return high * twoTo32 + (block[0]! >>> 0);
    },
  };
}

/** One Feistel round, its own inverse: even rounds change the left half by the right one, odd rounds the right. */
function turn(block: Int32Array, keys: Int32Array, round: number): void {
  const evenRound = (round & 1) === 0;
  const at = round * keysPerRound;
  let a = (evenRound ? block[2]! : block[0]!) ^ keys[at]!;
  let b = (evenRound ? block[3]! : block[1]!) ^ keys[at + 1]!;

  a = Math.imul(a ^ (a >>> 16), 0x9e3779b1);
  b = Math.imul(b ^ (b >>> 15), 0xc2b2ae3d);
  a = (a + ((b << 13) | (b >>> 19))) ^ keys[at + 2]!;
  b = (b + ((a << 9) | (a >>> 23))) ^ keys[at + 3]!;
  a = Math.imul(a ^ (a >>> 15), 0x85ebca77);
  b = Math.imul(b ^ (b >>> 13), 0x27d4eb2f);
  a ^= b >>> 16;
  b ^= a >>> 14;

  if (evenRound) {
    block[0]! ^= a;
    block[1]! ^= b >>> 4;
  } else {
    block[2]! ^= a >>> 2;
    block[3]! ^= b;
  }
}

/** 122 bits as text, with version 4 and variant 1 set between them. */
function writeUuid(block: Int32Array): string {
  const left = block[0]!;
  const middle = block[1]!;
  const right = block[2]!;
  const last = block[3]!;
  return (
    hexOfByte[left >>> 24]! +
    hexOfByte[(left >>> 16) & 0xff]! +
    hexOfByte[(left >>> 8) & 0xff]! +
    hexOfByte[left & 0xff]! +
    '-' +
    hexOfByte[(middle >>> 20) & 0xff]! +
    hexOfByte[(middle >>> 12) & 0xff]! +
    '-' +
    hexOfByte[0x40 | ((middle >>> 8) & 0x0f)]! +
    hexOfByte[middle & 0xff]! +
    '-' +
    hexOfByte[0x80 | ((right >>> 24) & 0x3f)]! +
    hexOfByte[(right >>> 16) & 0xff]! +
    '-' +
    hexOfByte[(right >>> 8) & 0xff]! +
    hexOfByte[right & 0xff]! +
    hexOfByte[last >>> 24]! +
    hexOfByte[(last >>> 16) & 0xff]! +
    hexOfByte[(last >>> 8) & 0xff]! +
    hexOfByte[last & 0xff]!
  );
}

/** The reverse, in either case of letters. False: not 36 characters of a version-4, variant-1 UUID. */
function readUuid(uuid: string, block: Int32Array): boolean {
  if (uuid.length !== 36) return false;
  const dash = 45;
  if (uuid.charCodeAt(8) !== dash || uuid.charCodeAt(13) !== dash) return false;
  if (uuid.charCodeAt(18) !== dash || uuid.charCodeAt(23) !== dash) return false;

  const lowA = hex16(uuid, 0);
  const lowB = hex16(uuid, 4);
  const middle = hex16(uuid, 9);
  const high = hex16(uuid, 14);
  const clock = hex16(uuid, 19);
  const nodeA = hex16(uuid, 24);
  const nodeB = hex16(uuid, 28);
  const nodeC = hex16(uuid, 32);
  if ((lowA | lowB | middle | high | clock | nodeA | nodeB | nodeC) < 0) return false;
  if (high >>> 12 !== 4 || clock >>> 14 !== 2) return false;

  block[0] = (lowA << 16) | lowB;
  block[1] = (middle << 12) | (high & 0xfff);
  block[2] = ((clock & 0x3fff) << 16) | nodeA;
  block[3] = (nodeB << 16) | nodeC;
  return true;
}

/** Four hex digits; negative if one is not. */
function hex16(text: string, at: number): number {
  return (
    (hexDigit(text.charCodeAt(at)) << 12) |
    (hexDigit(text.charCodeAt(at + 1)) << 8) |
    (hexDigit(text.charCodeAt(at + 2)) << 4) |
    hexDigit(text.charCodeAt(at + 3))
  );
}

function hexDigit(code: number): number {
  return code < 128 ? valueOfHex[code]! : -1;
}
