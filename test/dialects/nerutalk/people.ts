// The same four people, registered as NeruTalk's client does it, with its plain WebSocket.

import { expect } from 'vitest';
import { call, type Answer } from '../../support/people.ts';
import type { TestServer } from '../../support/server.ts';
import { listen as openEars, type WebSocketEars } from '../../support/websocket-ears.ts';

export interface Neru {
  username: string;
  id: string;
  token: string;
  refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** Opens a socket and takes the greeting. */
  connect(query?: string): Promise<Ears>;
}

export interface Frame {
  type: string;
  // A test names the fields it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
  data: any;
  timestamp: string;
  language: string;
}

export interface Ears extends WebSocketEars<Frame> {
  say(type: string, data?: object, language?: string): void;
  /** All that was sent to it has arrived: a ping's answer comes after. */
  settled(): Promise<void>;
}

export const api = '/api/v1';
const password = 'Secret123';

/** Registers under a name that no other test has. */
export async function register(server: TestServer, username: string, more: object = {}): Promise<Neru> {
  const { status, body } = await call(server, 'POST', `${api}/register`, {
    body: { email: `${username}@example.org`, username, password, ...more },
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return neru(server, body);
}

/** Whoever an answer with tokens is for. */
export function neru(server: TestServer, { access_token: token, refresh_token, user }: Answer['body']): Neru {
  return {
    username: user.username,
    id: user.id,
    token,
    refreshToken: refresh_token,
    call: (method, path, body, headers) =>
      call(server, method, `${api}${path}`, {
        token,
        ...(body !== undefined && { body }),
        ...(headers && { headers }),
      }),
    async connect(query = '') {
      const ears = listen(server, token, query);
      expect((await ears.next('connection_established')).data).toEqual({
        user_id: user.id,
        connection_id: expect.stringMatching(/^[\da-f-]{36}$/),
      });
      return ears;
    },
  };
}

/** Opens a socket with any token. */
export function listen(server: Pick<TestServer, 'url'>, token: string, query = ''): Ears {
  const ears = openEars<Frame>(server, token, query);
  const say: Ears['say'] = (type, data = {}, language) =>
    ears.raw(JSON.stringify({ type, data, ...(language !== undefined && { language }) }));
  return {
    ...ears,
    say,
    async settled() {
      say('ping', { timestamp: 1 });
      await ears.next('pong');
    },
  };
}

/** The body of an answer that must be 200, or 201. */
export async function ok(answer: Promise<Answer>): Promise<Answer['body']> {
  const { status, body } = await answer;
  expect([200, 201], JSON.stringify(body)).toContain(status);
  return body;
}

/** The status and the message of an answer that must be a no, in the contract's envelope. */
export async function no(answer: Promise<Answer>): Promise<[number, string]> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBeGreaterThanOrEqual(400);
  expect(Object.keys(body as object)).toEqual(['detail', 'message', 'language']);
  if (!Array.isArray(body.detail)) expect(body.detail).toBe(body.message);
  return [status, body.message];
}

export function makeGroup(by: Neru, name: string, ...others: { id: string }[]): Promise<Answer['body']> {
  const participant_ids = others.map((person) => person.id);
  return ok(by.call('POST', '/chats', { chat_type: 'group', name, participant_ids }));
}

export function openPrivate(by: Neru, other: { id: string }): Promise<Answer['body']> {
  return ok(by.call('POST', '/chats', { participant_ids: [other.id] }));
}

export function send(from: Neru, chat: number, content: string, more: object = {}): Promise<Answer['body']> {
  return ok(from.call('POST', `/chats/${chat}/messages`, { content, ...more }));
}

/** Follows a chat on a connection. */
export async function follow(ears: Ears, chat: number): Promise<void> {
  ears.say('join_chat', { chat_id: chat });
  expect((await ears.next('chat_joined')).data).toEqual({ chat_id: chat });
}
