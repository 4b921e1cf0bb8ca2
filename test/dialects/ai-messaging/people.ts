// Named people, signed up through AI Messaging's own API; and one superuser, made as the operator makes them.

import { expect } from 'vitest';
import { createAccount } from '../../../src/core/accounts/administer.ts';
import { call, type Answer } from '../../support/people.ts';
import type { TestServer } from '../../support/server.ts';

export interface Person {
  id: number;
  username: string;
  password: string;
  token: string;
  refreshToken: string;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
}

let counter = 0;

/** Registers somebody whose username begins with this name. */
export async function register(server: TestServer, name: string): Promise<Person> {
  counter += 1;
  const username = `${name}${counter}`;
  const body = { username, email: `${username}@example.com`, password: `${name}-secret` };
  const { status, body: answer } = await call(server, 'POST', '/auth/register', { body });
  expect(status, JSON.stringify(answer)).toBe(201);
  return personOf(server, body, answer);
}

/** A superuser, signed in. */
export async function makeSuperuser(server: TestServer, name = 'root'): Promise<Person> {
  counter += 1;
  const account = { username: `${name}${counter}`, password: `${name}-secret` };
  await server.messenger.execute({ kind: 'system' }, createAccount, { ...account, isSuperuser: true });
  return signIn(server, account);
}

/** Another session of somebody's. */
export async function signIn(
  server: TestServer,
  { username, password }: { username: string; password: string },
  headers: Record<string, string> = {},
): Promise<Person> {
  const { status, body } = await call(server, 'POST', '/auth/login', { body: { username, password }, headers });
  expect(status, JSON.stringify(body)).toBe(200);
  return personOf(server, { username, password }, body);
}

function personOf(
  server: TestServer,
  { username, password }: { username: string; password: string },
  answer: { access_token: string; refresh_token: string; user: { id: number } },
): Person {
  const token = answer.access_token;
  return {
    id: answer.user.id,
    username,
    password,
    token,
    refreshToken: answer.refresh_token,
    call: (method, path, body, headers) =>
      call(server, method, path, { token, ...(body !== undefined && { body }), ...(headers && { headers }) }),
  };
}

/** Sends a message; answers it. */
export async function say(from: Person, to: Person, content: string, conversation?: string): Promise<Answer['body']> {
  const { status, body } = await from.call('POST', '/messages', {
    recipient_id: to.id,
    content,
    ...(conversation !== undefined && { conversation_id: conversation }),
  });
  expect(status, JSON.stringify(body)).toBe(201);
  return body;
}
