// Addresses that leave the server: whole, and never led astray by what a request calls this host.

import type { FastifyRequest } from 'fastify';
import { expect, test } from 'vitest';
import { createLinks } from '../../src/dialects/links.ts';

const from = (host: string, protocol = 'http') => ({ host, protocol }) as FastifyRequest;
const key = 'media/a/2026/01/写真 1.jpg';

test.each([
  ['localhost:8080', 'http://localhost:8080/x'],
  ['192.168.1.7:8080', 'http://192.168.1.7:8080/x'],
  ['[::1]:8080', 'http://[::1]:8080/x'],
  ['chat.example.org', 'http://chat.example.org/x'],
  ['evil.example/path?', 'http://localhost/x'],
  ['user@evil.example', 'http://localhost/x'],
  ['a"><script>', 'http://localhost/x'],
  ['', 'http://localhost/x'],
])('asked as %j', (host, link) => {
  expect(createLinks({ publicUrl: null, cdnUrl: null }).here(from(host), '/x')).toBe(link);
});

test('a set address counts more than what the request says', () => {
  const links = createLinks({ publicUrl: 'https://chat.example.org', cdnUrl: null });
  expect(links.here(from('evil.example'), '/x')).toBe('https://chat.example.org/x');
  expect(links.here(from('a'), 'https://bucket.example/y')).toBe('https://bucket.example/y');
  expect(links.file(from('a'), key, '/x')).toBe('https://chat.example.org/x');
});

test('at the CDN a file is found by its key', () => {
  const links = createLinks({ publicUrl: null, cdnUrl: 'https://cdn.example/base' });
  expect(links.file(from('a'), key, '/x')).toBe('https://cdn.example/base/media/a/2026/01/%E5%86%99%E7%9C%9F%201.jpg');
});
