// The same four people, registered as Pythia's client does it, with its plain WebSocket.

import { once } from 'node:events';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { call, type Answer } from '../../support/people.ts';
import type { TestServer } from '../../support/server.ts';

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

/** An open socket and the frames it heard that nobody took. */
export interface Ears {
  heard: Frame[];
  closed: Promise<{ code: number; reason: string }>;
  /** The next frame of this type, taken; fails after 5 s. */
  next(type: string): Promise<Frame>;
  say(frame: unknown): void;
  /** All that was sent to it has arrived: a ping's answer comes after. */
  settled(): Promise<void>;
  close(): Promise<void>;
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
export function listen(server: TestServer, token: string): Ears {
  const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws?token=${encodeURIComponent(token)}`);
  const heard: Frame[] = [];
  const waiting = new Set<() => void>();
  socket.on('error', () => {});
  socket.on('message', (data: Buffer) => {
    heard.push(JSON.parse(data.toString('utf8')) as Frame);
    for (const look of waiting) look();
  });
  const closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
    code: code as number,
    reason: String(reason),
  }));

  function next(type: string): Promise<Frame> {
    return new Promise((resolve, reject) => {
      const look = () => {
        const index = heard.findIndex((frame) => frame.type === type);
        if (index < 0) return;
        waiting.delete(look);
        clearTimeout(timer);
        resolve(heard.splice(index, 1)[0]!);
      };
      const timer = setTimeout(() => {
        waiting.delete(look);
        reject(new Error(`did not hear ${type}, but ${JSON.stringify(heard)}`));
      }, 5_000);
      waiting.add(look);
      look();
    });
  }

  return {
    heard,
    closed,
    next,
    say: (frame) => socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame)),
    async settled() {
      socket.send('{"type":"ping"}');
      await next('pong');
    },
    async close() {
      socket.close();
      await closed;
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
