// Groups: making one, and who may do what with it (contract: sections 9, 4.5 and 4.6).

import { sql } from 'kysely';
import { describe, expect, it } from 'vitest';
import { call, type Answer, type Person } from '../../support/people.ts';
import {
  alice,
  bob,
  carol,
  dave,
  giveRole,
  look,
  make,
  mallory,
  refused,
  server,
  set,
  setGroupStage,
  still,
} from './group-stage.ts';
import { allHear, ok, openDirect, openGroup, quiet, say } from './stage.ts';

setGroupStage();

const roles = ['FOUNDER', 'ACCOUNTANT', 'MODERATOR', 'RECRUITER', 'SUPPORT', 'CHEERLEADER', 'MEMBER'] as const;
type Role = (typeof roles)[number];
const admins = roles.slice(0, -1);
const stewards: readonly Role[] = ['FOUNDER', 'MODERATOR', 'RECRUITER'];
const founder: readonly Role[] = ['FOUNDER'];

describe('making one', () => {
  it('answers the whole group: founder first, a code of twelve letters and digits, standard rules', async () => {
    const body = await ok(
      alice.call('POST', '/api/groups', {
        name: 'Choir',
        description: 'We sing',
        avatar_url: 'https://example.org/choir.png',
        member_ids: [bob.id, alice.id, bob.id],
      }),
    );
    expect(body).toMatchObject({
      conversation_id: body.id,
      name: 'Choir',
      description: 'We sing',
      avatar_url: 'https://example.org/choir.png',
      created_by: alice.id,
      founder_name: 'Alice',
      member_count: 2,
      current_user_role: 'FOUNDER',
      is_public: false,
      allow_member_invites: true,
      require_admin_approval: false,
      settings: {
        id: body.id,
        conversation_id: body.id,
        is_public: false,
        allow_member_invites: true,
        require_admin_approval: false,
        only_admins_can_post: false,
        only_admins_can_edit_info: true,
        invite_link: expect.stringMatching(/^[A-Za-z0-9]{12}$/),
        invite_link_enabled: true,
        mute_notifications: false,
        theme_color: null,
      },
    });
    expect(body.members).toMatchObject([
      {
        user_id: alice.id,
        display_name: 'Alice',
        role: 'FOUNDER',
        role_display: 'Founder',
        phone_number: alice.phone,
      },
      { user_id: bob.id, display_name: 'Bob', role: 'MEMBER', role_display: 'Member', avatar_url: null },
    ]);
    expect(await look(bob, body.id)).toMatchObject({ current_user_role: 'MEMBER', founder_name: 'Alice' });
    expect(await ok(bob.call('GET', `/api/groups/conversation/${body.id}`))).toEqual(await look(bob, body.id));
    expect(await ok(bob.call('GET', `/api/conversations/${body.id}`))).toMatchObject({ type: 'GROUP', name: 'Choir' });
  });

  it('takes its rules, nobody else, and a key only once', async () => {
    const rules = { is_public: true, allow_member_invites: false, require_admin_approval: true };
    const body = { name: 'Alone', member_ids: [], ...rules };
    const key = { 'idempotency-key': crypto.randomUUID() };
    const first = await ok(alice.call('POST', '/api/groups', body, key));
    expect(first).toMatchObject({ ...rules, settings: rules, member_count: 1 });
    expect((await ok(alice.call('POST', '/api/groups', body, key))).id).toBe(first.id);
    refused(await alice.call('POST', '/api/groups', { ...body, name: 'Other' }, key), 422);
    refused(await alice.call('POST', '/api/groups', { name: 'x', member_ids: [crypto.randomUUID()] }), 404);
  });

  it('through conversations is the same', async () => {
    const group = await openGroup(alice, bob);
    const seen = await look(alice, group);
    expect(seen).toMatchObject({ id: group, current_user_role: 'FOUNDER', allow_member_invites: true });
    const joined = await ok(carol.call('POST', `/api/groups/join/${seen.settings.invite_link}`, {}));
    expect(joined.group_id).toBe(group);
  });

  it('is heard at once by open sockets of its members', async () => {
    const ears = await Promise.all([alice.connect(), bob.connect()]);
    const group = await make(alice, [bob]);
    await say(alice, group, 'welcome');
    expect(await allHear('message:received', ...ears)).toMatchObject({ content: 'welcome' });
    ears.forEach((one) => one.close());
  });
});

interface Scene {
  group: string;
  event: string;
}

/** Everything one can do to a group, and who may. Bob is in it, Carol is not; the event is Alice's. */
const actions: Record<string, { may: readonly Role[]; run: (who: Person, scene: Scene) => Promise<Answer> }> = {
  'read it': { may: roles, run: (who, { group }) => who.call('GET', `/api/groups/${group}`) },
  'read its members': { may: roles, run: (who, { group }) => who.call('GET', `/api/groups/${group}/members`) },
  'read its events': { may: roles, run: (who, { group }) => who.call('GET', `/api/groups/${group}/events`) },
  'answer an event': {
    may: roles,
    run: (who, { group, event }) =>
      who.call('POST', `/api/groups/${group}/events/${event}/attend`, { status: 'going' }),
  },
  rename: { may: admins, run: (who, { group }) => who.call('PUT', `/api/groups/${group}`, { name: 'New' }) },
  describe: { may: admins, run: (who, { group }) => who.call('PUT', `/api/groups/${group}`, { description: 'New' }) },
  'change the picture': {
    may: admins,
    run: (who, { group }) => who.call('PUT', `/api/groups/${group}`, { avatar_url: 'https://example.org/new.png' }),
  },
  'change rules beside the name': {
    may: founder,
    run: (who, { group }) => who.call('PUT', `/api/groups/${group}`, { name: 'New', is_public: true }),
  },
  'change settings': {
    may: founder,
    run: (who, { group }) => who.call('PUT', `/api/groups/${group}/settings`, { theme_color: '#fff' }),
  },
  'make a new code': {
    may: founder,
    run: (who, { group }) => who.call('POST', `/api/groups/${group}/regenerate-invite-link`, {}),
  },
  'give a role': {
    may: founder,
    run: (who, { group }) => who.call('PUT', `/api/groups/${group}/members/${bob.id}/role`, { role: 'SUPPORT' }),
  },
  'hand it over': {
    may: founder,
    run: (who, { group }) => who.call('POST', `/api/groups/${group}/transfer-ownership`, { new_founder_id: bob.id }),
  },
  'delete it': { may: founder, run: (who, { group }) => who.call('DELETE', `/api/groups/${group}`) },
  'add people': {
    may: stewards,
    run: (who, { group }) => who.call('POST', `/api/groups/${group}/members`, { user_ids: [carol.id] }),
  },
  'take somebody out': {
    may: stewards,
    run: (who, { group }) => who.call('DELETE', `/api/groups/${group}/members/${bob.id}`),
  },
  'plan an event': {
    may: admins,
    run: (who, { group }) =>
      who.call('POST', `/api/groups/${group}/events`, { title: 'Concert', start_time: '2030-01-01T20:00:00Z' }),
  },
  'call off another’s event': {
    may: founder,
    run: (who, { group, event }) => who.call('DELETE', `/api/groups/${group}/events/${event}`),
  },
  'write when only admins may': {
    may: admins,
    run: (who, { group }) => who.call('POST', '/api/messages', { conversation_id: group, content: 'la' }),
  },
  leave: { may: roles.slice(1), run: (who, { group }) => who.call('POST', `/api/groups/${group}/leave`, {}) },
  'take themselves out': {
    may: roles.slice(1),
    run: (who, { group }) => who.call('DELETE', `/api/groups/${group}/members/${who.id}`),
  },
};

/** Dave with a role in a group of strict rules; as founder he was handed it. */
async function stage(role: Role): Promise<Scene> {
  const group = await make(alice, [bob, dave]);
  await set(alice, group, { allow_member_invites: false, only_admins_can_post: true });
  const when = { title: 'Rehearsal', start_time: '2030-01-01T18:00:00Z' };
  const event = await ok(alice.call('POST', `/api/groups/${group}/events`, when));
  if (role === 'FOUNDER') {
    await ok(alice.call('POST', `/api/groups/${group}/transfer-ownership`, { new_founder_id: dave.id }));
  } else if (role !== 'MEMBER') {
    await ok(giveRole(alice, group, dave, role));
  }
  return { group, event: event.id };
}

describe('who may do what', () => {
  it.each(roles)('%s: exactly what the table says; a refusal is heard by nobody and changes nothing', async (role) => {
    const scene = await stage(role);
    const before = await still(bob, scene.group);
    const ears = await bob.connect();
    for (const [name, { may, run }] of Object.entries(actions)) {
      if (!may.includes(role)) refused(await run(dave, scene), 403, name);
    }
    await quiet(ears);
    ears.close();
    expect(await still(bob, scene.group)).toEqual(before);
    for (const [name, { may, run }] of Object.entries(actions)) {
      if (!may.includes(role)) continue;
      const { status, body } = await run(dave, await stage(role));
      expect(status, `${name} ${JSON.stringify(body)}`).toBe(200);
    }
  });

  it('a stranger and a former member: nothing', async () => {
    const scene = await stage('SUPPORT');
    await ok(dave.call('POST', `/api/groups/${scene.group}/leave`, {}));
    const before = await still(alice, scene.group);
    const ears = await bob.connect();
    for (const [name, { run }] of Object.entries(actions)) {
      for (const outsider of [mallory, dave]) {
        refused(await run(outsider, scene), name === 'leave' ? 404 : 403, `${outsider.name}: ${name}`);
      }
    }
    await quiet(ears);
    ears.close();
    expect(await still(alice, scene.group)).toEqual(before);
  });

  it('nothing at all without a token, or to a group that is not there', async () => {
    const scene = await stage('MEMBER');
    const nobody: Person = {
      ...mallory,
      call: (method, path, body) => call(server, method, path, { ...(body !== undefined && { body }) }),
    };
    const direct = await openDirect(alice, dave);
    for (const [name, { run }] of Object.entries(actions)) {
      refused(await run(nobody, scene), 401, name);
      if (name.startsWith('write')) continue;
      for (const group of [server.ids.toUuid('conversation', 9_999_999), crypto.randomUUID(), 'nonsense', alice.id]) {
        refused(await run(alice, { ...scene, group }), 404, `${name} in ${group}`);
      }
      const { status } = await run(alice, { ...scene, group: direct });
      expect([403, 404], `${name} in a direct conversation`).toContain(status);
    }
  });

  it('members edit and invite where the rules let them', async () => {
    const group = await make(alice, [bob]);
    refused(await bob.call('PUT', `/api/groups/${group}`, { name: 'Bobs' }), 403);
    await set(alice, group, { only_admins_can_edit_info: false });
    expect(await ok(bob.call('PUT', `/api/groups/${group}`, { name: 'Bobs' }))).toMatchObject({ name: 'Bobs' });
    refused(await bob.call('PUT', `/api/groups/${group}`, { is_public: true }), 403);
    expect(await ok(bob.call('POST', `/api/groups/${group}/members`, { user_ids: [carol.id] }))).toMatchObject({
      added: 1,
    });
    await set(alice, group, { require_admin_approval: true });
    refused(await bob.call('POST', `/api/groups/${group}/members`, { user_ids: [dave.id] }), 403);
    await ok(giveRole(alice, group, bob, 'RECRUITER'));
    expect(await ok(bob.call('POST', `/api/groups/${group}/members`, { user_ids: [dave.id] }))).toMatchObject({
      added: 1,
    });
  });
});

describe('hostile input', () => {
  it('is refused in a readable way, and changes nothing', async () => {
    const { group, event } = await stage('MEMBER');
    const before = await still(alice, group);
    const long = 'x'.repeat(100_000);
    const odd = [null, 1, '', ' ', [], {}, true, long, ['x'], '\u0000', "'; drop table conversations", { $gt: '' }];
    const doors: [string, string, (value: unknown) => object][] = [
      ['POST', '/api/groups', (value) => ({ name: value, member_ids: value })],
      ['PUT', `/api/groups/${group}`, (value) => ({ name: value === null ? 1 : value, is_public: 'x' })],
      [
        'PUT',
        `/api/groups/${group}/settings`,
        (value) => ({ theme_color: value === null ? 1 : { value }, is_public: value }),
      ],
      ['POST', `/api/groups/${group}/members`, (value) => ({ user_ids: Array.isArray(value) ? 'x' : value })],
      ['PUT', `/api/groups/${group}/members/${bob.id}/role`, (value) => ({ role: value })],
      ['POST', `/api/groups/${group}/transfer-ownership`, (value) => ({ new_founder_id: value })],
      ['POST', `/api/groups/${group}/events`, (value) => ({ title: value, start_time: value })],
      ['POST', `/api/groups/${group}/events/${event}/attend`, (value) => ({ status: value })],
    ];
    for (const [method, path, body] of doors) {
      for (const value of odd) {
        const answer = await alice.call(method, path, body(value));
        expect([400, 404, 422], `${method} ${path} ${JSON.stringify(value)?.slice(0, 50)}`).toContain(answer.status);
      }
    }
    expect(await still(alice, group)).toEqual(before);
    const { rows } = await sql`select 1 from conversations where name = ''`.execute(server.database.db);
    expect(rows).toEqual([]);
  });
});
