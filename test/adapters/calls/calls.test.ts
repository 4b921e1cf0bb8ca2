// The calls port: what every implementation promises, Agora's tokens, coturn's credentials, and which of them is opened.

import { createHmac } from 'node:crypto';
import { createRequire } from 'node:module';
import { describe, expect, it, test } from 'vitest';
import { openCalls, type CallsOptions } from '../../../src/adapters/calls/index.ts';

const appId = '970CA35de60c44645bbae8a215061b33';
const certificate = '5CFd2fd1755d40ecb72977518be15d3b';
const channel = '7d72365eb983485397e3e3f9d460bdda';
const turn = { urls: ['turn:turn.example.org:3478', 'turns:turn.example.org:5349'], secret: 'between us' };
const noon = Date.UTC(2026, 0, 1, 12);

/** As much of the vendor's reader of its own tokens as is looked at here. */
interface Token {
  salt: number;
  appId: string;
  expire: number;
  services: Readonly<Record<number, { __privileges: Record<number, number>; __channel_name: Buffer; __uid: Buffer }>>;
  add_service(service: object): void;
  build(): string;
  from_string(text: string): boolean;
}
const vendor = createRequire(import.meta.url)('agora-token/src/AccessToken2.js') as {
  AccessToken2: new (appId: string, certificate: string, issuedAt: number, expire: number) => Token;
  ServiceRtc: new (channel: string, uid: number) => { add_privilege(privilege: number, seconds: number): void };
};

function open(options: Partial<CallsOptions> = {}) {
  const warnings: string[] = [];
  const calls = openCalls({
    hours: 24,
    agora: null,
    iceServers: null,
    turn: null,
    log: { warn: (message) => warnings.push(message) },
    ...options,
  });
  return { calls, warnings };
}

function parsed(text: string): Token {
  const token = new vendor.AccessToken2('', '', 0, 0);
  expect(token.from_string(text)).toBe(true);
  return token;
}

describe.each([
  ['WebRTC', null],
  ['Agora', { appId, certificate }],
])('%s', (_name, agora) => {
  it('gives a relay’s credentials to whoever they are for, and none to nobody', () => {
    const { calls } = open({ agora, turn, iceServers: ['stun:stun.example.org'] });
    expect(calls.seconds).toBe(86_400);
    expect(calls.iceServers(null, noon)).toEqual([{ urls: 'stun:stun.example.org' }]);
    const username = `${noon / 1_000 + 86_400}:7`;
    const credential = createHmac('sha1', turn.secret).update(username).digest('base64');
    expect(calls.iceServers('7', noon)).toEqual([
      { urls: 'stun:stun.example.org' },
      ...turn.urls.map((urls) => ({ urls, username, credential })),
    ]);
  });
});

it('without a vendor has no tickets, and asks no stranger', () => {
  const { calls, warnings } = open();
  expect(calls.ticket({ channel, uid: 1, speaks: true }, noon)).toBeNull();
  expect(calls.iceServers('1', noon)).toEqual([]);
  expect(warnings).toEqual([]);
});

it('the contract’s vector is what the vendor’s library makes', () => {
  const token = new vendor.AccessToken2(appId, certificate, 1_111_111, 600);
  token.salt = 1;
  const service = new vendor.ServiceRtc(channel, 2_882_341_273);
  service.add_privilege(1, 600);
  token.add_service(service);
  expect(token.build()).toBe(
    '007eJxTYBBbsMMnKq7p9Hf/HcIX5kce9b518kCiQgSr5Zrp4X1Tu6UUGCzNDZwdjU1TUs0Mkk1MzExMk5ISUy0SjQxNDcwMk4yN3b8IMEQwMTAwMoAwBIL4CgzmKeZGxmamqUmWFsYmFqbGluapxqnGaZYpJmYGSSkpiVwMRhYWRsYmhkbmxgDCaiTj',
  );
});

test.each([
  [true, { 1: 3_600, 2: 3_600, 3: 3_600, 4: 3_600 }],
  [false, { 1: 3_600 }],
])('an Agora ticket that speaks (%s) is for one seat and no other', (speaks, privileges) => {
  const { calls } = open({ agora: { appId, certificate }, hours: 1 });
  const ticket = calls.ticket({ channel, uid: 42, speaks }, noon)!;
  expect(ticket).toMatchObject({ appId, token: expect.stringMatching(/^007/), expiresAt: noon + 3_600_000 });
  const token = parsed(ticket.token);
  expect(token).toMatchObject({ appId: Buffer.from(appId), expire: 3_600 });
  const [service] = Object.values(token.services);
  expect([String(service!.__channel_name), String(service!.__uid)]).toEqual([channel, '42']);
  expect(service!.__privileges).toEqual(privileges);
  expect(calls.iceServers('42', noon)).toEqual([{ urls: 'stun:stun.agora.io' }]);
});

test.each([
  ['not-an-app-id', certificate],
  [appId, `${certificate}0`],
  ['', ''],
])('keys that cannot be Agora’s (%s, %s) are not used, with a warning', (badId, badCertificate) => {
  const { calls, warnings } = open({ agora: { appId: badId, certificate: badCertificate } });
  expect(calls.ticket({ channel, uid: 1, speaks: true }, noon)).toBeNull();
  expect(warnings).toEqual([expect.stringContaining('Agora is not used')]);
});
