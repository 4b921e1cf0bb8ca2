// Searching through URGE (contract: section 8); what is found of which text is tested in test/core/messages.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { indexMessages } from '../../../src/core/messages/search.ts';
import type { Person } from '../../support/people.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { block, cast, expectBothSpellings, ok, openDirect, openGroup, say, unblock, type Body } from './stage.ts';

let server: TestServer;
let alice: Person;
let bob: Person;
let mallory: Person;
let direct: string;
let group: string;
let sent: Body[];

const texts = [
  'Kereta ＬＡＴＥ 100%',
  '電車が遅れています',
  '기차가 늦어요',
  '火车晚点了',
  'snake_case \\ "quoted"',
  '🎉 late again',
];

beforeAll(async () => {
  server = await startTestServer();
  ({ alice, bob, mallory } = await cast(server, 'alice', 'bob', 'mallory'));
  direct = await openDirect(alice, bob);
  group = await openGroup(alice, bob);
  sent = [];
  for (const [index, text] of texts.entries()) sent.push(await say(alice, index % 2 ? group : direct, text));
});
afterAll(() => server.close());

const search = (who: Person, q: string, more = '') =>
  who.call('GET', `/api/messages/search?q=${encodeURIComponent(q)}${more}`);
const found = async (who: Person, q: string, more = '') =>
  (await ok(search(who, q, more))).messages.map((one: Body) => texts.indexOf(one.content));

describe.each(['at once', 'when all is indexed'])('%s', (when) => {
  beforeAll(async () => {
    if (when === 'at once') return;
    while ((await server.messenger.execute({ kind: 'system' }, indexMessages, {})) > 0);
  });

  it.each<[string, number[]]>([
    ['late', [5, 0]],
    ['LATE', [5, 0]],
    ['ｌａｔｅ', [5, 0]],
    ['車', [1]],
    ['遅れ', [1]],
    ['늦', [2]],
    ['晚点', [3]],
    ['%', [0]],
    ['_', [4]],
    ['\\', [4]],
    ['"', [4]],
    ['🎉', [5]],
    ['a%e', []],
    ["'", []],
    ['   ', []],
  ])('%s is found newest first, and by nobody else', async (q, expected) => {
    expect(await found(alice, q)).toEqual(expected);
    expect(await found(bob, q)).toEqual(expected);
    expect(await found(mallory, q)).toEqual([]);
  });
});

it('finds in one conversation, under either name, and refuses the foreign and the unknown', async () => {
  for (const name of ['conversationId', 'conversation_id']) {
    expect(await found(bob, 'late', `&${name}=${direct}`)).toEqual([0]);
    expect(await found(bob, 'late', `&${name}=${group}`)).toEqual([5]);
    expect((await search(mallory, 'late', `&${name}=${direct}`)).status).toBe(403);
    for (const id of ['nonsense', crypto.randomUUID(), alice.id]) {
      expect((await search(alice, 'late', `&${name}=${id}`)).status).toBe(404);
    }
  }
});

it('answers whole messages, limits, totals', async () => {
  await ok(bob.call('POST', `/api/messages/${sent[5].id}/star`, {}));
  const page = await ok(search(bob, 'late', '&limit=1'));
  expect(page.total).toBe(2);
  expect(page.messages).toEqual([{ ...sent[5], isStarred: true, is_starred: true }]);
  expectBothSpellings(page.messages[0]);
  expect((await ok(search(bob, 'late', '&limit=100000'))).messages).toHaveLength(2);
  expect((await ok(search(bob, 'late', '&limit=0'))).messages).toEqual([]);
  for (const query of ['', '?q=', '?limit=5', `?q=${'x'.repeat(201)}`, '?q=a&limit=-1', '?q=a&limit=x', '?q=%00']) {
    expect((await bob.call('GET', `/api/messages/search${query}`)).status, query).toBe(422);
  }
});

it('finds an edited message by its new text only, and nothing that is gone, in the same moment', async () => {
  const message = await say(alice, direct, 'the quick brown fox');
  expect((await ok(search(bob, 'brown'))).total).toBe(1);
  await ok(alice.call('PUT', `/api/messages/${message.id}`, { content: 'the slow red fox' }));
  expect([(await ok(search(bob, 'brown'))).total, (await ok(search(bob, 'red'))).total]).toEqual([0, 1]);
  await ok(bob.call('DELETE', `/api/messages/${message.id}`));
  expect([(await ok(search(alice, 'red'))).total, (await ok(search(bob, 'red'))).total]).toEqual([1, 0]);
  await ok(alice.call('DELETE', `/api/messages/${message.id}`));
  expect((await ok(search(alice, 'red'))).total).toBe(0);
  await say(alice, direct, 'sealed badger', { is_encrypted: true });
  expect((await ok(search(alice, 'badger'))).total).toBe(0);
});

it('finds nothing said with the blocked, nor what was cleared or left', async () => {
  await block(server, bob, alice);
  expect([await found(alice, 'late'), await found(bob, 'late')]).toEqual([[5], [5]]);
  await unblock(server, bob, alice);
  await ok(bob.call('DELETE', `/api/conversations/${direct}/clear`));
  expect([await found(alice, 'late'), await found(bob, 'late')]).toEqual([[5, 0], [5]]);
  await ok(bob.call('DELETE', `/api/conversations/${group}`));
  expect([await found(alice, 'late'), await found(bob, 'late')]).toEqual([[5, 0], []]);
});
