// The project itself: it starts from nothing, says what it depends on, and its tests stay on this machine.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { alone, isInstalled } from '../scripts/setup.mjs';
import { assetPath } from '../src/assets.ts';

const ROOT = join(import.meta.dirname, '..');
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8'));

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'parlance-project-'));
});

afterEach(() => rmSync(folder, { recursive: true }));

describe('what it depends on', () => {
  test('is named in exact versions, and locked as named', () => {
    for (const group of ['dependencies', 'devDependencies'] as const) {
      const versions = Object.entries<string>(manifest[group]);
      expect(versions.filter(([, version]) => !/^(npm:@?[\w/-]+@)?\d+\.\d+\.\d+$/.test(version))).toEqual([]);
      expect(lock.packages[''][group]).toEqual(manifest[group]);
    }
  });

  test('needs no install script: each package that has one is denied it', () => {
    const scripted = Object.entries<{ hasInstallScript?: boolean; optional?: boolean }>(lock.packages)
      .filter(([, each]) => each.hasInstallScript && !each.optional)
      .map(([path]) => path.replace(/^.*node_modules\//, ''));
    expect(Object.keys(manifest.allowScripts).toSorted()).toEqual([...new Set(scripted)].toSorted());
    expect(Object.values(manifest.allowScripts)).not.toContain(true);
  });

  test('is missed where it is missing', () => {
    const record = (packages: object) => JSON.stringify({ packages });
    const wanted = {
      '': {},
      'node_modules/a': { version: '1.0.0' },
      'node_modules/b': { version: '2.0.0', optional: true },
    };
    writeFileSync(join(folder, 'package-lock.json'), record(wanted));
    expect(isInstalled(folder)).toBe(false);

    mkdirSync(join(folder, 'node_modules'));
    const installed = (packages: object) => {
      writeFileSync(join(folder, 'node_modules', '.package-lock.json'), record(packages));
      return isInstalled(folder);
    };
    expect(installed({})).toBe(false);
    expect(installed({ 'node_modules/a': { version: '1.0.1' } })).toBe(false);
    expect(installed({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': { version: '1.0.0' } })).toBe(false);
    expect(installed({ 'node_modules/a': { version: '1.0.0' } })).toBe(true);
  });
});

describe('npm start', () => {
  const main = `// A server, for the test.
process.on('SIGTERM', () => {
  console.log('stopped');
  process.exit(7);
});
setInterval(() => undefined, 1_000);
console.log('started', process.argv.slice(2).join(' '));
`;

  test('builds what changed, hands on its arguments and becomes the server', async () => {
    copyOfTheProject(main);
    const [first, second] = await Promise.all([start('--help'), start('--help')]);
    for (const each of [first, second]) {
      expect(each.said()).toBe('started --help\n');
      expect(await each.stop()).toEqual([7, 'started --help\nstopped\n']);
    }
    expect([first, second].filter((each) => each.progress().includes('Building'))).toHaveLength(1);
    expect(existsSync(join(folder, 'dist', 'assets', 'redoc.standalone.js'))).toBe(true);
    expect(existsSync(join(folder, 'dist', 'web', 'index.html'))).toBe(true);
    expect(readdirSync(folder).filter((name) => /^dist\.|^\.setup-lock/.test(name))).toEqual([]);

    const again = await start();
    expect(again.progress()).toBe('');
    await again.stop();

    writeFileSync(join(folder, 'src', 'main.ts'), main.replaceAll('stopped', 'ended'));
    const changed = await start();
    expect(changed.progress()).toContain('Building');
    expect(await changed.stop()).toEqual([7, 'started \nended\n']);
  });

  test('does not start what does not compile, and keeps what was built', async () => {
    copyOfTheProject(main);
    const good = await start();
    await good.stop();
    writeFileSync(join(folder, 'src', 'main.ts'), `${main}\nexport const one: string = 1;\n`);
    const bad = await start();
    expect(await bad.ended).toBe(1);
    expect(bad.progress()).toContain('not assignable');
    expect(bad.said()).toBe('');
    expect(existsSync(join(folder, 'dist', 'main.js'))).toBe(true);
  });

  function copyOfTheProject(mainSource: string): void {
    for (const name of ['package.json', 'package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts']) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true });
    }
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    mkdirSync(join(folder, 'src'));
    cpSync(join(ROOT, 'src', 'assets.ts'), join(folder, 'src', 'assets.ts'));
    writeFileSync(join(folder, 'src', 'main.ts'), mainSource);
    mkdirSync(join(folder, 'web'));
    writeFileSync(join(folder, 'web', 'index.html'), '<!doctype html><title>The web client</title>');
  }

  /** Runs until it says something, or ends. */
  async function start(...args: string[]) {
    const child = spawn('npm', ['--silent', 'start', '--', ...args], { cwd: folder });
    const heard = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text: string) => (heard.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (heard.stderr += text));
    const ended = once(child, 'close').then(([code]: unknown[]) => code);
    await Promise.race([once(child.stdout, 'data'), ended]);
    return {
      ended,
      said: () => heard.stdout,
      progress: () => heard.stderr,
      async stop() {
        child.kill('SIGTERM');
        return [await ended, heard.stdout];
      },
    };
  }
});

describe('two set-ups at once', () => {
  beforeEach(() => {
    vi.spyOn(console, 'error').mockReturnValue();
  });

  test('take turns', async () => {
    let inside = 0;
    let most = 0;
    const work = async () => {
      most = Math.max(most, ++inside);
      await sleep(20);
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => alone(folder, work)));
    expect(most).toBe(1);
    expect(readdirSync(folder)).toEqual([]);
  });

  test('do not wait for one that died', async () => {
    const abandoned = join(folder, '.setup-lock');
    const anHourAgo = Date.now() / 1000 - 3600;
    writeFileSync(abandoned, '');
    utimesSync(abandoned, anHourAgo, anHourAgo);
    expect(await alone(folder, async () => 'done')).toBe('done');
    expect(readdirSync(folder)).toEqual([]);
  });

  test('let the next one in when one fails', async () => {
    await expect(alone(folder, () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await alone(folder, async () => 'done')).toBe('done');
  });
});

describe('tests', () => {
  test('reach this machine', async () => {
    const server = net.createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as net.AddressInfo;
    await once(net.connect(port, 'localhost'), 'connect').catch(() => once(net.connect(port, '127.0.0.1'), 'connect'));
    server.close();
  });

  test('reach nothing else', async () => {
    expect(() => net.connect(80, '192.0.2.1')).toThrow('elsewhere');
    expect(() => net.connect({ host: 'chat.example.org', port: 80 })).toThrow('elsewhere');
    await expect(fetch('http://chat.example.org/')).rejects.toMatchObject({
      cause: { message: expect.stringContaining('elsewhere') },
    });
  });
});

test('the bundle of ReDoc fetches nothing from elsewhere', () => {
  const bundle = readFileSync(assetPath('redoc.standalone.js'), 'utf8');
  expect(bundle).not.toContain('cdn.');
  expect(bundle).toContain('data:image/gif;base64');
});

test('every script that is named exists', () => {
  const named = Object.values<string>(manifest.scripts).flatMap(
    (script) => script.match(/\b(scripts|src)\/[\w./-]+/g) ?? [],
  );
  expect(named.filter((file) => file !== 'src/main.ts' && !existsSync(join(ROOT, file)))).toEqual([]);
  expect(statSync(join(ROOT, '.ci', 'run')).mode & 0o111).toBe(0o111);
});
