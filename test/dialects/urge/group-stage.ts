// Who is there in the tests of groups, and short ways to make a group and to look at it.

import { afterAll, beforeAll, beforeEach, expect } from 'vitest';
import type { Answer, Ears, Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { cast, ok, quiet, type Body } from './stage.ts';

export let server: TestServer;
export let alice: Person;
export let bob: Person;
export let carol: Person;
export let dave: Person;
export let mallory: Person;
let malloryEars: Ears;

/** Gives the file that calls it a server and five people of its own. Mallory listens through each test, and hears nothing. */
export function setGroupStage(): void {
  beforeAll(async () => {
    server = await startTestServer();
    ({ alice, bob, carol, dave, mallory } = await cast(server, 'alice', 'bob', 'carol', 'dave', 'mallory'));
  });
  afterAll(() => server.close());

  beforeEach(async () => {
    malloryEars = await mallory.connect();
    return async () => {
      await quiet(malloryEars);
      malloryEars.close();
    };
  });
}

/** A group of the founder's with these members. Answers its id. */
export async function make(founder: Person, members: Person[], more: object = {}): Promise<string> {
  const member_ids = members.map((one) => one.id);
  return (await ok(founder.call('POST', '/api/groups', { name: 'Choir', member_ids, ...more }))).id;
}

export const look = (who: Person, group: string): Promise<Body> => ok(who.call('GET', `/api/groups/${group}`));

/** A group as somebody sees it, but for who is online just now. */
export async function still(who: Person, group: string): Promise<Body> {
  const seen = await look(who, group);
  return { ...seen, members: seen.members.map((one: Body) => ({ ...one, is_online: null })) };
}

export const codeOf = async (founder: Person, group: string): Promise<string> =>
  (await look(founder, group)).settings.invite_link;

export const set = (founder: Person, group: string, settings: object): Promise<Body> =>
  ok(founder.call('PUT', `/api/groups/${group}/settings`, settings));

export const giveRole = (founder: Person, group: string, to: Person, role: string): Promise<Answer> =>
  founder.call('PUT', `/api/groups/${group}/members/${to.id}/role`, { role });

/** Who has which role, by name. */
export const rolesIn = async (founder: Person, group: string): Promise<Record<string, string>> =>
  Object.fromEntries((await look(founder, group)).members.map((one: Body) => [one.display_name, one.role]));

/** Fails unless this is a refusal as URGE writes one. */
export function refused({ status, body }: Answer, expected: number, about = ''): void {
  expect(status, `${about} ${JSON.stringify(body)}`).toBe(expected);
  expect(body).toMatchObject({ success: false, message: expect.any(String), detail: expect.anything() });
}
