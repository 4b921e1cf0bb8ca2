// Three processes, one PostgreSQL, one Redis with a password and TLS: four products talk across them, and one is killed.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { listen as listenAsNeru } from './dialects/nerutalk/people.ts';
import { listen as listenAsPythian } from './dialects/pythia/people.ts';
import { databaseKinds, type DatabasePlace, makeTestDatabase } from './support/database.ts';
import { follower, type Follower } from './support/follower.ts';
import { connect } from './support/people.ts';
import { type ServerProcess, startServerProcess } from './support/process.ts';
import { freePort, hasRedisServer, type PrivateRedis, startPrivateRedis } from './support/redis.ts';

const tls = (name: string) => new URL(`support/tls/${name}.pem`, import.meta.url).pathname;

interface Somebody {
  id: string;
  token: string;
}

/** One request; the body of a 2xx answer. */
async function ask(
  at: ServerProcess,
  who: Somebody | null,
  method: string,
  path: string,
  body?: unknown,
  // A test names the fields it expects.
  // oxlint-disable-next-line typescript/no-explicit-any
): Promise<any> {
  const response = await fetch(at.url + path, {
    method,
    headers: {
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...(who && { authorization: `Bearer ${who.token}` }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said}`);
  return said === '' ? undefined : JSON.parse(said);
}

let phones = 0;

async function byUrge(at: ServerProcess, name: string): Promise<Somebody> {
  phones += 1;
  const phone_number = `+1555${String(process.pid % 1000).padStart(3, '0')}9${String(phones).padStart(3, '0')}`;
  const made = await ask(at, null, 'POST', '/api/auth/register', { phone_number, display_name: name });
  return { id: made.user.id, token: made.access_token };
}

async function byMail(at: ServerProcess, path: string, username: string): Promise<Somebody> {
  const email = `${username}@example.org`;
  const made = await ask(at, null, 'POST', path, { username, email, password: 'Secret123' });
  return { id: made.user.id, token: made.access_token };
}

/** Warnings of Redis in what a process wrote. */
function warningsOf({ lines }: ServerProcess): string[] {
  return lines.filter((line) => line.includes('Redis does'));
}

describe.skipIf(!databaseKinds.includes('postgresql') || !hasRedisServer)('three processes', () => {
  let redis: PrivateRedis;
  let place: DatabasePlace;
  let settings: Record<string, string>;
  let one: ServerProcess;
  let two: ServerProcess;
  let three: ServerProcess;
  beforeAll(async () => {
    const port = await freePort();
    const secure = ['--tls-port', String(port), '--tls-cert-file', tls('cert'), '--tls-key-file', tls('key')];
    redis = await startPrivateRedis([...secure, '--tls-auth-clients', 'no', '--requirepass', 'hunter2']);
    place = await makeTestDatabase('postgresql');
    settings = { REDIS_URL: `rediss://:hunter2@localhost:${port}`, NODE_EXTRA_CA_CERTS: tls('cert') };
    [one, two, three] = await Promise.all([start(), start(), start()]);
  }, 180_000);
  afterAll(async () => {
    await Promise.all([one, two, three].map((each) => each.stop()));
    await redis.stop();
    await place.remove();
  });
  const start = () => startServerProcess(place, settings);

  it('carry words from each product to each other, and a stranger hears none of them', async () => {
    const alice = await byUrge(one, 'Alice');
    const nora = await byMail(two, '/api/v1/register', 'nora');
    const pete = await byMail(three, '/api/v1/auth/register', 'pete');
    const ann = await byMail(two, '/auth/register', 'ann');
    const mallory = await byUrge(three, 'Mallory');
    const ears = {
      alice: await connect(one, alice.token),
      nora: listenAsNeru(two, nora.token),
      pete: listenAsPythian(three, pete.token),
      mallory: await connect(three, mallory.token),
    };
    await Promise.all([ears.nora.next('connection_established'), ears.pete.next('connection_established')]);

    const people = { chat_type: 'group', name: 'Choir', participant_ids: [alice.id, pete.id] };
    const chat = await ask(two, nora, 'POST', '/api/v1/chats', people);
    const { id: channel } = await ears.pete.next('channel_created').then(({ data }) => data);
    ears.nora.say('join_chat', { chat_id: chat.id });
    await ears.nora.next('chat_joined');

    await ask(one, alice, 'POST', '/api/messages', { conversation_id: channel, content: 'from URGE' });
    expect((await ears.nora.next('new_message')).data.content).toBe('from URGE');
    expect((await ears.pete.next('new_message'))['data'].content).toBe('from URGE');
    await ask(two, nora, 'POST', `/api/v1/chats/${chat.id}/messages`, { content: 'from NeruTalk' });
    expect((await ears.pete.next('new_message'))['data'].content).toBe('from NeruTalk');
    await ask(three, pete, 'POST', '/api/v1/messages/', { content: 'from Pythia', channel_id: channel });
    expect((await ears.nora.next('new_message')).data.content).toBe('from Pythia');
    const texts = () =>
      ears.alice.heard
        .filter(({ event }) => event === 'message:received')
        .map(({ payload }) => (payload as { content: string }).content)
        .filter((text) => text.startsWith('from'));
    await vi.waitFor(() => expect(texts()).toEqual(['from URGE', 'from NeruTalk', 'from Pythia']), 5_000);

    ears.pete.say({ type: 'typing_indicator', channel_id: channel, is_typing: true });
    expect((await ears.nora.next('typing_indicator')).data).toMatchObject({ user_id: pete.id, is_typing: true });

    const { id: alicesNumber } = await ask(two, alice, 'GET', '/auth/me');
    await ask(two, ann, 'POST', '/messages', { recipient_id: alicesNumber, content: 'from AI Messaging' });
    await vi.waitFor(() => expect(texts()).toContain('from AI Messaging'), 5_000);

    expect(JSON.stringify(ears.mallory.heard)).not.toMatch(/from (URGE|NeruTalk|Pythia|AI)|typing/);
    for (const each of [one, two, three]) expect(warningsOf(each)).toEqual([]);
    ears.alice.close();
    ears.mallory.close();
    await Promise.all([ears.nora.close(), ears.pete.close()]);
  }, 60_000);

  it('one is killed under load: its people go on elsewhere and miss nothing, who stays away is seen to be gone', async () => {
    const alice = await byUrge(one, 'Alice');
    const bob = await byUrge(one, 'Bob');
    const carol = await byUrge(three, 'Carol');
    const mallory = await byUrge(three, 'Mallory');
    const { id } = await ask(one, alice, 'POST', '/api/groups', { name: 'Choir', member_ids: [bob.id, carol.id] });
    const hers = await connect(one, alice.token);
    const going: Follower[] = [follower('urge', bob.token), follower('pythia', bob.token)];
    const stranger = follower('pythia', mallory.token);
    for (const client of going) client.open(two);
    stranger.open(three);
    const staying = await connect(two, carol.token);
    await vi.waitFor(() => expect([...going, stranger].map(({ cursor }) => cursor)).not.toContain('latest'), 10_000);
    await vi.waitFor(() => expect(presenceOf('user:online', carol.id)).toHaveLength(1), 10_000);

    const acknowledged: string[] = [];
    const over = new AbortController();
    const talk = async (at: ServerProcess, name: string) => {
      for (let count = 0; !over.signal.aborted; count += 1) {
        const content = `${name} ${count}`;
        await ask(at, alice, 'POST', '/api/messages', { conversation_id: id, content });
        acknowledged.push(content);
      }
    };
    const talking = [talk(one, 'first'), talk(three, 'third')];
    await vi.waitFor(() => expect(acknowledged.length).toBeGreaterThan(100), 30_000);
    await two.kill();
    const killed = performance.now();
    for (const [index, client] of going.entries()) client.open([one, three][index]!);
    await vi.waitFor(() => expect(presenceOf('user:offline', carol.id)).toHaveLength(1), {
      timeout: 10_000,
      interval: 20,
    });
    for (const each of [one, three]) {
      const { participants } = await ask(each, alice, 'GET', `/api/conversations/${id}`);
      const seen = participants.map((person: { id: string; is_online: boolean }) => [person.id, person.is_online]);
      expect(Object.fromEntries(seen)).toMatchObject({ [alice.id]: true, [carol.id]: false });
    }
    process.stdout.write(`a killed process is gone from presence in ${(performance.now() - killed).toFixed(0)} ms\n`);
    over.abort();
    await Promise.all(talking);

    const history = await historyOf(alice, id);
    expect(history.toSorted()).toEqual(acknowledged.toSorted());
    for (const client of going) {
      await vi.waitFor(() => expect(textsOf(client)).toEqual(history), 20_000);
      expect(client.resets).toBe(0);
    }
    expect(JSON.stringify([...stranger.kept, ...stranger.fresh])).not.toMatch(/first|third/);
    for (const client of [...going, stranger]) client.cut();
    staying.close();
    hers.close();
    two = await start();

    function presenceOf(event: string, userId: string) {
      return hers.heard.filter(
        (heard) => heard.event === event && (heard.payload as { userId: string }).userId === userId,
      );
    }
  }, 120_000);

  it('Redis stopped for ten seconds under load: nothing is lost, and what is said is heard at once again', async () => {
    const alice = await byUrge(one, 'Alice');
    const bob = await byUrge(two, 'Bob');
    const { id } = await ask(one, alice, 'POST', '/api/groups', { name: 'Choir', member_ids: [bob.id] });
    const his = await connect(three, bob.token);
    const heard = () =>
      his.heard
        .filter(({ event }) => event === 'message:received')
        .map(({ payload }) => (payload as { content: string }).content)
        .filter((text) => text.startsWith('message'));
    const over = new AbortController();
    let count = 0;
    const talk = async (at: ServerProcess) => {
      while (!over.signal.aborted) {
        count += 1;
        await ask(at, alice, 'POST', '/api/messages', { conversation_id: id, content: `message ${count}` });
        await sleep(10);
      }
    };
    const talking = [talk(one), talk(two)];
    await vi.waitFor(() => expect(heard().length).toBeGreaterThan(20), 10_000);
    redis.freeze();
    await sleep(5_000);
    redis.thaw();
    await redis.stop();
    await sleep(5_000);
    const before = heard().length;
    await redis.start();
    await vi.waitFor(() => expect(heard().length).toBeGreaterThan(before + 20), 20_000);
    over.abort();
    await Promise.all(talking);
    const history = (await historyOf(alice, id)).filter((text) => text.startsWith('message'));
    expect(history).toHaveLength(count);
    await vi.waitFor(() => expect(heard()).toEqual(history), 20_000);
    his.close();
    await vi.waitFor(() => {
      for (const each of [one, two, three]) {
        const told = each.lines.filter((line) => /Redis (does not answer|answers again)/.test(line));
        expect(told.length, told.join('\n')).toBeLessThanOrEqual(4);
        expect(told.at(-1)).toContain('answers again');
      }
    }, 10_000);
  }, 90_000);

  function textsOf({ kept, fresh }: Follower): string[] {
    return [...kept, ...fresh]
      .filter(({ type }) => type === 'new_message' || type === 'message:received')
      .map(({ data }) => data.content as string)
      .filter((text) => / \d+$/.test(text));
  }

  /** What people said in a conversation, the oldest first. */
  async function historyOf(who: Somebody, conversation: string): Promise<string[]> {
    const texts: string[] = [];
    for (let before = ''; ;) {
      const path = `/api/conversations/${conversation}/messages?limit=500${before}`;
      const { messages, has_more: more } = await ask(one, who, 'GET', path);
      texts.unshift(...messages.map((message: { content: string }) => message.content));
      if (!more) return texts.filter((text) => / \d+$/.test(text));
      before = `&before=${messages[0].id}`;
    }
  }
});
