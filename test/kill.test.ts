// Two people talk, and the server is killed in the middle of it: nothing that was acknowledged is missing.

import { setTimeout as sleep } from 'node:timers/promises';
import { io, type Socket } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { databaseKinds, type DatabasePlace, makeTestDatabase } from './support/database.ts';
import { type ServerProcess, startServerProcess } from './support/process.ts';

/** A round takes as long as a start. */
const rounds = 6;
const inFlight = 16;

interface Caller {
  id: string;
  token: string;
}

interface Told {
  id: string;
  content: string;
}

/** One request; the body of a 2xx answer. */
async function call<T>(
  url: string,
  method: string,
  path: string,
  body?: unknown,
  more: Record<string, string> = {},
): Promise<T> {
  const response = await fetch(url + path, {
    method,
    headers: { ...(body !== undefined && { 'content-type': 'application/json' }), ...more },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const said = await response.text();
  if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${said}`);
  return JSON.parse(said) as T;
}

const as = (who: Caller) => ({ authorization: `Bearer ${who.token}` });

async function signUp(server: ServerProcess, name: string, phone: string): Promise<Caller> {
  const { url } = server;
  const made = await call<{ access_token: string; user: { id: string } }>(url, 'POST', '/api/auth/register', {
    phone_number: phone,
    display_name: name,
  });
  await call(url, 'POST', '/api/auth/send-verification', { phone_number: phone });
  const code = await server.codeFor(phone);
  const authorization = `Bearer ${made.access_token}`;
  const body = { phone_number: phone, code };
  const { token } = await call<{ token: string }>(url, 'POST', '/api/auth/verify-phone', body, { authorization });
  return { id: made.user.id, token };
}

/** A socket and the messages it heard, in their order. */
async function listen(url: string, who: Caller): Promise<{ socket: Socket; heard: Told[] }> {
  const socket = io(url, {
    auth: { token: who.token },
    forceNew: true,
    reconnection: false,
    transports: ['websocket'],
  });
  const heard: Told[] = [];
  socket.on('message:received', (message: Told) => heard.push(message));
  await new Promise<void>((resolve, reject) => {
    socket.once('authenticated', () => resolve());
    socket.once('connect_error', reject);
  });
  return { socket, heard };
}

/** The newest messages, oldest first. */
async function history(url: string, who: Caller, conversation: string): Promise<Told[]> {
  const page = await call<{ messages: Told[] }>(
    url,
    'GET',
    `/api/conversations/${conversation}/messages?limit=100`,
    undefined,
    as(who),
  );
  return page.messages;
}

describe.each(databaseKinds)('the server as a process, %s', { timeout: 120_000 }, (kind) => {
  let place: DatabasePlace;
  let server: ServerProcess;
  let alice: Caller;
  let bob: Caller;
  let conversation: string;
  const restarts: number[] = [];
  const restartCpu: number[] = [];

  beforeAll(async () => {
    place = await makeTestDatabase(kind);
    server = await startServerProcess(place);
    alice = await signUp(server, 'Alice', '+15550001001');
    bob = await signUp(server, 'Bob', '+15550001002');
    ({ id: conversation } = await call<{ id: string }>(
      server.url,
      'POST',
      '/api/conversations',
      { participant_ids: [bob.id] },
      as(alice),
    ));
  });
  afterAll(async () => {
    await server.kill();
    await place.remove();
  });
  afterEach(() => {
    for (const socket of sockets.splice(0)) socket.close();
  });

  const sockets: Socket[] = [];
  async function hear(who: Caller): Promise<Told[]> {
    const { socket, heard } = await listen(server.url, who);
    sockets.push(socket);
    return heard;
  }

  const send = (who: Caller, content: string, key?: string) =>
    call<Told>(
      server.url,
      'POST',
      '/api/messages',
      { conversation_id: conversation, content },
      { ...as(who), ...(key !== undefined && { 'idempotency-key': key }) },
    );

  async function restart(): Promise<void> {
    server = await startServerProcess(place);
    restarts.push(server.milliseconds);
    if (server.cpuMilliseconds !== null) restartCpu.push(server.cpuMilliseconds);
  }

  it(
    `killed with ${inFlight} sends in flight, ${rounds} times: what was acknowledged is there, once, in the order heard`,
    { timeout: 300_000 },
    async () => {
      let acknowledgedInAll = 0;
      let unansweredInAll = 0;
      for (let round = 0; round < rounds; round += 1) {
        const heard = await hear(bob);
        const before = await history(server.url, bob, conversation);
        const acknowledged = new Map<string, Told>();
        const unanswered = new Map<string, { who: Caller; key: string }>();
        const state = { killed: false };
        let sent = 0;
        const caller = async (index: number) => {
          while (!state.killed && sent < 80) {
            sent += 1;
            const content = `round ${round}, ${sent}`;
            const who = index % 2 ? alice : bob;
            unanswered.set(content, { who, key: `round-${round}-${sent}` });
            const answer = await send(who, content, unanswered.get(content)!.key).catch(() => null);
            if (!answer) continue;
            unanswered.delete(content);
            acknowledged.set(content, answer);
          }
        };
        const callers = Array.from({ length: inFlight }, (_, index) => caller(index));
        // Every second round only once it is warm.
        if (round % 2) await someAre(acknowledged, inFlight);
        await sleep(Math.random() * 100);
        state.killed = true;
        await server.kill();
        await Promise.all(callers);
        for (const socket of sockets.splice(0)) socket.close();
        await restart();

        const old = new Set(before.map((message) => message.id));
        const stored = (await history(server.url, alice, conversation)).filter((message) => !old.has(message.id));
        const contents = stored.map((message) => message.content);
        expect(contents).toHaveLength(new Set(contents).size);
        const storedIds = new Set(stored.map((message) => message.id));
        expect([...acknowledged.values()].filter((message) => !storedIds.has(message.id))).toEqual([]);
        for (const content of contents)
          expect(acknowledged.has(content) || unanswered.has(content), content).toBe(true);
        const heardIds = heard.map((message) => message.id);
        expect(heardIds).toEqual(stored.map((message) => message.id).filter((id) => heardIds.includes(id)));

        // Who got no answer asks again, with the same key: once, whether it had been stored or not.
        const keys = [...unanswered].slice(0, 4);
        const again = await Promise.all(keys.map(([content, { who, key }]) => send(who, content, key)));
        const twice = await Promise.all(keys.map(([content, { who, key }]) => send(who, content, key)));
        expect(twice).toEqual(again);
        for (const message of again) {
          const kept = stored.find((one) => one.content === message.content);
          if (kept) expect(message.id).toBe(kept.id);
        }
        const now = (await history(server.url, alice, conversation)).map((message) => message.content);
        for (const { content } of again) expect(now.filter((one) => one === content)).toEqual([content]);
        acknowledgedInAll += acknowledged.size;
        unansweredInAll += unanswered.size;
      }
      process.stdout.write(
        `${kind}: ${rounds} kills, ${acknowledgedInAll} acknowledged, ${unansweredInAll} unanswered; ` +
          `ready again after ${summary(restarts)} ms (CPU ${summary(restartCpu)})\n`,
      );
      expect(acknowledgedInAll).toBeGreaterThan(0);
      expect(unansweredInAll).toBeGreaterThan(0);
    },
  );

  it('is ready again in under 3 s', () => {
    // From sources and beside other work: counted in CPU, which a busy machine does not stretch far, and generously.
    const cpu = restartCpu.toSorted((a, b) => a - b);
    expect(cpu[Math.floor(cpu.length / 2)] ?? 0).toBeLessThan(8_000);
  });

  it('a key used before a restart answers with the first message after it', async () => {
    const first = await send(alice, 'keep this', 'kept-key');
    await server.kill();
    await restart();
    const answers = await Promise.all(Array.from({ length: 8 }, () => send(alice, 'keep this', 'kept-key')));
    expect(answers).toEqual(Array.from({ length: 8 }, () => first));
    await expect(send(alice, 'something else', 'kept-key')).rejects.toThrow('422');
  });

  it.runIf(kind === 'embedded')('a second process on the same data is refused, by name', async () => {
    const second = startServerProcess(place);
    await expect(second).rejects.toThrow(/^Parlance could not start: .*in use.*/m);
    expect(await send(alice, 'still here')).toMatchObject({ content: 'still here' });
  });

  it('SIGTERM: sends in flight are answered, sockets closed with a reason, exit code 0', async () => {
    const ended: Promise<string>[] = [];
    for (const who of [alice, bob]) {
      await hear(who);
      const socket = sockets.at(-1)!;
      ended.push(new Promise((resolve) => socket.once('disconnect', (reason) => resolve(reason))));
    }
    const contents = Array.from({ length: inFlight }, (_, n) => `last words ${n}`);
    const sends = contents.map((content) => send(alice, content));
    const settled = Promise.allSettled(sends);
    await Promise.race(sends);
    expect(await server.stop()).toBe(0);
    const outcomes = await settled;
    const answered = outcomes.flatMap((outcome) => (outcome.status === 'fulfilled' ? [outcome.value.content] : []));
    // The reason after which Socket.IO's clients come back by themselves.
    expect(await Promise.all(ended)).toEqual(['transport close', 'transport close']);
    await restart();
    const stored = (await history(server.url, bob, conversation)).map((message) => message.content);
    expect(stored.filter((content) => contents.includes(content)).toSorted()).toEqual(answered.toSorted());
    expect(answered.length).toBeGreaterThan(0);
  });
});

/** Waits, at most 3 s, until so many have been answered. */
async function someAre(answered: ReadonlyMap<string, Told>, many: number): Promise<void> {
  for (const end = Date.now() + 3_000; Date.now() < end; await sleep(1)) if (answered.size >= many) return;
}

function summary(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((a, b) => a - b);
  return [sorted[0], sorted[Math.floor(sorted.length / 2)], sorted.at(-1)]
    .map((one) => Math.round(one ?? 0))
    .join(' / ');
}
