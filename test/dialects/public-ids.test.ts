// Public ids: a round trip for every number, nothing for anything else.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createPublicIds, idKinds } from '../../src/dialects/public-ids.ts';

const key = new Uint8Array(32).map((_, at) => at * 7 + 1);
const ids = createPublicIds(key);
const otherKey = createPublicIds(new Uint8Array(32).map((_, at) => at * 7 + 2));

const kinds = fc.constantFrom(...idKinds);
const numbers = fc.oneof(fc.maxSafeNat(), fc.nat(10_000), fc.constantFrom(0, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1));
const form = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const runs = { numRuns: 2_000 };

describe('a number becomes a UUID', () => {
  test('of version 4 and variant 1, and comes back in either case of letters', () => {
    fc.assert(
      fc.property(kinds, numbers, (kind, number) => {
        const uuid = ids.toUuid(kind, number);
        expect(uuid).toMatch(form);
        expect(ids.fromUuid(kind, uuid)).toBe(number);
        expect(ids.fromUuid(kind, uuid.toUpperCase())).toBe(number);
      }),
      runs,
    );
  });

  test('the same one in every process with the same key', () => {
    expect(createPublicIds(key).toUuid('account', 1)).toBe(ids.toUuid('account', 1));
    expect(ids.toUuid('account', 1)).toMatchInlineSnapshot(`"38985fb4-1305-46e0-bb63-60f8a38b911d"`);
  });

  test('that no other kind and no other key has', () => {
    fc.assert(
      fc.property(kinds, kinds, numbers, (kind, other, number) => {
        const uuid = ids.toUuid(kind, number);
        if (other !== kind) {
          expect(ids.fromUuid(other, uuid)).toBeNull();
          expect(ids.toUuid(other, number)).not.toBe(uuid);
        }
        expect(otherKey.fromUuid(kind, uuid)).toBeNull();
      }),
      runs,
    );
  });

  test('distinct for 40,000 numbers of every kind', () => {
    const seen = new Set(idKinds.flatMap((kind) => Array.from({ length: 10_000 }, (_, n) => ids.toUuid(kind, n))));
    expect(seen.size).toBe(idKinds.length * 10_000);
  });

  test('that does not count up: neighbours differ in half their bits, every bit about as often', () => {
    const samples = 4_000;
    const flips = Array.from({ length: 128 }, () => 0);
    let least = 128;
    for (let n = 0; n < samples; n++) {
      const difference = bits(ids.toUuid('message', n)) ^ bits(ids.toUuid('message', n + 1));
      let count = 0;
      for (let bit = 0; bit < 128; bit++) {
        if (((difference >> BigInt(bit)) & 1n) === 0n) continue;
        flips[bit]!++;
        count++;
      }
      least = Math.min(least, count);
    }
    const free = flips.filter((count) => count > 0);
    expect(free).toHaveLength(122);
    const rates = free.map((count) => count / samples);
    expect(Math.min(...rates)).toBeGreaterThan(0.46);
    expect(Math.max(...rates)).toBeLessThan(0.54);
    expect(least).toBeGreaterThan(30);
  });

  test('that depends on every bit of the number', () => {
    for (let bit = 0; bit < 53; bit++) {
      let changed = 0;
      for (let n = 0; n < 200; n++) {
        const number = n * 45_035_996_273_704;
        const flipped = Number(BigInt(number) ^ (1n << BigInt(bit)));
        changed += ones(bits(ids.toUuid('account', number)) ^ bits(ids.toUuid('account', flipped)));
      }
      expect(Math.abs(changed / 200 - 61)).toBeLessThan(3);
    }
  });
});

describe('refused', () => {
  test('any other version-4 UUID', () => {
    fc.assert(
      fc.property(kinds, fc.uuid({ version: 4 }), (kind, uuid) => ids.fromUuid(kind, uuid) === null),
      runs,
    );
  });

  test('a UUID with one bit changed', () => {
    fc.assert(
      fc.property(
        kinds,
        numbers,
        fc.nat(35),
        fc.constantFrom(...Array.from({ length: 16 }, (_, digit) => digit.toString(16))),
        (kind, number, at, digit) => {
          const uuid = ids.toUuid(kind, number);
          const changed = uuid.slice(0, at) + digit + uuid.slice(at + 1);
          if (changed !== uuid) expect(ids.fromUuid(kind, changed)).toBeNull();
        },
      ),
      runs,
    );
  });

  const good = ids.toUuid('account', 42);
  test.each([
    '',
    ' ' + good,
    good + ' ',
    good.slice(0, 35),
    good.replaceAll('-', ''),
    good.replaceAll('-', '_'),
    `{${good}}`,
    good.slice(0, 14) + '1' + good.slice(15),
    good.slice(0, 19) + 'c' + good.slice(20),
    'g' + good.slice(1),
    'é' + good.slice(1),
    good.slice(0, 35) + '\u0000',
    '00000000-0000-0000-0000-000000000000',
  ])('%j', (text) => expect(ids.fromUuid('account', text)).toBeNull());

  test('any text', () => {
    fc.assert(
      fc.property(
        kinds,
        fc.string({ minLength: 30, maxLength: 40 }),
        (kind, text) => ids.fromUuid(kind, text) === null,
      ),
    );
  });

  test.each([-1, 1.5, NaN, Infinity, 2 ** 53])('the number %d', (number) => {
    expect(() => ids.toUuid('account', number)).toThrow(RangeError);
  });

  test('a short key', () => expect(() => createPublicIds(new Uint8Array(15))).toThrow(RangeError));
});

function bits(uuid: string): bigint {
  return BigInt('0x' + uuid.replaceAll('-', ''));
}

function ones(value: bigint): number {
  return value.toString(2).replaceAll('0', '').length;
}
