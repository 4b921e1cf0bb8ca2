// What the build of the web client promises: a light first load, texts in five languages, and a page no script gets into.

import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { buildWebClient } from '../../scripts/setup.mjs';
import { builtWebClient } from '../../src/web.ts';
import { toyApp } from '../dialects/toy.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const source = join(ROOT, 'web', 'src');
const budget = 200_000;

describe('the web client as it is served', () => {
  let app: FastifyInstance;

  beforeAll(async () => {
    await buildWebClient();
    app = await toyApp({ web: { folder: builtWebClient, fileOrigins: ['https://files.example.org'] } });
  }, 120_000);
  afterAll(() => app?.close());

  const scripts = (page: string) => [...page.matchAll(/(?:src|href)="(\/app\/[^"]+\.js)"/g)].map(([, path]) => path!);

  test('loads less than 200 KB of script at first', async () => {
    const page = await app.inject('/app');
    let sum = 0;
    for (const path of new Set(scripts(page.body))) {
      const answer = await app.inject({ url: path, headers: { 'accept-encoding': 'gzip' } });
      expect(answer.statusCode, path).toBe(200);
      sum += answer.rawPayload.length;
    }
    expect(sum).toBeGreaterThan(50_000);
    expect(sum).toBeLessThan(budget);
  });

  test('keeps hashed files for good and asks for the page each time', async () => {
    const page = await app.inject('/app');
    expect(page.headers['cache-control']).toBe('no-cache');
    const [asset] = scripts(page.body).filter((path) => path.includes('/assets/'));
    const script = await app.inject({ url: asset!, headers: { 'accept-encoding': 'br' } });
    expect(script.headers).toMatchObject({ 'content-encoding': 'br', 'x-content-type-options': 'nosniff' });
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await app.inject('/app/assets/gone-123.js')).statusCode).toBe(404);
  });

  test('answers every place within with the page, and nothing outside of its folder', async () => {
    for (const url of [
      '/app/',
      '/app/c/123',
      '/app/settings/sessions',
      '/app/../package.json',
      '/app/%2e%2e/main.js',
    ]) {
      const { statusCode, body } = await app.inject(url);
      expect(statusCode === 404 || body.includes('<div id="root">'), url).toBe(true);
    }
    expect((await app.inject('/app/.built-from')).body).toContain('<div id="root">');
  });

  test('refuses every script but its own, and frames', async () => {
    const policy = String((await app.inject('/app')).headers['content-security-policy']);
    const directives = new Map(policy.split('; ').map((each) => [each.split(' ', 1)[0], each]));
    expect(directives.get('script-src')).toBe("script-src 'self'");
    expect(directives.get('default-src')).toBe("default-src 'none'");
    expect(directives.get('frame-ancestors')).toBe("frame-ancestors 'none'");
    expect(directives.get('style-src')).not.toContain('unsafe');
    expect(directives.get('img-src')).toContain('https://files.example.org');
    const page = (await app.inject('/app')).body;
    expect(page).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\son\w+=/i);
  });

  test('tells the page where maps come from, and lets it fetch those alone', async () => {
    const mapTiles = 'https://tiles.example.org/{z}/{x}/{y}.png?a=1&b="2"';
    const mapped = await toyApp({ web: { folder: builtWebClient, fileOrigins: [], mapTiles } });
    const { body, headers } = await mapped.inject('/app/location');
    expect(body).toContain(
      '<meta name="map-tiles" content="https://tiles.example.org/{z}/{x}/{y}.png?a=1&amp;b=&quot;2&quot;" />',
    );
    expect(String(headers['content-security-policy'])).toContain(
      "; connect-src 'self' https://tiles.example.org blob:; ",
    );
    expect(scripts(body)).toEqual(scripts((await app.inject('/app')).body));
    expect((await app.inject('/app')).body).not.toContain('map-tiles');
    await mapped.close();
  });

  test('leads a browser from / to /app, and nobody else', async () => {
    const browser = await app.inject({ url: '/', headers: { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' } });
    expect([browser.statusCode, browser.headers.location]).toEqual([302, '/app']);
    for (const accept of ['*/*', 'application/json', undefined]) {
      const answer = await app.inject({ url: '/', headers: accept === undefined ? {} : { accept } });
      expect(answer.json()).toMatchObject({ message: 'Hello World' });
    }
  });

  test('says how to build it where it was not', async () => {
    const bare = await toyApp({ web: { folder: join(ROOT, 'nowhere'), fileOrigins: [] } });
    const answer = await bare.inject('/app/c/1');
    expect([answer.statusCode, answer.body.includes('npm run build')]).toEqual([503, true]);
    await bare.close();
  });
});

describe('its texts', () => {
  type Texts = Record<string, Record<string, string>>;
  const read = (language: string) =>
    JSON.parse(readFileSync(join(source, 'texts', `${language}.json`), 'utf8')) as Texts;
  const flat = (texts: Texts) =>
    new Map(
      Object.entries(texts).flatMap(([area, all]) =>
        Object.entries(all).map(([name, text]) => [`${area}.${name}`, text] as const),
      ),
    );
  const base = (key: string) => key.replace(/_(one|other)$/, '');
  const english = flat(read('en'));

  test.each(['id', 'ja', 'ko', 'zh'])('%s says all that English says, with the same names in it', (language) => {
    const texts = flat(read(language));
    expect([...new Set([...texts.keys()].map(base))].toSorted()).toEqual(
      [...new Set([...english.keys()].map(base))].toSorted(),
    );
    const holes = (text = '') => (text.match(/\{\{\w+\}\}/g) ?? []).toSorted().join();
    for (const [key, text] of texts) {
      expect(text.trim(), key).not.toBe('');
      expect(holes(text), key).toBe(holes(english.get(key)));
    }
  });

  test('are all there that the page asks for, and no others', () => {
    const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((name) => /\.tsx?$/.test(name));
    const code = files.map((name) => readFileSync(join(source, name), 'utf8')).join('\n');
    const known = new Set([...english.keys()].map(base));
    const asked = [...code.matchAll(/\b(?:t|say)\(\s*'([\w.]+)'/g)].map(([, key]) => key!);
    expect(asked.length).toBeGreaterThan(100);
    expect(asked.filter((key) => !known.has(key))).toEqual([]);
    const areas = [...code.matchAll(/`(\w+)\.\$\{/g)].map(([, area]) => area!);
    const unused = [...known].filter((key) => !code.includes(`'${key}'`) && !areas.includes(key.split('.', 1)[0]!));
    expect(unused).toEqual([]);
  });
});
