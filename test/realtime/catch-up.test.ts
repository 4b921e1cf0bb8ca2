// A connection that comes with a cursor: its pages, its patience, and how it goes live.

import { afterEach, describe, expect, test, vi } from 'vitest';
import { cursorOf, type Missed, type Seam } from '../../src/core/catch-up.ts';
import type { Event } from '../../src/core/events.ts';
import type { ConversationId, MessageId, SessionId } from '../../src/core/ids.ts';
import type { LogPosition } from '../../src/core/log.ts';
import type { CatchUp } from '../../src/realtime/catch-up.ts';
import { Beyond, readCursor } from '../../src/realtime/cursor.ts';
import { alice, change, people, room, serve, standing } from './support.ts';

type Served = Awaited<ReturnType<typeof serve>>;
let served: Served | null = null;
afterEach(async () => {
  await served?.stop();
  served = null;
});

const at = (xid: number): LogPosition => ({ epoch: 1, xid, id: 0 });
const first = cursorOf(at(0));

/** A log of so many changes of the room, a page of which is 100; the change numbered n stands at n. */
function logOf(count: number, made: (no: number) => Event = change) {
  const read = (after: LogPosition, limit: number) => {
    const events = [];
    for (let no = after.xid + 1; no <= Math.min(count, after.xid + limit); no += 1) events.push(made(no));
    return { trimmed: false as const, events, position: at(after.xid + events.length), more: events.length === limit };
  };
  return {
    pulse: { join: vi.fn(async () => {}), leave: vi.fn() },
    readHead: async () => at(count),
    readMissed: vi.fn(async (_account: number, after: LogPosition): Promise<Missed> => read(after, 100)),
    readSeam: vi.fn(async (_account: number, after: LogPosition): Promise<Seam> => {
      return { ...read(after, 5_000), standings: [standing(count)], beyond: [], covers: () => false };
    }),
  } satisfies CatchUp;
}

async function start(catchUp: CatchUp): Promise<Served> {
  served = await serve({ standings: [standing(0)], gateway: { catchUp } });
  return served;
}

/** Big enough that a few of them fill what may wait unsent. */
function big(no: number): Event {
  const conversationId = 100 as ConversationId;
  return {
    type: 'message.starred',
    conversationId,
    messageId: no as MessageId,
    starred: true,
    audience: { kind: 'accounts', accounts: [alice] },
    change: { conversationId, no },
  };
}

const upto = (count: number, from = 1) => Array.from({ length: count }, (_, index) => index + from);

describe('a cursor in a handshake', () => {
  test('over ws brings all that was missed, cursors behind each page, and then what happens', async () => {
    const log = logOf(250);
    const { ws, publish } = await start(log);
    const client = ws(`?token=alice&cursor=${first}`);
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(250)));
    await vi.waitFor(() => expect(log.readSeam).toHaveBeenCalled());
    publish(change(251));
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(251)));
    expect(client.heard[0]).toMatchObject({ type: 'hello' });
    const cursors = client.heard.filter(({ type }) => type === 'cursor').map(({ cursor }) => cursor);
    expect(cursors).toEqual([100, 200, 250].map((xid) => cursorOf(at(xid))));
    expect(client.heard.findIndex(({ type }) => type === 'cursor')).toBe(101);
    expect(log.pulse.leave).not.toHaveBeenCalled();
    client.ws.close();
    await vi.waitFor(() => expect(log.pulse.leave).toHaveBeenCalled());
  });

  test('over Socket.IO does the same, and what it says while it is told is heard', async () => {
    const log = logOf(250);
    const { io, publish, port } = await start(log);
    const client = io('alice:urge', ['websocket'], port, { cursor: first });
    client.socket.emit('wave');
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(250)));
    await vi.waitFor(() => expect(client.heard).toContainEqual({ name: 'echo', args: [expect.anything()] }));
    publish(change(251));
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(251)));
  });

  test('that says `latest` begins, and tells nothing of before', async () => {
    const { ws, publish } = await start(logOf(7));
    const client = ws('?token=alice&cursor=latest');
    await vi.waitFor(() => expect(client.heard.at(-1)).toEqual({ type: 'cursor', cursor: cursorOf(at(7)) }));
    publish(change(8));
    await vi.waitFor(() => expect(client.numbers()).toEqual([8]));
  });

  test('that is none is refused', async () => {
    const { ws, io, port } = await start(logOf(1));
    for (const cursor of ['x', '', `${first}.x`, '%00']) {
      expect((await ws(`?token=alice&cursor=${cursor}`).closed).code, cursor).toBe(1008);
    }
    for (const cursor of ['x', 7, {}, ['latest', 'x']]) {
      const refused = await io('alice:urge', ['websocket'], port, { cursor }).refused;
      expect(refused.data, JSON.stringify(cursor)).toEqual({ code: 'invalid', reason: 'bad_cursor' });
    }
  });

  test('that is older than the log is told so, and goes on from now', async () => {
    const log = logOf(5);
    log.readMissed.mockResolvedValueOnce({ trimmed: true, position: at(3) });
    const { ws, publish } = await start(log);
    const client = ws(`?token=alice&cursor=${first}`);
    await vi.waitFor(() => expect(client.numbers()).toEqual([4, 5]));
    expect(client.heard[1]).toEqual({ type: 'reset', cursor: cursorOf(at(3)) });
    await vi.waitFor(() => expect(log.readSeam).toHaveBeenCalled());
    publish(change(6));
    await vi.waitFor(() => expect(client.numbers()).toEqual([4, 5, 6]));
  });

  test('for which the log is held back, with more behind than fits, is to come back', async () => {
    const log = logOf(5);
    log.readSeam.mockResolvedValueOnce({
      trimmed: false,
      events: [change(6)],
      position: at(5),
      more: true,
      standings: [],
      beyond: [],
      covers: () => false,
    });
    const { ws } = await start(log);
    const client = ws(`?token=alice&cursor=${first}`);
    expect((await client.closed).code).toBe(1013);
    expect(client.numbers()).toEqual(upto(5));
  });
});

describe('what happens while the last page is read', () => {
  test('is kept, and told behind it as far as the page has not told it', async () => {
    const log = logOf(5);
    const seen = vi.fn(({ change: one }: Event) => (one?.no ?? 0) <= 5);
    log.readSeam.mockImplementationOnce(async () => {
      served!.publish(change(5), change(6), change(7));
      await new Promise((resolve) => setTimeout(resolve, 60));
      return {
        trimmed: false,
        events: [change(6)],
        position: at(5),
        more: false,
        standings: [standing(6)],
        beyond: [change(6)],
        covers: seen,
      };
    });
    const { ws, publish } = await start(log);
    const client = ws(`?token=alice&cursor=${first}`);
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(7)));
    // What the page told lies behind a cursor, though nothing may happen for long.
    const cursors = client.heard.filter(({ type }) => type === 'cursor');
    expect(readCursor(String(cursors.at(-1)!['cursor']))).toEqual({ position: at(5), beyond: new Beyond([[room, 6]]) });
    publish(change(6), change(8));
    await vi.waitFor(() => expect(client.numbers()).toEqual(upto(8)));
  });
});

describe('a client that does not read', () => {
  test.each(['ws', 'io'] as const)('over %s is waited for, page by page, and loses nothing', async (wire) => {
    const log = logOf(1_000, big);
    const { ws, io, port } = await start(log);
    const cursor = first;
    const client =
      wire === 'ws' ? ws(`?token=alice&cursor=${cursor}`) : io('alice:urge', ['websocket'], port, { cursor });
    const raw = wire === 'ws' ? client : null;
    const heard = () => client.heard.filter((one) => ('type' in one ? one.type : one.name) === 'big').length;
    await vi.waitFor(() => expect(heard()).toBeGreaterThan(0));
    if (raw && 'ws' in raw) raw.ws.pause();
    else if ('socket' in client) (client.socket.io.engine.transport as unknown as { ws: { pause(): void } }).ws.pause();
    let pages = -1;
    await vi.waitFor(
      () => {
        const now = log.readMissed.mock.calls.length;
        const isStill = now === pages;
        pages = now;
        expect(isStill).toBe(true);
      },
      { interval: 200, timeout: 5_000 },
    );
    expect(pages).toBeLessThan(10);
    if (raw && 'ws' in raw) raw.ws.resume();
    else if ('socket' in client)
      (client.socket.io.engine.transport as unknown as { ws: { resume(): void } }).ws.resume();
    await vi.waitFor(() => expect(heard()).toBe(1_000), 10_000);
  });

  test('but asks again and again is told all by polling too', async () => {
    const { io, port } = await start(logOf(200, big));
    const client = io('alice:urge', ['polling'], port, { cursor: first });
    await vi.waitFor(() => expect(client.heard.filter(({ name }) => name === 'big')).toHaveLength(200), 10_000);
  });

  test('when it is live is cut off, and comes back with its cursor for the rest', async () => {
    const log = logOf(300, big);
    log.readHead = async () => at(0);
    const { ws, publish } = await start(log);
    log.readMissed.mockResolvedValueOnce({ trimmed: false, events: [], position: at(0), more: false });
    log.readSeam.mockResolvedValueOnce({
      trimmed: false,
      events: [],
      position: at(0),
      more: false,
      standings: [standing(0)],
      beyond: [],
      covers: () => false,
    });
    const slow = ws('?token=alice&cursor=latest');
    await vi.waitFor(() => expect(slow.heard.at(-1)).toEqual({ type: 'cursor', cursor: first }));
    await vi.waitFor(() => expect(log.readSeam).toHaveBeenCalled());
    slow.ws.pause();
    publish(...upto(300).map(big));
    await vi.waitFor(() => expect(served!.gateway.stats().cutSlow).toBe(1));
    slow.ws.terminate();
    const back = ws(`?token=alice&cursor=${first}`);
    await vi.waitFor(() => expect(back.heard.filter(({ type }) => type === 'big')).toHaveLength(300), 10_000);
  });

  test('and whose session ends meanwhile is closed, and no more is read for it', async () => {
    const log = logOf(100_000);
    let go = () => {};
    log.readMissed.mockImplementationOnce(
      () => new Promise((resolve) => (go = () => resolve({ trimmed: false, events: [], position: at(0), more: true }))),
    );
    const { ws, hub } = await start(log);
    const client = ws(`?token=alice&cursor=${first}`);
    await vi.waitFor(() => expect(log.readMissed).toHaveBeenCalledOnce());
    hub.endSessions([people.alice as number as SessionId], 'signed out');
    expect((await client.closed).code).toBe(4001);
    go();
    await vi.waitFor(() => expect(log.pulse.leave).toHaveBeenCalled());
    expect(log.readMissed).toHaveBeenCalledOnce();
  });
});
