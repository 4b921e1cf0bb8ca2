// Log files turn over at 1 MiB, keep 50 of what was, and cost nobody a request when they cannot be written.

import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openLogFiles } from '../../../src/adapters/log-files/index.ts';

let folder: string;
let warnings: string[];
const log = { warn: (text: string) => void warnings.push(text) };

beforeEach(async () => {
  warnings = [];
  folder = await mkdtemp(join(tmpdir(), 'parlance-test-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('a log file', () => {
  test('is made at once, with a line for each that is written, and continued later', async () => {
    const place = join(folder, 'deep', 'logs');
    const open = () => openLogFiles({ folder: place, names: ['auth', 'reports'], log, now: () => 1_735_689_600_007 });
    const first = open();
    first.write('auth', 'INFO', 'one\r\ntwo\u2028three\u0007');
    first.write('unknown', 'INFO', 'nowhere');
    await first.close();
    const second = open();
    second.write('auth', 'WARNING', 'x'.repeat(5_000));
    await second.close();
    second.write('auth', 'INFO', 'too late');
    expect((await readdir(place)).toSorted()).toEqual(['auth.log', 'reports.log']);
    const [one, two, end] = (await readFile(join(place, 'auth.log'), 'utf8')).split('\n');
    expect(one).toBe('2025-01-01 00:00:00,007 - auth - INFO - one two three ');
    expect(two).toHaveLength('2025-01-01 00:00:00,007 - auth - WARNING - '.length + 2_000);
    expect(end).toBe('');
  });

  test('turns over before it is larger than 1 MiB; the oldest beyond 50 goes', async () => {
    await writeFile(join(folder, 'auth.log.50'), 'the oldest');
    await writeFile(join(folder, 'auth.log.49'), 'the next');
    for (let n = 1; n < 49; n += 1) await writeFile(join(folder, `auth.log.${n}`), String(n));
    const files = openLogFiles({ folder, names: ['auth'], log });
    for (let n = 0; n < 2_500; n += 1) files.write('auth', 'INFO', `${n} ${'x'.repeat(900)}`);
    await files.close();
    const names = await readdir(folder);
    expect(names).toHaveLength(51);
    for (const name of names) expect((await stat(join(folder, name))).size).toBeLessThanOrEqual(1_048_576);
    expect(await readFile(join(folder, 'auth.log.50'), 'utf8')).toBe('48');
    const kept = await Promise.all(
      ['auth.log.2', 'auth.log.1', 'auth.log'].map((name) => readFile(join(folder, name), 'utf8')),
    );
    const numbers = kept
      .join('')
      .trimEnd()
      .split('\n')
      .map((line) => Number(line.split(' ')[7]));
    expect(numbers).toEqual(Array.from({ length: 2_500 }, (_, n) => n));
    expect(warnings).toEqual([]);
  });

  test('that cannot be is a warning', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    const files = openLogFiles({ folder: file, names: ['auth'], log });
    files.write('auth', 'INFO', 'nowhere');
    await files.close();
    expect(warnings).toHaveLength(1);
  });
});
