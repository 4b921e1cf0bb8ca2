// The same four people, registered as Pythia's client does it, with its plain WebSocket.

import { expect } from 'vitest';
import { call, type Answer } from '../../support/people.ts';
import type { TestServer } from '../../support/server.ts';
import { listen as openEars, type WebSocketEars } from '../../support/websocket-ears.ts';

export interface Pythian {
  username: string;
  id: string;
  token: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Opens a socket and takes the greeting. */
  connect(): Promise<Ears>;
}

export interface Frame {
  type: string;
  // A test names the fields it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  [field: string]: any;
}

export interface Ears extends WebSocketEars<Frame> {
  say(frame: unknown): void;
  /** All that was sent to it has arrived: a ping's answer comes after. */
  settled(): Promise<void>;
}

/** Registers under a name that no other test has. */
export async function register(server: TestServer, username: string): Promise<Pythian> {
  const { status, body } = await call(server, 'POST', '/api/v1/auth/register', {
    body: { email: `${username}@example.org`, username, password: 'Secret1' },
  });
  expect(status, JSON.stringify(body)).toBe(200);
  return pythian(server, body);
}

/** Whoever an AuthResponse is for. */
export function pythian(server: TestServer, { access_token: token, user }: Answer['body']): Pythian {
  return {
    username: user.username,
    id: user.id,
    token,
    call: (method, path, body, headers) =>
      call(server, method, path, { token, ...(body !== undefined && { body }), ...(headers && { headers }) }),
    async connect() {
      const ears = listen(server, token);
      const greeting = await ears.next('connection_established');
      expect(greeting).toMatchObject({ user_id: user.id, username: user.username, timestamp: expect.any(String) });
      return ears;
    },
  };
}

/** Opens a socket with any token. */
export function listen(server: Pick<TestServer, 'url'>, token: string): Ears {
  const ears = openEars<Frame>(server, token);
  return {
    ...ears,
    say: (frame) => ears.raw(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async settled() {
      ears.raw('{"type":"ping"}');
      await ears.next('pong');
    },
  };
}

/** The body of an answer that must be 200. */
export async function ok(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

/** The status and the detail of an answer that must be a no. */
export async function no(answer: Promise<Answer>): Promise<[number, unknown]> {
  const { status, body } = await answer;
  expect(Object.keys(body as object)).toEqual(['detail']);
  return [status, (body as { detail: unknown }).detail];
}

export async function makeChannel(by: Pythian, name: string, more: object = {}): Promise<string> {
  return (await ok(by.call('POST', '/api/v1/channels/', { name, ...more }))).id;
}

export async function join(channel: string, ...people: Pythian[]): Promise<void> {
  for (const person of people) await ok(person.call('POST', '/api/v1/channels/join', { channel_id: channel }));
}

export function say(from: Pythian, channel: string, content: string): Promise<Answer['body']> {
  return ok(from.call('POST', '/api/v1/messages/', { content, channel_id: channel }));
}

export function history(reader: Pythian, channel: string, query = ''): Promise<Answer['body']> {
  return ok(reader.call('GET', `/api/v1/messages/channel/${channel}${query}`));
}
