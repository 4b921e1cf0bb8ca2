// A run: people on all wires live through cut lines, lost answers, killed servers and databases; then it all calms down,
// everybody catches up, and the checker says whether anything was lost or came twice.

import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../../src/adapters/database/index.ts';
import { migrate } from '../../src/adapters/database/migrate.ts';
import { serverValue } from '../../src/core/server-values.ts';
import { createPublicIds, type PublicIds } from '../../src/dialects/public-ids.ts';
import { makeTestDatabase, type DatabaseKind } from '../support/database.ts';
import { startPrivatePostgres, type PrivatePostgres } from '../support/postgres.ts';
import { startServerProcess, type ServerProcess } from '../support/process.ts';
import { hasRedisServer, startPrivateRedis, type PrivateRedis } from '../support/redis.ts';
import { check, type Fault, type Heard } from './checker.ts';
import { deeds, nextDeed, type Deed, type World } from './deeds.ts';
import { startListener, type Ear, type Listener } from './listener.ts';
import { decoderOf } from './notes.ts';
import { insist, signUp, type Answer, type Person } from './people.ts';
import { openProxy, type Proxy } from './proxy.ts';
import { chanceOf, type Chance } from './random.ts';
import { readFacts, truthOf, type Truth } from './truth.ts';
import { wires } from './wires.ts';

export interface TortureOptions {
  seconds: number;
  seed: number;
  database: DatabaseKind;
  /** Servers on one database. The embedded one has one. */
  processes: number;
  /** How many take part, on the four wires by turns. */
  people: number;
  /** What becomes of what is heard, to put the checker to the test. */
  ear?: Ear;
  say(line: string): void;
}

export interface Outcome {
  /** None: nothing was lost and nothing came twice. */
  faults: string[];
  truth: Truth;
  listeners: readonly Heard[];
  tally: Readonly<Tally>;
}

interface Tally {
  deeds: number;
  sent: number;
  refused: number;
  /** Requests made twice under one key. */
  repeated: number;
  blows: Record<string, number>;
}

/** Share of answers that nobody hears, of requests that are made twice. */
const swallowed = 0.1;
const doubled = 0.15;
/** Most milliseconds between two things that one person does. */
const pause = 250;
/** Milliseconds for everybody to have caught up once it is calm. */
const calmDown = 120_000;

/** Rejects only if the run itself cannot be made. */
export async function torture(options: TortureOptions): Promise<Outcome> {
  const { seconds, say } = options;
  const stage = await openStage(options);
  const { world, listeners, tally, wrong } = stage;
  const progress = setInterval(() => say(progressOf(stage)), 5_000);
  try {
    const end = Date.now() + seconds * 1_000;
    const isOver = () => Date.now() >= end;
    const busy = world.people.map((person) => live(stage, person, isOver));
    await disturb(stage, end);
    stage.proxies.forEach((proxy) => proxy.behave());
    await Promise.all(busy);
    say(`calm: ${progressOf(stage)}`);
    await allCaughtUp(stage);
    for (const listener of listeners) listener.stop();
    for (const [index, server] of stage.servers.entries()) {
      const code = await server.stop();
      if (code !== 0) wrong.push(`server ${index + 1} stopped with ${code}`);
    }
    const truth = truthOf(await stage.facts());
    const faults = [...wrong, ...stage.acknowledged.check(truth), ...check(truth, listeners).faults.map(describe)];
    return { faults, truth, listeners, tally };
  } finally {
    clearInterval(progress);
    for (const listener of listeners) listener.stop();
    await stage.close();
  }
}

function describe({ who, what, where, detail }: Fault): string {
  return `${what} for ${who} in ${where}: ${detail}`;
}

interface Stage {
  chance: Chance;
  world: World;
  listeners: Listener[];
  proxies: Proxy[];
  urls: string[];
  servers: ServerProcess[];
  redis: PrivateRedis | null;
  postgres: PrivatePostgres | null;
  tally: Tally;
  /** What was seen to be wrong on the way. */
  wrong: string[];
  acknowledged: Acknowledged;
  startServer(index: number): Promise<void>;
  facts(): ReturnType<typeof readFacts>;
  close(): Promise<void>;
}

async function openStage(options: TortureOptions): Promise<Stage> {
  const { seed, database: kind, processes, people: count, ear } = options;
  const chance = chanceOf(seed);
  const postgres = kind === 'postgresql' ? await startPrivatePostgres() : null;
  const made = postgres ? null : await makeTestDatabase('embedded');
  const redis = postgres && options.processes > 1 && hasRedisServer ? await startPrivateRedis() : null;
  const place = { url: postgres?.url, dataDir: made?.dataDir ?? '' };
  const quiet = { info: () => {}, warn: () => {} };
  const servers: ServerProcess[] = [];
  const proxies: Proxy[] = [];
  const close = async () => {
    await Promise.all(servers.map((server) => server.kill()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    await redis?.stop();
    await postgres?.remove();
    await made?.remove();
  };

  try {
    const opened = await openDatabase({ ...place, log: quiet });
    await migrate(opened.db, quiet);
    const key = await serverValue(opened.db, 'public-id-key', () => randomBytes(48).toString('base64url'));
    await opened.close();
    const ids = createPublicIds(Buffer.from(key, 'base64url'));
    const settings = {
      JWT_ACCESS_TOKEN_EXPIRE_MINUTES: '1440',
      ...(redis && { REDIS_URL: redis.url }),
    };
    const startServer = async (index: number) => {
      const server = await startServerProcess(place, settings);
      servers[index] = server;
      proxies[index]?.leadTo(server.url);
    };
    for (let index = 0; index < (postgres ? processes : 1); index += 1) {
      const proxy = await openProxy(chance.fork(), { swallow: swallowed });
      proxies.push(proxy);
      await startServer(index);
    }
    const urls = proxies.map(({ url }) => url);
    const people = await signAllUp(servers[0]!, ids, count);
    const listeners = people.map(({ name, wire, account, token }) =>
      startListener({
        name,
        wire,
        account,
        token,
        urls,
        decode: decoderOf(wire, ids),
        chance: chance.fork(),
        ...(ear && { ear }),
      }),
    );
    await until('everybody has a cursor', 30_000, () => listeners.every(({ start }) => start !== null));
    const world: World = { chance, ids, people, rooms: [], said: [] };
    const stage: Stage = {
      chance,
      world,
      listeners,
      proxies,
      urls,
      servers,
      redis,
      postgres,
      startServer,
      close,
      tally: { deeds: 0, sent: 0, refused: 0, repeated: 0, blows: {} },
      wrong: [],
      acknowledged: new Acknowledged(),
      async facts() {
        const again = await openDatabase({ ...place, log: quiet });
        try {
          return await readFacts(again.db);
        } finally {
          await again.close();
        }
      },
    };
    await furnish(stage);
    return stage;
  } catch (error) {
    await close();
    throw error;
  }
}

async function signAllUp(server: ServerProcess, ids: PublicIds, count: number): Promise<Person[]> {
  const people: Person[] = [];
  for (let index = 0; index < count; index += 1) {
    const phone = `+1555${String(1_000_000 + index)}`;
    people.push(await signUp(server, ids, { name: `person_${index}`, wire: wires[index % wires.length]!, phone }));
  }
  return people;
}

/** Rooms of every kind to begin with. */
async function furnish({ world, urls, chance }: Stage): Promise<void> {
  const { people } = world;
  const first: [Person, Omit<Deed, 'name'>][] = [];
  for (const [index, person] of people.entries()) {
    first.push([person, deeds.openDirect(world, person, people[(index + 1) % people.length]!)]);
  }
  for (const person of people.slice(0, 3)) {
    first.push([person, deeds.foundGroup(world, person, people.filter((one) => one !== person).slice(0, -1))]);
    first.push([person, deeds.openChannel(world, person)]);
  }
  for (const [index, [person, deed]] of first.entries()) {
    const answer = await insist(chance, urls, person.token, { ...deed.request, key: `furnish-${index}` });
    if (answer.status >= 300) throw new Error(`${deed.request.path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    deed.done?.(answer.body);
  }
}

/** One person's life: one thing after the other, each asked for until it is answered, some twice at once. */
async function live(stage: Stage, person: Person, isOver: () => boolean): Promise<void> {
  const { world, urls, tally, wrong, acknowledged } = stage;
  const chance = stage.chance.fork();
  const own: World = { ...world, chance };
  for (let count = 0; !isOver(); count += 1) {
    await sleep(chance.below(pause));
    const deed = nextDeed(own, person);
    if (!deed) continue;
    const request = { ...deed.request, ...(deed.request.method === 'POST' && { key: `${person.name}-${count}` }) };
    const ask = () => insist(chance, urls, person.token, request);
    const isTwice = request.key !== undefined && chance.is(doubled);
    const answers = isTwice ? await Promise.all([ask(), ask()]) : [await ask()];
    tally.deeds += 1;
    if (isTwice) tally.repeated += 1;
    const [answer, again] = answers as [Answer, Answer?];
    if (again && !isSameAnswer(answer, again)) {
      wrong.push(`two answers to ${request.path}, ${request.key}: ${JSON.stringify([answer, again])}`);
    }
    if (answer.status === 401 || answer.status === 429) wrong.push(`${request.path} is answered ${answer.status}`);
    if (answer.status >= 300) {
      tally.refused += 1;
      continue;
    }
    const sent = deed.done?.(answer.body);
    if (typeof sent === 'number') {
      tally.sent += 1;
      acknowledged.sent.push({ id: sent, key: request.key! });
    }
    if (deed.name === 'react') acknowledged.reactions += 1;
  }
}

/** Of a message that was changed between the two, both say what it was when they looked: it is the same one. */
function isSameAnswer(one: Answer, other: Answer): boolean {
  return one.status === other.status && one.body?.id === other.body?.id && one.body?.action === other.body?.action;
}

/** What was answered to have been done. */
class Acknowledged {
  readonly sent: { id: number; key: string }[] = [];
  reactions = 0;

  /** All of it is there, once; and nothing else is. */
  check({ messages, byConversation }: Truth): string[] {
    const wrong: string[] = [];
    const stored = [...messages.values()].filter(({ kind }) => kind !== 'system');
    const ids = new Set(this.sent.map(({ id }) => id));
    const keys = new Set(this.sent.map(({ key }) => key));
    for (const id of ids) if (!messages.has(id)) wrong.push(`message ${id} was acknowledged and is not there`);
    if (ids.size !== keys.size || stored.length !== keys.size) {
      wrong.push(`${keys.size} sends acknowledged as ${ids.size} messages, stored ${stored.length}`);
    }
    const rows = [...byConversation.values()].flat().filter(({ kind }) => kind.startsWith('reaction.'));
    if (rows.length !== this.reactions) wrong.push(`${this.reactions} reactions acknowledged, ${rows.length} done`);
    return wrong;
  }
}

/** Cuts and slows lines all the time, and every few seconds takes something down, until shortly before the end. */
async function disturb(stage: Stage, end: number): Promise<void> {
  const { proxies, tally, redis, postgres } = stage;
  const chance = stage.chance.fork();
  const count = (what: string) => (tally.blows[what] = (tally.blows[what] ?? 0) + 1);
  const blows: Record<string, () => Promise<void>> = {
    'server killed': () => killServer(stage, chance),
    ...(postgres && {
      'PostgreSQL crashed': async () => {
        await postgres.crash();
        await sleep(chance.below(500));
        await postgres.start();
      },
      'PostgreSQL stopped': async () => {
        await postgres.stop();
        await postgres.start();
      },
    }),
    ...(redis && {
      'Redis killed': async () => {
        await redis.stop();
        await sleep(chance.below(2_000));
        await redis.start();
      },
      'Redis frozen': async () => {
        redis.freeze();
        await sleep(chance.below(3_000));
        redis.thaw();
      },
    }),
  };
  let coming: string[] = [];
  let nextBlow = Date.now() + 2_000;
  while (Date.now() < end) {
    await sleep(100 + chance.below(600));
    const proxy = chance.pick(proxies)!;
    if (chance.is(0.6)) proxy.cut(0.2);
    else if (chance.is(0.1)) proxy.cut(1);
    else proxy.dawdle(0.3, 500 + chance.below(3_000));
    count('cut or slowed');
    if (Date.now() < nextBlow) continue;
    if (coming.length === 0) coming = Object.keys(blows).toSorted(() => chance() - 0.5);
    const blow = coming.pop()!;
    count(blow);
    await blows[blow]!();
    nextBlow = Date.now() + 2_000 + chance.below(2_000);
  }
}

async function killServer(stage: Stage, chance: Chance): Promise<void> {
  const { servers, wrong } = stage;
  const index = chance.below(servers.length);
  if (servers[index]!.isOver())
    wrong.push(`server ${index + 1} was gone: ${servers[index]!.lines.slice(-3).join(' | ')}`);
  await servers[index]!.kill();
  await stage.startServer(index);
}

/**
 * Resolves when everybody has heard of a change of their own, made now, and has a cursor behind it: then all before it
 * was told.
 */
async function allCaughtUp({ listeners, world, urls, chance }: Stage): Promise<void> {
  const changes = (listener: Listener) =>
    listener.journal.filter(({ kind, part }) => kind === 'account.changed' && part === 'profile').length;
  const before = listeners.map(changes);
  for (const { token } of world.people) {
    await insist(chance, urls, token, { method: 'PUT', path: '/api/auth/profile', body: { bio: 'over' } });
  }
  const late = () => listeners.filter((listener, index) => changes(listener) <= before[index]!);
  const isThere = await until('', calmDown, () => late().length === 0).then(
    () => true,
    () => false,
  );
  if (!isThere) return;
  // What would come twice may come late.
  await sleep(2_500);
}

async function until(what: string, milliseconds: number, isSo: () => boolean): Promise<void> {
  for (const end = Date.now() + milliseconds; !isSo(); await sleep(50)) {
    if (Date.now() > end) throw new Error(`${what}: not within ${milliseconds} ms`);
  }
}

function progressOf({ tally, listeners }: Stage): string {
  const { deeds: done, sent, refused, repeated, blows } = tally;
  const heard = listeners.reduce((sum, { journal }) => sum + journal.length, 0);
  const returns = listeners.reduce((sum, one) => sum + one.returns, 0);
  const suffered = Object.entries(blows).map(([what, times]) => `${what} ${times}`);
  return (
    `${done} deeds (${sent} sends, ${refused} refused, ${repeated} made twice), ${heard} notes heard, ` +
    `${returns} returns; ${suffered.join(', ') || 'nothing yet'}`
  );
}
