// A group's events and who comes (contract: section 15). Who may plan them is in groups.test.ts.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Ears, Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { cast, ok, openGroup, quiet, textsOf, type Body } from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let carol: Person;
let mallory: Person;
let malloryEars: Ears;
let group: string;

beforeAll(async () => {
  server = await startTestServer();
  ({ alice, bob, carol, mallory } = await cast(server, 'alice', 'bob', 'carol', 'mallory'));
  malloryEars = await mallory.connect();
  group = await openGroup(alice, bob, carol);
});
afterAll(async () => {
  await quiet(malloryEars);
  malloryEars.close();
  await server.close();
});

const plan = (who: Person, more: object = {}): Promise<Answer> =>
  who.call('POST', `/api/groups/${group}/events`, { title: 'Concert', start_time: '2030-05-01T20:00:00Z', ...more });
const attend = (who: Person, event: string, status: string): Promise<Answer> =>
  who.call('POST', `/api/groups/${group}/events/${event}/attend`, { status });
const list = (who: Person): Promise<Body[]> => ok(who.call('GET', `/api/groups/${group}/events`));
const find = async (who: Person, event: string) => (await list(who)).find((one: Body) => one.id === event);

describe('an event', () => {
  it('is answered whole, listed, and said in the group', async () => {
    const ears = await bob.connect();
    const event = await ok(
      plan(alice, {
        description: 'Bach',
        location: 'Town hall',
        end_time: '2030-05-01T22:00:00+02:00',
        is_online: true,
        meeting_link: 'https://example.org/meet',
        max_attendees: 20,
      }),
    );
    expect(event).toEqual({
      id: expect.any(String),
      conversation_id: group,
      title: 'Concert',
      description: 'Bach',
      location: 'Town hall',
      start_time: '2030-05-01T20:00:00.000Z',
      end_time: '2030-05-01T20:00:00.000Z',
      is_online: true,
      meeting_link: 'https://example.org/meet',
      max_attendees: 20,
      attendees_count: 0,
      created_by: alice.id,
      creator_name: 'Alice',
      created_at: expect.any(String),
      updated_at: expect.any(String),
    });
    expect(await find(bob, event.id)).toEqual(event);
    expect(await ears.next('message:received')).toMatchObject({ type: 'SYSTEM', content: 'Alice planned “Concert”' });
    await quiet(ears);
    ears.close();
  });

  it('needs a title and a time only; a time without a zone is UTC', async () => {
    const event = await ok(plan(alice, { title: 'Plain', start_time: '2030-06-01T08:30:00' }));
    expect(event).toMatchObject({
      start_time: '2030-06-01T08:30:00.000Z',
      description: null,
      location: null,
      end_time: null,
      is_online: false,
      meeting_link: null,
      max_attendees: null,
    });
    expect(await ok(plan(alice, { start_time: '2030-06-02' }))).toMatchObject({
      start_time: '2030-06-02T00:00:00.000Z',
    });
  });

  it('is made once with one key', async () => {
    const key = { 'idempotency-key': crypto.randomUUID() };
    const body = { title: 'Once', start_time: '2030-07-01T08:30:00Z' };
    const first = await ok(alice.call('POST', `/api/groups/${group}/events`, body, key));
    expect(await ok(alice.call('POST', `/api/groups/${group}/events`, body, key))).toEqual(first);
    expect((await list(bob)).filter((one: Body) => one.title === 'Once')).toHaveLength(1);
  });

  it('is listed by its start', async () => {
    await ok(plan(alice, { title: 'first of all', start_time: '2027-01-01T00:00:00Z' }));
    const starts = (await list(carol)).map((one: Body) => one.start_time);
    expect(starts).toEqual(starts.toSorted((a: string, b: string) => (a < b ? -1 : 1)));
    expect((await list(carol))[0].title).toBe('first of all');
  });

  it.each([
    ['no title', { title: undefined }],
    ['an empty title', { title: '' }],
    ['a blank title', { title: '   ' }],
    ['a long title', { title: 'x'.repeat(201) }],
    ['no time', { start_time: undefined }],
    ['words for a time', { start_time: 'tomorrow' }],
    ['a month that is none', { start_time: '2030-13-01T00:00:00Z' }],
    ['a number for a time', { start_time: 1_900_000_000 }],
    ['a far zone', { start_time: '2030-01-01T00:00:00+99:99' }],
    ['room for nobody', { max_attendees: 0 }],
    ['room for half a person', { max_attendees: 1.5 }],
  ])('with %s is refused with 422', async (_what, more) => {
    const before = await list(alice);
    expect((await plan(alice, more)).status).toBe(422);
    expect(await list(alice)).toEqual(before);
  });

  it('cannot end before it starts', async () => {
    expect((await plan(alice, { end_time: '2030-05-01T19:59:59Z' })).status).toBe(400);
  });
});

describe('attendance', () => {
  it('is one answer a person, the latest; those who go are counted', async () => {
    const { id } = await ok(plan(alice));
    expect(await ok(attend(bob, id, 'going'))).toEqual({ success: true, status: 'going' });
    await ok(attend(alice, id, 'going'));
    await ok(attend(carol, id, 'maybe'));
    expect(await find(alice, id)).toMatchObject({ attendees_count: 2 });
    await ok(attend(bob, id, 'not_going'));
    await ok(attend(bob, id, 'not_going'));
    await ok(attend(carol, id, 'going'));
    expect(await find(alice, id)).toMatchObject({ attendees_count: 2 });
    expect((await attend(bob, id, 'perhaps')).status).toBe(422);
    expect((await attend(mallory, id, 'going')).status).toBe(403);
    expect(await find(alice, id)).toMatchObject({ attendees_count: 2 });
  });

  it('ends where the room does, also when all come at once', async () => {
    const { id } = await ok(plan(alice, { max_attendees: 2 }));
    const answers = await Promise.all([alice, bob, carol].map((one) => attend(one, id, 'going')));
    expect(answers.map((answer) => answer.status).sort((a, b) => a - b)).toEqual([200, 200, 400]);
    expect(await find(alice, id)).toMatchObject({ attendees_count: 2 });
    const [out] = [alice, bob, carol].filter((_, index) => answers[index]!.status === 400);
    const [one] = [alice, bob, carol].filter((_, index) => answers[index]!.status === 200);
    await ok(attend(out!, id, 'maybe'));
    await ok(attend(one!, id, 'going'));
    await ok(attend(one!, id, 'not_going'));
    await ok(attend(out!, id, 'going'));
  });
});

describe('calling off', () => {
  it('is for who planned it, and for the founder', async () => {
    await ok(alice.call('PUT', `/api/groups/${group}/members/${bob.id}/role`, { role: 'SUPPORT' }));
    await ok(alice.call('PUT', `/api/groups/${group}/members/${carol.id}/role`, { role: 'SUPPORT' }));
    const [first, second] = [await ok(plan(bob)), await ok(plan(bob))];
    const at = (id: string) => `/api/groups/${group}/events/${id}`;
    for (const other of [carol, mallory]) expect((await other.call('DELETE', at(first.id))).status).toBe(403);
    expect(await ok(bob.call('DELETE', at(first.id)))).toMatchObject({ success: true });
    expect(await ok(alice.call('DELETE', at(second.id)))).toMatchObject({ success: true });
    for (const { id } of [first, second]) {
      expect(await find(alice, id)).toBeUndefined();
      expect((await alice.call('DELETE', at(id))).status).toBe(404);
      expect((await attend(carol, id, 'going')).status).toBe(404);
    }
  });

  it('and answering do not reach into another group', async () => {
    const elsewhere = await openGroup(alice, carol);
    const { id } = await ok(plan(bob));
    expect((await alice.call('DELETE', `/api/groups/${elsewhere}/events/${id}`)).status).toBe(404);
    expect((await alice.call('POST', `/api/groups/${elsewhere}/events/${id}/attend`, { status: 'going' })).status).toBe(
      404,
    );
    for (const odd of ['nonsense', crypto.randomUUID(), group]) {
      expect((await alice.call('DELETE', `/api/groups/${group}/events/${odd}`)).status).toBe(404);
    }
    expect(await textsOf(carol, elsewhere)).toEqual([]);
  });
});
