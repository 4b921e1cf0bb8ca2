// Named people, signed up through URGE's own API: alice, bob, carol, and mallory, who is in every audience test.

import { io, type Socket } from 'socket.io-client';
import { expect } from 'vitest';
import { checkAnswer } from './answers.ts';
import type { TestServer } from './server.ts';

export interface Answer {
  status: number;
  // A test names the fields it expects; the answer's schema was checked before.
  // oxlint-disable-next-line typescript/no-explicit-any
  body: any;
  headers: Record<string, unknown>;
}

export interface Person {
  name: string;
  phone: string;
  id: string;
  accessToken: string;
  refreshToken: string;
  /** Calls the API as this person. */
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Opens a Socket.IO connection that keeps what it hears. */
  connect(options?: { transports?: string[] }): Promise<Ears>;
}

/** An open socket and what it heard. */
export interface Ears {
  socket: Socket;
  heard: { event: string; payload: unknown }[];
  /** Resolves with the payload of the next matching event that was not yet taken; fails after 3 s. */
  // oxlint-disable-next-line typescript/no-explicit-any
  next(event: string): Promise<any>;
  /** Fails if the event was heard and not taken, now or within `milliseconds`. */
  silence(event: string, milliseconds?: number): Promise<void>;
  close(): void;
}

/** One request without a socket; the answer is checked against the route's declared schema. */
export async function call(
  server: TestServer,
  method: string,
  path: string,
  options: { body?: unknown; token?: string; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const response = await server.app.inject({
    method: method as 'GET',
    url: path,
    headers: {
      ...(options.token !== undefined && { authorization: `Bearer ${options.token}` }),
      ...(options.body !== undefined && { 'content-type': 'application/json' }),
      ...options.headers,
    },
    ...(options.body !== undefined && { payload: JSON.stringify(options.body) }),
  });
  const body: unknown = response.body === '' ? undefined : JSON.parse(response.body);
  checkAnswer(server, method, path, response.statusCode, body);
  return { status: response.statusCode, body, headers: response.headers };
}

let counter = 0;

/** Signs somebody up as URGE's client does; `verified` also proves the phone. */
export async function signUp(
  server: TestServer,
  name: string,
  options: { verified?: boolean; password?: string } = {},
): Promise<Person> {
  counter += 1;
  const phone = `+1555${String(process.pid % 1000).padStart(3, '0')}${String(counter).padStart(4, '0')}`;
  const registered = await call(server, 'POST', '/api/auth/register', {
    body: { phone_number: phone, display_name: name, ...(options.password && { password: options.password }) },
  });
  expect(registered.status, JSON.stringify(registered.body)).toBe(200);
  let { access_token: accessToken, refresh_token: refreshToken } = registered.body;
  if (options.verified) {
    await call(server, 'POST', '/api/auth/send-verification', { body: { phone_number: phone } });
    const code = await server.codeFor(phone);
    const verified = await call(server, 'POST', '/api/auth/verify-phone', {
      body: { phone_number: phone, code },
      token: accessToken,
    });
    expect(verified.status, JSON.stringify(verified.body)).toBe(200);
    ({ token: accessToken, refresh_token: refreshToken } = verified.body);
  }
  return {
    name,
    phone,
    id: registered.body.user.id,
    accessToken,
    refreshToken,
    call: (method, path, body, headers) =>
      call(server, method, path, {
        token: accessToken,
        ...(body !== undefined && { body }),
        ...(headers && { headers }),
      }),
    connect: (connection) => connect(server, accessToken, connection),
  };
}

/** Opens a Socket.IO connection with a token; rejects with the connect error if it is refused. */
export async function connect(
  server: Pick<TestServer, 'url'>,
  token: string,
  options: { transports?: string[] } = {},
): Promise<Ears> {
  const socket = io(server.url, {
    auth: { token },
    forceNew: true,
    reconnection: false,
    transports: options.transports ?? ['websocket'],
  });
  const heard: Ears['heard'] = [];
  const waiting = new Set<() => void>();
  socket.onAny((event: string, payload: unknown) => {
    heard.push({ event, payload });
    for (const look of waiting) look();
  });
  const take = (event: string) => {
    const index = heard.findIndex((one) => one.event === event);
    return index < 0 ? undefined : heard.splice(index, 1)[0];
  };
  const ears: Ears = {
    socket,
    heard,
    next: (event) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = take(event);
          if (!found) return;
          waiting.delete(look);
          clearTimeout(timer);
          resolve(found.payload);
        };
        const timer = setTimeout(() => {
          waiting.delete(look);
          reject(new Error(`did not hear ${event}, but ${JSON.stringify(heard.map((one) => one.event))}`));
        }, 3_000);
        waiting.add(look);
        look();
      }),
    async silence(event, milliseconds = 150) {
      await new Promise((resolve) => setTimeout(resolve, milliseconds));
      expect(heard.filter((one) => one.event === event)).toEqual([]);
    },
    close: () => void socket.close(),
  };
  await new Promise<void>((resolve, reject) => {
    socket.once('connect_error', (error) => {
      socket.close();
      reject(error);
    });
    socket.once('authenticated', () => resolve());
  });
  return ears;
}
