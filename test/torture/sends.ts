// Very many sends through a network that swallows half of the answers, by clients that ask again under the same key: as
// many messages are stored as were meant.

import { randomBytes } from 'node:crypto';
import { Agent, request } from 'node:http';
import { sql } from 'kysely';
import { openDatabase } from '../../src/adapters/database/index.ts';
import { migrate } from '../../src/adapters/database/migrate.ts';
import { serverValue } from '../../src/core/server-values.ts';
import { createPublicIds } from '../../src/dialects/public-ids.ts';
import { makeTestDatabase, type DatabaseKind } from '../support/database.ts';
import { startServerProcess } from '../support/process.ts';
import { attempt, signUp } from './people.ts';
import { openProxy } from './proxy.ts';
import { chanceOf } from './random.ts';

export interface Sends {
  /** How many messages were meant, and requests made for them. */
  meant: number;
  requests: number;
  /** Messages that were acknowledged, and that are there, with as many keys. */
  acknowledged: number;
  stored: number;
  keys: number;
  seconds: number;
}

const atOnce = 64;
const writers = 8;

/** Each message is sent until somebody hears the answer. */
export async function sendAll(options: {
  sends: number;
  seed: number;
  database: DatabaseKind;
  say(line: string): void;
}): Promise<Sends> {
  const { sends, seed, database: kind, say } = options;
  const chance = chanceOf(seed);
  const quiet = { info: () => {}, warn: () => {} };
  const place = await makeTestDatabase(kind);
  const proxy = await openProxy(chance.fork(), { swallow: 0.5 });
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  try {
    const first = await openDatabase({ ...place, log: quiet });
    await migrate(first.db, quiet);
    const key = await serverValue(first.db, 'public-id-key', () => randomBytes(48).toString('base64url'));
    await first.close();
    const ids = createPublicIds(Buffer.from(key, 'base64url'));

    const server = await startServerProcess(place);
    proxy.leadTo(server.url);
    const tokens: string[] = [];
    const rooms: string[] = [];
    for (let index = 0; index < writers; index += 1) {
      const person = await signUp(server, ids, { name: `writer_${index}`, wire: 'pythia', phone: '' });
      const path = '/api/v1/channels';
      const made = await attempt(server.url, person.token, { method: 'POST', path, body: { name: `room ${index}` } });
      tokens.push(person.token);
      rooms.push(made!.body.id);
    }

    const heard = new Set<string>();
    let requests = 0;
    let next = 0;
    const post = (index: number): Promise<string | null> => {
      requests += 1;
      const by = index % writers;
      const body = JSON.stringify({ conversation_id: rooms[by], content: `message ${index}` });
      const headers = {
        authorization: `Bearer ${tokens[by]}`,
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
        'idempotency-key': `send-${index}`,
      };
      return new Promise((resolve) => {
        const asking = request(`${proxy.url}/api/messages`, { method: 'POST', agent, headers }, (response) => {
          let said = '';
          response.setEncoding('utf8').on('data', (text: string) => (said += text));
          response.on('error', () => resolve(null));
          response.on('end', () =>
            resolve(response.statusCode === 200 ? (JSON.parse(said) as { id: string }).id : null),
          );
        });
        asking.on('error', () => resolve(null)).end(body);
      });
    };
    const began = performance.now();
    const write = async () => {
      while (next < sends) {
        const index = (next += 1);
        for (let id: string | null = null; id === null;) {
          id = await post(index);
          if (id !== null) heard.add(id);
        }
        if (index % 20_000 === 0) say(`${index} sends, ${requests} requests`);
      }
    };
    await Promise.all(Array.from({ length: atOnce }, write));
    const seconds = (performance.now() - began) / 1_000;
    await server.stop();

    const last = await openDatabase({ ...place, log: quiet });
    const { rows } = await sql<{ stored: number; keys: number }>`select count(*) as stored,
      count(distinct idempotency_key) as keys from messages where kind <> 'system'`.execute(last.db);
    await last.close();
    return { meant: sends, requests, acknowledged: heard.size, ...rows[0]!, seconds };
  } finally {
    agent.destroy();
    await proxy.close();
    await place.remove();
  }
}
