// Reports: filed, changed while open, answered and resolved.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { makeSuperuser, register, say, type Person } from './people.ts';

let server: TestServer;
let root: Person;
let alice: Person;
let bob: Person;
let mallory: Person;
beforeAll(async () => {
  server = await startTestServer();
  root = await makeSuperuser(server);
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  mallory = await register(server, 'mallory');
});
afterAll(() => server.close());

const file = async (person: Person, title: string, about = {}) =>
  (await person.call('POST', '/reports', { title, content: `<b>${title}</b>`, ...about })).body;

describe('reports', () => {
  it('are filed by anybody, as they are', async () => {
    const { status, body } = await alice.call('POST', '/reports', {
      title: 'Spam',
      content: '<i>ü</i>',
      status: 'resolved',
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      reporter_id: alice.id,
      reporter_username: alice.username,
      title: 'Spam',
      content: '<i>ü</i>',
      status: 'open',
      comment: null,
      resolved_at: null,
      resolved_by: null,
      resolver_username: null,
      created_at: expect.any(String),
      updated_at: body.created_at,
    });
    expect((await alice.call('POST', '/reports', { title: '', content: '' })).status).toBe(201);
    for (const wrong of [
      { title: 'x' },
      { content: 'x' },
      { title: 1, content: 'x' },
      { title: 'x'.repeat(256), content: '' },
    ]) {
      expect((await alice.call('POST', '/reports', wrong)).status).toBe(422);
    }
    const key = { 'idempotency-key': 'report' };
    const twice = await Promise.all(
      [1, 2].map(() => alice.call('POST', '/reports', { title: 'Once', content: '' }, key)),
    );
    expect(twice[0]!.body).toEqual(twice[1]!.body);
  });

  it('are the reporter’s and the superusers’', async () => {
    const mine = await file(alice, 'mine');
    expect((await alice.call('GET', `/reports/${mine.id}`)).body).toEqual(mine);
    expect((await root.call('GET', `/reports/${mine.id}`)).body).toEqual(mine);
    for (const [method, path, body] of [
      ['GET', ''],
      ['PUT', '', { title: 'x' }],
    ] as const) {
      const answer = await mallory.call(method, `/reports/${mine.id}${path}`, body);
      expect(answer.status).toBe(403);
      expect(answer.body.detail).toContain('Not authorized');
      const unknown = await mallory.call(method, `/reports/99999${path}`, body);
      expect([unknown.status, unknown.body.detail]).toEqual([404, 'Report not found.']);
    }
    expect((await root.call('PUT', `/reports/${mine.id}`, { title: 'x' })).status).toBe(403);
    expect((await mallory.call('GET', '/reports')).body).toEqual([]);
    expect((await root.call('GET', '/reports')).body).toEqual([]);
  });

  it('are listed newest first, by status under either name', async () => {
    const carol = await register(server, 'carol');
    const [one, two, three] = [await file(carol, '1'), await file(carol, '2'), await file(carol, '3')];
    await root.call('POST', `/reports/${two.id}/comment`, { comment: 'c', status: 'in_progress' });
    const list = async (person: Person, path: string) =>
      (await person.call('GET', path)).body
        .map((report: { id: number }) => report.id)
        .filter((id: number) => [one.id, two.id, three.id].includes(id));
    expect(await list(carol, '/reports')).toEqual([three.id, two.id, one.id]);
    expect(await list(carol, '/reports?status_filter=')).toEqual([three.id, two.id, one.id]);
    for (const path of ['/reports', '/reports/admin/all']) {
      const person = path === '/reports' ? carol : root;
      expect(await list(person, `${path}?status_filter=open`)).toEqual([three.id, one.id]);
      expect(await list(person, `${path}?status=in_progress`)).toEqual([two.id]);
      expect(await list(person, `${path}?status=open&status_filter=in_progress`)).toEqual([two.id]);
      expect(await list(person, `${path}?status_filter=whatever`)).toEqual([]);
    }
    expect(await list(root, '/reports/admin/all')).toEqual([three.id, two.id, one.id]);
  });

  it('are changed while they are open', async () => {
    const report = await file(alice, 'before');
    const { body } = await alice.call('PUT', `/reports/${report.id}`, {
      title: 'after',
      content: null,
      status: 'resolved',
    });
    expect(body).toMatchObject({ title: 'after', content: report.content, status: 'open' });
    expect((await alice.call('PUT', `/reports/${report.id}`, {})).body).toEqual(body);
    expect((await alice.call('PUT', `/reports/${report.id}`)).status).toBe(422);
    await root.call('POST', `/reports/${report.id}/comment`, { comment: '', status: 'in_progress' });
    const late = await alice.call('PUT', `/reports/${report.id}`, { title: 'x' });
    expect(late.status).toBe(400);
    expect(late.body.detail).toContain('Cannot update');
    await root.call('POST', `/reports/${report.id}/comment`, { comment: 'again', status: 'open' });
    expect((await alice.call('PUT', `/reports/${report.id}`, { title: 'x' })).status).toBe(200);
  });

  it('are answered and moved on by superusers', async () => {
    const report = await file(alice, 'answer me');
    const comment = (body: object) => root.call('POST', `/reports/${report.id}/comment`, body);
    expect((await comment({ comment: 'seen' })).body).toMatchObject({
      status: 'open',
      comment: 'seen',
      resolved_at: null,
    });
    for (const status of [null, '']) expect((await comment({ comment: '', status })).body.status).toBe('open');
    const wrong = await comment({ comment: 'lost', status: 'closed' });
    expect(wrong.status).toBe(400);
    expect(wrong.body.detail).toContain('Invalid status');
    expect((await alice.call('GET', `/reports/${report.id}`)).body.comment).toBe('');
    expect((await comment({})).status).toBe(422);
    const resolved = (await comment({ comment: 'done', status: 'resolved' })).body;
    expect(resolved).toMatchObject({ status: 'resolved', resolved_by: root.id, resolver_username: root.username });
    const reopened = (await comment({ comment: 'not yet', status: 'open' })).body;
    expect(reopened).toMatchObject({ status: 'open', resolved_by: root.id, resolved_at: resolved.resolved_at });
    expect((await root.call('POST', '/reports/99999/comment', { comment: 'x', status: 'nonsense' })).status).toBe(404);
  });

  it('are resolved, with or without a word, and again', async () => {
    const report = await file(alice, 'resolve me');
    const path = `/reports/${report.id}/resolve`;
    const first = await root.call('PUT', path, { comment: 'fixed', status: 'open' });
    expect(first.body).toMatchObject({ status: 'resolved', comment: 'fixed', resolved_by: root.id });
    for (const body of [undefined, {}, { comment: null }, { comment: '' }]) {
      expect((await root.call('PUT', path, body)).body).toMatchObject({ status: 'resolved', comment: 'fixed' });
    }
    const other = await makeSuperuser(server);
    expect((await other.call('PUT', path, {})).body).toMatchObject({ resolver_username: other.username });
    expect((await root.call('DELETE', `/auth/users/${other.id}`)).status).toBe(200);
    expect((await alice.call('GET', `/reports/${report.id}`)).body).toMatchObject({
      resolved_by: null,
      resolver_username: null,
    });
    expect((await root.call('PUT', '/reports/99999/resolve', {})).status).toBe(404);
  });

  it('may point at a message or a person in reach, which superusers see', async () => {
    const message = await say(mallory, alice, 'buy this');
    const about = await file(alice, 'spam', { message_id: message.id });
    expect(about).not.toHaveProperty('message_id');
    const [shown] = (await root.call('GET', '/reports/admin/all')).body;
    expect(shown).toMatchObject({ id: about.id, message_id: message.id, user_id: mallory.id });
    await file(alice, 'her', { user_id: mallory.id });
    expect((await root.call('GET', '/reports/admin/all')).body[0]).toMatchObject({
      message_id: null,
      user_id: mallory.id,
    });
    expect((await bob.call('POST', '/reports', { title: 'x', content: '', message_id: message.id })).status).toBe(403);
    expect((await bob.call('POST', '/reports', { title: 'x', content: '', message_id: 99999 })).status).toBe(404);
    expect((await bob.call('POST', '/reports', { title: 'x', content: '', user_id: 99999 })).status).toBe(404);
  });
});
