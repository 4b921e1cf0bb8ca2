// Ten thousand messages between two people: every list stays one statement that reads little.

import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { register, say, type Person } from './people.ts';

const MANY = 10_000;

let server: TestServer;
let alice: Person;
let bob: Person;
beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  bob = await register(server, 'bob');
  await say(alice, bob, 'the first');
  const others = await Promise.all(Array.from({ length: 20 }, (_, n) => register(server, `friend${n}`)));
  for (const other of others) await say(other, alice, 'hello');
  await bob.call('PUT', '/messages/read-all');
  await alice.call('PUT', '/messages/read-all');
  await fill();
  for (const content of ['new 1', 'new 2', 'new 3']) await say(bob, alice, content);
}, 120_000);
afterAll(() => server.close());

/** All but the newest is read; every tenth has a label, of a hundred. */
async function fill(): Promise<void> {
  const { db } = server.database;
  await sql`
    with pair as (select id from conversations where direct_key = ${`${alice.id}:${bob.id}`}),
    said as (
      insert into messages (conversation_id, message_no, sender_id, content, label, sent_in, read_at)
      select pair.id, 1 + n, case when n % 2 = 0 then ${alice.id}::bigint else ${bob.id}::bigint end, 'message ' || n,
        case when n % 10 = 0 then 'label ' || n % 1000 end, 'ai-messaging', now()
      from pair, generate_series(1, ${MANY}::int) n returning 1)
    update conversations c set last_message_no = 1 + ${MANY}::int from pair where c.id = pair.id`.execute(db);
  await sql`update memberships m set read_no = c.last_message_no from conversations c
    where c.id = m.conversation_id`.execute(db);
  await sql`vacuum analyze`.execute(db);
}

interface Statement {
  text: string;
  values: unknown[];
}

const here = new AsyncLocalStorage<Statement[]>();

/** The statements that one call makes, and not what runs beside it. */
async function statementsOf(make: () => Promise<{ status: number }>): Promise<Statement[]> {
  const { query } = pg.Client.prototype;
  const spy = vi.spyOn(pg.Client.prototype, 'query').mockImplementation(function (this: pg.Client, ...args: unknown[]) {
    const [first, second] = args;
    const { text, values } =
      typeof first === 'string' ? { text: first, values: second } : (first as { text: string; values: unknown });
    here.getStore()?.push({ text, values: (values as unknown[] | undefined) ?? [] });
    return (query as (...rest: unknown[]) => unknown).apply(this, args) as never;
  });
  const made: Statement[] = [];
  try {
    expect((await here.run(made, make)).status).toBeLessThan(300);
  } finally {
    spy.mockRestore();
  }
  return made;
}

interface Node {
  'Node Type': string;
  'Relation Name'?: string;
  'Actual Rows'?: number;
  'Actual Loops'?: number;
  'Rows Removed by Filter'?: number;
  Plans?: Node[];
}

/** How many rows of messages a statement reads, and how. */
async function readingOf({ text, values }: Statement): Promise<{ rows: number; scans: string[] }> {
  const { rows } = await server.database.pool.query<{ 'QUERY PLAN': [{ Plan: Node }] }>(
    `explain (analyze, format json) ${text}`,
    values,
  );
  const reading = { rows: 0, scans: [] as string[] };
  const visit = (node: Node) => {
    if (node['Relation Name'] === 'messages') {
      const each = (node['Actual Rows'] ?? 0) + (node['Rows Removed by Filter'] ?? 0);
      reading.rows += each * (node['Actual Loops'] ?? 0);
      reading.scans.push(node['Node Type']);
    }
    node.Plans?.forEach(visit);
  };
  visit(rows[0]!['QUERY PLAN'][0].Plan);
  return reading;
}

describe(`${MANY} messages between two`, () => {
  it.each([
    ['/messages?limit=100', 1_000],
    ['/messages?limit=100&unread_only=true', 300],
    ['/messages/sent?limit=100', 1_500],
    ['/messages/received?limit=100', 1_500],
    ['/messages?skip=5000&limit=10', 20_000],
    ['/messages/unread/count', 100],
    ['/auth/conversations', 1_500],
    ['/auth/conversations/label%20500/messages', 200],
    ['/auth/conversations/nowhere/messages', 10],
    ['/auth/conversations/PAIR/messages?limit=100', 800],
  ])('GET %s is one statement that reads at most %i rows of them', async (path, most) => {
    const made = await statementsOf(() => alice.call('GET', path.replace('PAIR', `conv_${alice.id}_${bob.id}`)));
    expect(made.length, made.map((statement) => statement.text).join('\n\n')).toBe(1);
    const { rows, scans } = await readingOf(made[0]!);
    expect(scans).not.toContain('Seq Scan');
    expect(rows, scans.join(', ')).toBeLessThanOrEqual(most);
  });

  it('answers what there is', async () => {
    const page = (await alice.call('GET', '/messages?limit=3')).body;
    expect(page.map((message: { content: string }) => message.content)).toEqual(['new 1', 'new 2', 'new 3']);
    const deep = (await alice.call('GET', '/messages?skip=3&limit=1')).body;
    expect(deep[0].content).toBe(`message ${MANY}`);
    expect((await alice.call('GET', '/messages/unread/count')).body).toEqual({ unread_count: 3 });
    const summaries = (await alice.call('GET', '/auth/conversations')).body;
    expect(summaries).toHaveLength(1 + 100 + 20);
    expect(summaries[0]).toMatchObject({ last_message: 'new 3', unread_count: 3 });
    expect(summaries[1]).toMatchObject({ conversation_id: 'label 0', last_message: `message ${MANY}` });
  });

  it('sends in two statements, and reads all in two', async () => {
    const body = { recipient_id: bob.id, content: 'once more' };
    const { length } = await statementsOf(() => alice.call('POST', '/messages', body));
    expect(length).toBe(2);
    expect(await statementsOf(() => alice.call('PUT', '/messages/read-all'))).toHaveLength(2);
    expect((await alice.call('GET', '/messages/unread/count')).body).toEqual({ unread_count: 0 });
  });

  it('marks thousands under one label as read, and leaves the others', async () => {
    await sql`update memberships set read_no = 0 where account_id = ${bob.id}`.execute(server.database.db);
    const unread = async () => (await bob.call('GET', '/messages/unread/count')).body.unread_count;
    const all = await unread();
    expect(all).toBeGreaterThan(MANY / 2 - 10);
    const conversation = `conv_${alice.id}_${bob.id}`;
    const started = performance.now();
    expect((await bob.call('PUT', `/auth/conversations/${conversation}/read`)).status).toBe(200);
    expect(performance.now() - started).toBeLessThan(10_000);
    expect(await unread()).toBe(MANY / 10);
    const rest = (await bob.call('GET', '/auth/conversations')).body as {
      conversation_id: string;
      unread_count: number;
    }[];
    expect(rest.find((one) => one.conversation_id === conversation)!.unread_count).toBe(0);
    expect(rest.find((one) => one.conversation_id === 'label 10')!.unread_count).toBe(MANY / 1000);
  });
});
