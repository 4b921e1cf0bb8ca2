// What a message costs in a channel of fifty and in one of five thousand: the same statement, the same rows.

import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { history, makeChannel, register, say, type Pythian } from './people.ts';

let server: TestServer;
let alice: Pythian;

beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
});
afterAll(() => server.close());

async function query<R extends object>(text: string, values: unknown[] = []): Promise<R[]> {
  return (await server.database.pool.query<R>(text, values)).rows;
}

/** A channel of alice's with others in it who have never been here. */
async function crowded(name: string, members: number): Promise<string> {
  const uuid = await makeChannel(alice, name);
  const id = server.ids.fromUuid('conversation', uuid);
  await query(
    `with people as (insert into accounts (username, created_in)
        select $1 || n, 'pythia' from generate_series(2, $2::int) n returning id),
      members as (insert into memberships (conversation_id, account_id) select $3, id from people)
      update conversations set membership_version = membership_version + 1 where id = $3`,
    [`${name}_`, members, id],
  );
  return uuid;
}

/** Rows of every table. */
async function rows(): Promise<Record<string, number>> {
  const tables = ['messages', 'changes', 'memberships', 'mentions', 'message_reads', 'message_hides', 'conversations'];
  const [counted] = await query<Record<string, number>>(
    `select ${tables.map((table) => `(select count(*) from ${table}) as ${table}`).join(', ')}`,
  );
  return counted!;
}

describe.each([50, 5_000])('in a channel of %d', (members) => {
  it('a message is one statement, one message and one line in the log', async () => {
    const channel = await crowded(`crowd${members}`, members);
    await say(alice, channel, 'warm');
    const before = await rows();
    const spy = vi.spyOn(pg.Client.prototype, 'query');
    await say(alice, channel, 'one');
    const statements = spy.mock.calls.filter(([statement]) => /into messages/.test(textOf(statement)));
    spy.mockRestore();
    expect(statements).toHaveLength(1);
    expect(await rows()).toEqual({ ...before, messages: before.messages! + 1, changes: before.changes! + 1 });
  });
});

describe('a long history', () => {
  it('is paged exactly, wherever and however much of it is deleted', async () => {
    const channel = await makeChannel(alice, 'archive');
    const id = server.ids.fromUuid('conversation', channel);
    const count = 2_000;
    await query(
      `with stored as (insert into messages (conversation_id, message_no, sender_id, content, sent_in)
          select $1, n, $2, n::text, 'pythia' from generate_series(1, $3::int) n)
        update conversations set last_message_no = $3 where id = $1`,
      [id, server.ids.fromUuid('account', alice.id), count],
    );
    await query(
      `update messages set deleted_at = now() where conversation_id = $1 and (message_no % 7 = 0 or message_no > 1900)`,
      [id],
    );
    const visible = Array.from({ length: 1900 }, (_, index) => String(index + 1)).filter((text) => Number(text) % 7);
    for (const offset of [0, 1, 50, 777, 1500, visible.length - 10, visible.length, 10_000]) {
      const page = await history(alice, channel, `?limit=50&offset=${offset}`);
      const end = Math.max(0, visible.length - offset);
      expect(page.map((one: { content: string }) => one.content)).toEqual(visible.slice(Math.max(0, end - 50), end));
    }
  });
});

function textOf(statement: unknown): string {
  return typeof statement === 'string' ? statement : ((statement as { text?: string }).text ?? '');
}
