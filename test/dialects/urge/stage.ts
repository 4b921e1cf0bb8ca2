// Short ways to set a scene through URGE's own API, and to look at it afterwards.

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { expect } from 'vitest';
import { signUp, type Answer, type Ears, type Person } from '../../support/people.ts';
import type { TestServer } from '../../support/server.ts';

export type Body = Answer['body'];

/** Alice, Bob, Carol and Mallory, as many as are named; their phones are not verified, which is quicker. */
export async function cast<N extends string>(server: TestServer, ...names: N[]): Promise<Record<N, Person>> {
  const people = await Promise.all(names.map((name) => signUp(server, capital(name))));
  return Object.fromEntries(names.map((name, index) => [name, people[index]])) as Record<N, Person>;
}

function capital(name: string): string {
  return name[0]!.toUpperCase() + name.slice(1);
}

/** The body of an answer that must be 200. */
export async function ok(answer: Promise<Answer>): Promise<Body> {
  const { status, body } = await answer;
  expect(status, JSON.stringify(body)).toBe(200);
  return body;
}

export async function openDirect(from: Person, to: Person): Promise<string> {
  return (await ok(from.call('POST', '/api/conversations', { participant_ids: [to.id] }))).id;
}

export async function openGroup(founder: Person, ...others: Person[]): Promise<string> {
  const members = others.map((one) => one.id);
  return (
    await ok(founder.call('POST', '/api/conversations', { type: 'GROUP', name: 'Choir', participant_ids: members }))
  ).id;
}

export function say(from: Person, conversation: string, content: string, more: object = {}): Promise<Body> {
  return ok(from.call('POST', '/api/messages', { conversation_id: conversation, content, ...more }));
}

/** What one person reads in a conversation, oldest first. */
export async function textsOf(reader: Person, conversation: string, query = ''): Promise<string[]> {
  const page = await ok(reader.call('GET', `/api/conversations/${conversation}/messages${query}`));
  return page.messages.map((one: { content: string }) => one.content);
}

/** One message as one person sees it; undefined if it is not in their history. */
export async function messageIn(reader: Person, conversation: string, id: string): Promise<Body> {
  const page = await ok(reader.call('GET', `/api/conversations/${conversation}/messages?limit=500`));
  return page.messages.find((one: { id: string }) => one.id === id);
}

/** A conversation as it stands in somebody's list; undefined if it is not there. */
export async function listed(person: Person, conversation: string, path = '/api/conversations'): Promise<Body> {
  const page = await ok(person.call('GET', path));
  return page.conversations.find((one: { id: string }) => one.id === conversation);
}

export async function unread(person: Person, conversation: string): Promise<number> {
  return (await ok(person.call('GET', `/api/conversations/${conversation}`))).unreadCount;
}

/** A block, as its route will set it. */
export async function block(server: TestServer, blocker: Person, blocked: Person): Promise<void> {
  const [by, whom] = [blocker, blocked].map((one) => server.ids.fromUuid('account', one.id)!);
  const key = `${Math.min(by!, whom!)}:${Math.max(by!, whom!)}`;
  await sql`insert into blocks (blocker_id, blocked_id) values (${by}, ${whom})`.execute(server.database.db);
  await sql`update conversations set is_blocked = true where direct_key = ${key}`.execute(server.database.db);
}

export async function unblock(server: TestServer, blocker: Person, blocked: Person): Promise<void> {
  const [by, whom] = [blocker, blocked].map((one) => server.ids.fromUuid('account', one.id)!);
  const key = `${Math.min(by!, whom!)}:${Math.max(by!, whom!)}`;
  await sql`delete from blocks where blocker_id = ${by} and blocked_id = ${whom}`.execute(server.database.db);
  await sql`update conversations set is_blocked = false where direct_key = ${key}`.execute(server.database.db);
}

/** Turns one of somebody's privacy switches, as its route will. */
export async function turn(server: TestServer, person: Person, column: string, on: boolean): Promise<void> {
  const id = server.ids.fromUuid('account', person.id)!;
  await sql`update accounts set ${sql.ref(column)} = ${on} where id = ${id}`.execute(server.database.db);
}

const comingAndGoing = new Set(['authenticated', 'user:online', 'user:offline']);

/** Fails if any of these heard anything of a conversation that was not taken. */
export async function quiet(...all: Ears[]): Promise<void> {
  await sleep(100);
  for (const ears of all) expect(ears.heard.filter((one) => !comingAndGoing.has(one.event))).toEqual([]);
}

/** All of these hear the same frame. Answers its payload. */
export async function allHear(event: string, ...all: Ears[]): Promise<Body> {
  const payloads = await Promise.all(all.map((ears) => ears.next(event)));
  for (const payload of payloads) expect(payload).toEqual(payloads[0]);
  return payloads[0];
}

/** Resolves once a socket is closed by the server. */
export function closing(ears: Ears): Promise<string> {
  if (ears.socket.disconnected) return Promise.resolve('already');
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('the socket is still open')), 3_000);
    ears.socket.once('disconnect', (reason) => {
      clearTimeout(timer);
      resolve(reason);
    });
  });
}

/** Every compound key is there in both spellings, with the same value. */
export function expectBothSpellings(body: Body): void {
  for (const [key, value] of Object.entries(body)) {
    const snake = key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    const camel = key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (key !== 'isFavourite') expect(body[snake], snake).toEqual(value);
    expect(body[camel], camel).toEqual(value);
  }
}

/** What the server answers to an emitted event. */
export async function emit(ears: Ears, event: string, ...args: unknown[]): Promise<Body> {
  return ears.socket.timeout(3_000).emitWithAck(event, ...args);
}
