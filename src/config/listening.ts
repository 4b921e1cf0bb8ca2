// Settings: where it listens.

import { isIP } from 'node:net';
import { filePath, listed, someText, webAddress, wholeNumber, type Setting, type Type } from './setting.ts';

/** As Fastify's `trustProxy` takes it. */
const proxies: Type<false | number | string[]> = {
  expects: '"none", how many proxies stand in front, or a comma list of addresses, CIDR ranges and "loopback"',
  parse(text) {
    if (text === 'none' || text === '0') return false;
    if (/^\d{1,2}$/.test(text)) return Number(text);
    const ranges = listed(text);
    return ranges.length > 0 && ranges.every(isAddressRange) ? ranges : undefined;
  },
};

const origins: Type<'any' | string[]> = {
  expects: '"*", or origins such as https://chat.example.org, as a comma list or a JSON array',
  parse(text) {
    // An origin holds none of the characters that make a JSON array, so both spellings, even joined, are one list.
    const named = listed(text.replaceAll(/[[\]"']/g, '')).map((origin) => origin.replace(/\/$/, ''));
    if (named.includes('*')) return 'any';
    return named.every((origin) => URL.canParse(origin) && /^[a-z][a-z\d+.-]*:\/\/[^/?#]+$/i.test(origin))
      ? [...new Set(named)]
      : undefined;
  },
};

export const listening = {
  port: {
    name: 'PORT',
    type: wholeNumber(0, 65_535),
    default: '8080',
    meaning: 'The port it listens on; 0 takes a free one.',
  },
  alsoPort: {
    name: 'ALSO_PORT',
    aliases: ['AI_MESSAGE_PORT'],
    type: wholeNumber(0, 65_535),
    default: null,
    otherwise: '8000 if PORT is not set either, else none',
    meaning: 'A second port with the same answers, since the products’ clients expect different ones.',
  },
  host: {
    name: 'HOST',
    aliases: ['AI_MESSAGE_HOST'],
    type: someText,
    default: '0.0.0.0',
    meaning: 'The address it listens on; 127.0.0.1 is reachable from this machine only.',
  },
  corsOrigins: {
    name: 'CORS_ORIGINS',
    aliases: ['BACKEND_CORS_ORIGINS', 'ALLOWED_ORIGINS'],
    joined: true,
    type: origins,
    default: 'http://localhost:3000,http://localhost:3001',
    meaning: 'The web pages, by origin, whose scripts may call the server: a comma list or JSON array; * is any.',
  },
  domain: {
    name: 'AI_MESSAGE_DOMAIN',
    type: someText,
    default: 'localhost',
    meaning: 'The name it says at its start that it listens on.',
  },
  tlsCertificate: {
    name: 'AI_MESSAGE_SSL_CERT',
    type: filePath,
    default: 'ssl/cert.pem',
    meaning: 'The certificate to speak TLS with, as PEM. Without this file, or that of the key, it speaks plain HTTP.',
  },
  tlsKey: {
    name: 'AI_MESSAGE_SSL_KEY',
    type: filePath,
    default: 'ssl/key.pem',
    meaning: 'The private key of the certificate, as PEM.',
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    type: proxies,
    default: 'none',
    meaning:
      'Whose word on a client’s address is believed: addresses, CIDR ranges and "loopback", or how many proxies there are.',
  },
  publicUrl: {
    name: 'PUBLIC_URL',
    type: webAddress,
    default: null,
    otherwise: 'the address by which each request reached it',
    meaning: 'How clients reach the server, for links to files: set it behind a proxy.',
  },
} as const satisfies Record<string, Setting>;

function isAddressRange(text: string): boolean {
  if (['loopback', 'linklocal', 'uniquelocal'].includes(text)) return true;
  const [address = '', bits, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}
