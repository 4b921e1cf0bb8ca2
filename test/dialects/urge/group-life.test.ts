// The life of a group: settings, members, roles, invite codes, the end (contract: section 9 and the groups of 15).

import { describe, expect, it } from 'vitest';
import { call } from '../../support/people.ts';
import {
  alice,
  bob,
  carol,
  codeOf,
  dave,
  giveRole,
  look,
  make,
  mallory,
  refused,
  rolesIn,
  server,
  set,
  setGroupStage,
} from './group-stage.ts';
import { allHear, listed, messageIn, ok, openDirect, quiet, say, textsOf, type Body } from './stage.ts';

setGroupStage();

describe('settings', () => {
  it('change what is given, each as it is named', async () => {
    const group = await make(alice, [bob]);
    const ears = await bob.connect();
    const before = (await look(alice, group)).settings;
    const changes = {
      is_public: true,
      allow_member_invites: false,
      require_admin_approval: true,
      only_admins_can_post: true,
      only_admins_can_edit_info: false,
      invite_link_enabled: false,
      mute_notifications: true,
      theme_color: '#0af',
    };
    for (const [name, value] of Object.entries(changes)) {
      Object.assign(before, { [name]: value });
      expect(await set(alice, group, { [name]: value }), name).toEqual(before);
    }
    expect(await set(alice, group, {})).toEqual(before);
    expect(await set(alice, group, { theme_color: null })).toEqual({ ...before, theme_color: null });
    expect(await look(alice, group)).toMatchObject({ is_public: true, allow_member_invites: false });
    await quiet(ears);
    ears.close();
  });

  it('show the code to those who may add people', async () => {
    const group = await make(alice, [bob]);
    expect((await look(bob, group)).settings.invite_link).toBe(await codeOf(alice, group));
    await set(alice, group, { allow_member_invites: false });
    expect((await look(bob, group)).settings.invite_link).toBe('');
    await ok(giveRole(alice, group, bob, 'MODERATOR'));
    expect((await look(bob, group)).settings.invite_link).toBe(await codeOf(alice, group));
  });

  it('of info: absent stays, null clears', async () => {
    const group = await make(alice, [], { description: 'We sing', avatar_url: 'https://example.org/a.png' });
    expect(await ok(alice.call('PUT', `/api/groups/${group}`, {}))).toMatchObject({
      name: 'Choir',
      description: 'We sing',
    });
    expect(await ok(alice.call('PUT', `/api/groups/${group}`, { description: null }))).toMatchObject({
      description: null,
      avatar_url: 'https://example.org/a.png',
    });
  });
});

describe('members', () => {
  it('are a bare list by role, whatever order they came in', async () => {
    const group = await make(alice, [bob, carol, dave]);
    await ok(giveRole(alice, group, carol, 'CHEERLEADER'));
    expect(await ok(giveRole(alice, group, dave, 'ACCOUNTANT'))).toMatchObject({
      success: true,
      role: 'ACCOUNTANT',
      role_display: 'Accountant (Co-founder)',
    });
    const list = await ok(bob.call('GET', `/api/groups/${group}/members`));
    expect(list.map((one: Body) => [one.display_name, one.role, one.role_display])).toEqual([
      ['Alice', 'FOUNDER', 'Founder'],
      ['Dave', 'ACCOUNTANT', 'Accountant (Co-founder)'],
      ['Carol', 'CHEERLEADER', 'Cheer Leader (Co-founder)'],
      ['Bob', 'MEMBER', 'Member'],
    ]);
  });

  it('are online when they are', async () => {
    const group = await make(alice, [bob]);
    const ears = await bob.connect();
    await expect
      .poll(async () => (await look(alice, group)).members[1])
      .toMatchObject({ display_name: 'Bob', is_online: true });
    ears.close();
  });

  it('are added at once, and told; who is in it or unknown is skipped', async () => {
    const group = await make(alice, [bob]);
    await say(alice, group, 'before Carol');
    const [aliceEars, carolEars] = await Promise.all([alice.connect(), carol.connect()]);
    const user_ids = [carol.id, bob.id, 'nonsense', crypto.randomUUID(), carol.id];
    expect(await ok(alice.call('POST', `/api/groups/${group}/members`, { user_ids }))).toMatchObject({
      success: true,
      added: 1,
    });
    expect(await allHear('message:received', aliceEars, carolEars)).toMatchObject({
      type: 'SYSTEM',
      content: 'Alice added Carol',
      conversationId: group,
    });
    expect(await ok(alice.call('POST', `/api/groups/${group}/members`, { user_ids }))).toMatchObject({ added: 0 });
    await say(alice, group, 'welcome');
    expect(await allHear('message:received', aliceEars, carolEars)).toMatchObject({ content: 'welcome' });
    expect(await textsOf(carol, group)).toEqual(['before Carol', 'Alice added Carol', 'welcome']);
    expect((await listed(carol, group)).unreadCount).toBe(2);
    await quiet(aliceEars, carolEars);
    aliceEars.close();
    carolEars.close();
  });

  it('who are taken out hear nothing more, and may come back', async () => {
    const group = await make(alice, [bob, carol]);
    const [aliceEars, bobEars] = await Promise.all([alice.connect(), bob.connect()]);
    refused(await alice.call('DELETE', `/api/groups/${group}/members/${mallory.id}`), 404);
    refused(await alice.call('DELETE', `/api/groups/${group}/members/nonsense`), 404);
    await ok(giveRole(alice, group, carol, 'MODERATOR'));
    refused(await carol.call('DELETE', `/api/groups/${group}/members/${alice.id}`), 403);
    expect(await ok(alice.call('DELETE', `/api/groups/${group}/members/${bob.id}`))).toMatchObject({ success: true });
    expect(await aliceEars.next('message:received')).toMatchObject({ type: 'SYSTEM', content: 'Alice removed Bob' });
    await say(alice, group, 'he is gone');
    await aliceEars.next('message:received');
    await quiet(bobEars, aliceEars);
    expect(await listed(bob, group)).toBeUndefined();
    refused(await alice.call('DELETE', `/api/groups/${group}/members/${bob.id}`), 404);

    await ok(alice.call('POST', `/api/groups/${group}/members`, { user_ids: [bob.id] }));
    expect(await bobEars.next('message:received')).toMatchObject({ content: 'Alice added Bob' });
    expect(await textsOf(bob, group)).toEqual(['Alice removed Bob', 'he is gone', 'Alice added Bob']);
    expect(await rolesIn(alice, group)).toEqual({ Alice: 'FOUNDER', Bob: 'MEMBER', Carol: 'MODERATOR' });
    aliceEars.close();
    bobEars.close();
  });

  it('who leave are named, and hear nothing more', async () => {
    const group = await make(alice, [bob, carol]);
    const ears = await Promise.all([alice.connect(), carol.connect(), bob.connect()]);
    const [aliceEars, carolEars, bobEars] = ears;
    expect(await ok(bob.call('POST', `/api/groups/${group}/leave`, {}))).toMatchObject({ success: true });
    const notice = await allHear('message:received', aliceEars, carolEars);
    expect(notice).toMatchObject({
      type: 'SYSTEM',
      content: 'Bob left the group',
      senderId: bob.id,
      conversationId: group,
    });
    expect(await messageIn(alice, group, notice.id)).toEqual(notice);
    refused(await bob.call('POST', `/api/groups/${group}/leave`, {}), 404);
    refused(await bob.call('POST', '/api/messages', { conversation_id: group, content: 'wait' }), 403);
    await quiet(aliceEars, carolEars, bobEars);
    ears.forEach((one) => one.close());
  });

  it('of the server’s own words nobody is the author: they are not edited, and deleted for oneself alone', async () => {
    const group = await make(alice, [bob]);
    await ok(alice.call('PUT', `/api/groups/${group}`, { name: 'Band' }));
    const [text] = await textsOf(bob, group);
    expect(text).toBe('Alice renamed the group to “Band”');
    const { messages } = await ok(alice.call('GET', `/api/conversations/${group}/messages`));
    refused(await alice.call('PUT', `/api/messages/${messages[0].id}`, { content: 'Bob renamed it' }), 403);
    await ok(alice.call('DELETE', `/api/messages/${messages[0].id}`));
    expect([await textsOf(alice, group), await textsOf(bob, group)]).toEqual([[], [text]]);
    await ok(alice.call('PUT', `/api/groups/${group}`, { name: 'Band' }));
    expect(await textsOf(bob, group)).toEqual([text]);
  });
});

describe('roles', () => {
  it('are six to give; a founder is made by handing over', async () => {
    const group = await make(alice, [bob]);
    for (const role of ['ACCOUNTANT', 'MODERATOR', 'RECRUITER', 'SUPPORT', 'CHEERLEADER', 'MEMBER']) {
      expect(await ok(giveRole(alice, group, bob, role))).toMatchObject({ role });
      expect(await rolesIn(alice, group)).toMatchObject({ Bob: role });
    }
    refused(await giveRole(alice, group, bob, 'FOUNDER'), 400);
    refused(await giveRole(alice, group, bob, 'ADMIN'), 400);
    refused(await giveRole(alice, group, alice, 'MEMBER'), 403);
    refused(await giveRole(alice, group, mallory, 'MEMBER'), 404);
    expect((await alice.call('PUT', `/api/groups/${group}/members/${bob.id}/role`, {})).status).toBe(422);
  });

  it('handing over makes one founder of another', async () => {
    const group = await make(alice, [bob]);
    const at = `/api/groups/${group}/transfer-ownership`;
    refused(await alice.call('POST', at, {}), 400);
    refused(await alice.call('POST', at, { new_founder_id: alice.id }), 400);
    refused(await alice.call('POST', at, { new_founder_id: mallory.id }), 404);
    refused(await alice.call('POST', at, { new_founder_id: 'nonsense' }), 404);
    expect(await ok(alice.call('POST', at, { new_founder_id: bob.id }))).toMatchObject({ success: true });
    expect(await rolesIn(alice, group)).toEqual({ Alice: 'MEMBER', Bob: 'FOUNDER' });
    expect(await look(alice, group)).toMatchObject({ founder_name: 'Bob', created_by: alice.id });
    expect(await textsOf(bob, group)).toEqual(['Alice made Bob the founder of the group']);
    refused(await bob.call('POST', `/api/groups/${group}/leave`, {}), 403);
    await ok(alice.call('POST', `/api/groups/${group}/leave`, {}));
  });
});

describe('invite codes', () => {
  it('show the group to whoever has them, but not its members', async () => {
    const group = await make(alice, [bob], { description: 'We sing' });
    const code = await codeOf(alice, group);
    const seen = await ok(mallory.call('GET', `/api/groups/join/${code}`));
    expect(seen).toMatchObject({
      is_member: false,
      name: 'Choir',
      member_count: 2,
      members: [],
      current_user_role: null,
    });
    expect(seen.group).toMatchObject({
      id: group,
      description: 'We sing',
      members: [],
      settings: { invite_link: code },
    });
    const own = await ok(bob.call('GET', `/api/groups/join/${code}`));
    expect(own).toMatchObject({ is_member: true, group: { current_user_role: 'MEMBER', member_count: 2 } });
    expect((await call(server, 'GET', `/api/groups/join/${code}`)).status).toBe(401);
  });

  it('let people in, who hear at once', async () => {
    const group = await make(alice, [bob]);
    const [aliceEars, carolEars] = await Promise.all([alice.connect(), carol.connect()]);
    const code = await codeOf(alice, group);
    expect(await ok(carol.call('POST', `/api/groups/join/${code}`, {}))).toMatchObject({
      success: true,
      group_id: group,
    });
    expect(await allHear('message:received', aliceEars, carolEars)).toMatchObject({
      type: 'SYSTEM',
      content: 'Carol joined the group',
    });
    await say(bob, group, 'hello');
    await allHear('message:received', aliceEars, carolEars);
    refused(await carol.call('POST', `/api/groups/join/${code}`, {}), 400);
    expect(await rolesIn(alice, group)).toMatchObject({ Carol: 'MEMBER' });
    await quiet(aliceEars, carolEars);
    aliceEars.close();
    carolEars.close();
  });

  it('answer a retry with the same key as before', async () => {
    const group = await make(alice, []);
    const key = { 'idempotency-key': crypto.randomUUID() };
    const at = `/api/groups/join/${await codeOf(alice, group)}`;
    const first = await ok(bob.call('POST', at, {}, key));
    expect(await ok(bob.call('POST', at, {}, key))).toEqual(first);
    expect(await textsOf(alice, group)).toEqual(['Bob joined the group']);
  });

  it('die when a new one is made, or they are switched off, or the group is gone', async () => {
    const group = await make(alice, []);
    const old = await codeOf(alice, group);
    const made = await ok(alice.call('POST', `/api/groups/${group}/regenerate-invite-link`, {}));
    expect(made).toEqual({ success: true, invite_link: expect.stringMatching(/^[A-Za-z0-9]{12}$/) });
    expect(made.invite_link).not.toBe(old);
    expect(await codeOf(alice, group)).toBe(made.invite_link);
    const dead = async (code: string) => {
      for (const method of ['GET', 'POST']) refused(await mallory.call(method, `/api/groups/join/${code}`), 404);
    };
    await dead(old);
    await dead('nonsense');
    await set(alice, group, { invite_link_enabled: false });
    await dead(made.invite_link);
    await set(alice, group, { invite_link_enabled: true });
    await ok(mallory.call('GET', `/api/groups/join/${made.invite_link}`));
    await ok(alice.call('DELETE', `/api/groups/${group}`));
    await dead(made.invite_link);
  });

  it('where newcomers need approval only ask, once, and whoever adds the person grants it', async () => {
    const group = await make(alice, [bob], { require_admin_approval: true });
    const ears = await alice.connect();
    const at = `/api/groups/join/${await codeOf(alice, group)}`;
    refused(await carol.call('POST', at, {}), 403);
    expect(await ears.next('message:received')).toMatchObject({
      type: 'SYSTEM',
      content: 'Carol asks to join the group',
    });
    refused(await carol.call('POST', at, {}), 403);
    expect((await look(alice, group)).member_count).toBe(2);
    refused(await carol.call('GET', `/api/groups/${group}`), 403);
    await ok(alice.call('POST', `/api/groups/${group}/members`, { user_ids: [carol.id] }));
    expect(await ears.next('message:received')).toMatchObject({ content: 'Alice added Carol' });
    await ok(carol.call('POST', `/api/groups/${group}/leave`, {}));
    await ears.next('message:received');
    refused(await carol.call('POST', at, {}), 403);
    expect(await ears.next('message:received')).toMatchObject({ content: 'Carol asks to join the group' });
    await quiet(ears);
    ears.close();
  });
});

describe('deleting one', () => {
  it('tells everybody in it, and nothing of it is left to see', async () => {
    const group = await make(alice, [bob, carol]);
    await ok(carol.call('POST', `/api/groups/${group}/leave`, {}));
    const sent = await say(bob, group, 'a needle in it');
    await ok(bob.call('POST', `/api/messages/${sent.id}/star`, {}));
    const ears = await Promise.all([alice.connect(), bob.connect(), carol.connect()]);
    const code = await codeOf(alice, group);
    expect(await ok(alice.call('DELETE', `/api/groups/${group}`))).toMatchObject({ success: true });
    expect(await allHear('group:deleted', ears[0], ears[1])).toEqual({ group_id: group, message: expect.any(String) });
    await quiet(...ears);
    ears.forEach((one) => one.close());

    for (const person of [alice, bob]) {
      expect(await listed(person, group)).toBeUndefined();
      refused(await person.call('GET', `/api/groups/${group}`), 404);
      refused(await person.call('GET', `/api/conversations/${group}/messages`), 404);
      refused(await person.call('POST', '/api/messages', { conversation_id: group, content: 'still?' }), 404);
      refused(await person.call('PUT', `/api/messages/${sent.id}`, { content: 'still?' }), 404);
      refused(await person.call('DELETE', `/api/groups/${group}`), 404);
      refused(await person.call('GET', `/api/groups/join/${code}`), 404);
      expect((await ok(person.call('GET', '/api/messages/search?q=needle'))).total).toBe(0);
      expect((await ok(person.call('GET', '/api/messages/starred'))).messages).toEqual([]);
    }
    const target = await openDirect(bob, alice);
    const forwarding = { message_ids: [sent.id], conversation_id: target };
    expect(await ok(bob.call('POST', '/api/messages/forward', forwarding))).toMatchObject({ forwarded_count: 0 });
  });
});
