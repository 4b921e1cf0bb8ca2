// The pulse: what nobody told this process is noticed in the log, told once, and only then is behind a cursor.

import { describe, expect, test, vi } from 'vitest';
import type { Beat } from '../../src/core/catch-up.ts';
import type { Event } from '../../src/core/events.ts';
import type { AccountId, ConversationId } from '../../src/core/ids.ts';
import type { LogPosition } from '../../src/core/log.ts';
import { Beyond, readCursor, writeCursor, type Cursor } from '../../src/realtime/cursor.ts';
import type { HubOptions } from '../../src/realtime/hub.ts';
import { createPulse } from '../../src/realtime/pulse.ts';
import { alice, bob, change, Ear, hubOf, mallory, numberEncoders, room, standing } from './support.ts';

const other = 200 as ConversationId;
const at = (xid: number, id = 0): LogPosition => ({ epoch: 1, xid, id });

class SyncingEar extends Ear {
  readonly syncing = true;
  readonly cursors: Cursor[] = [];
}

/** A log in memory, whose rows are numbered by `xid`; what lies at or above the horizon is not read. */
function logOf() {
  const beats: Beat[] = [];
  let horizon = 1;
  const events = new Map<string, Event>();
  return {
    /** A change of a conversation, which nobody is told. */
    add(event: Event, xid: number) {
      beats.push({
        xid,
        id: xid,
        conversationId: event.change!.conversationId,
        no: event.change!.no,
        accountId: null,
        pointer: false,
      });
      events.set(`${event.change!.conversationId} ${event.change!.no}`, event);
    },
    addOwn(event: Event, accountId: AccountId, xid: number) {
      beats.push({ xid, id: xid, conversationId: null, no: null, accountId, pointer: false });
      events.set(`own ${xid}`, {
        ...event,
        audience: { kind: 'accounts', accounts: [accountId] },
        logged: { xid, id: xid },
      });
    },
    settle: (upto: number) => void (horizon = upto),
    readHead: async () => at(horizon),
    readBeats: vi.fn(async (after: LogPosition, limit: number) => {
      const found = beats
        .filter(({ xid, id }) => (xid > after.xid || (xid === after.xid && id > after.id)) && xid < horizon)
        .slice(0, limit);
      const last = found.at(-1);
      const more = found.length === limit;
      return { beats: found, position: more && last ? at(last.xid, last.id) : at(horizon), more };
    }),
    readChanges: async (id: ConversationId, after: number, upto: number) =>
      [...events.values()].filter(
        ({ change: one }) => one && one.conversationId === id && one.no > after && one.no <= upto,
      ),
    readOwn: async (rows: readonly { xid: number }[]) => rows.flatMap(({ xid }) => events.get(`own ${xid}`) ?? []),
  };
}

async function stage(options: Partial<HubOptions> & { rows?: number; steps?: number; always?: boolean } = {}) {
  const log = logOf();
  const readConcerning = vi.fn(async (conversations: readonly ConversationId[]) =>
    conversations.filter((id) => id === room),
  );
  const around = hubOf({
    readChanges: log.readChanges,
    readOwn: log.readOwn,
    synced: { pythia: numberEncoders() },
    ...options,
  });
  const { rows = 100, steps = 5, always = false } = options;
  const pulse = createPulse({
    hub: around.hub,
    readHead: log.readHead,
    readBeats: log.readBeats,
    readConcerning,
    always,
    log: around.log,
    interval: 5,
    rows,
    steps,
  });
  /** Comes in with a cursor, all told. */
  const follow = async (ear: SyncingEar, lastNo: number, xid = 1) => {
    around.hub.register(ear);
    await pulse.join(ear);
    around.hub.hold(ear);
    around.hub.attach(ear, [standing(lastNo)], {
      cursor: {
        position: at(xid),
        beyond: new Beyond(),
        advanced: (cursor) => void ear.cursors.push(readCursor(writeCursor(cursor))),
      },
      covers: () => false,
    });
  };
  return { ...around, pulseLog: log, pulse, follow, readConcerning };
}

describe('a lost change', () => {
  test('is read from the log though no later one tells of it, by who goes by cursors and who does not', async () => {
    const { pulseLog, follow, join, pulse } = await stage();
    const ear = new SyncingEar('alice');
    const plain = join(new Ear('bob'), [standing(3)]);
    await follow(ear, 3);
    pulseLog.add(change(4), 5);
    pulseLog.add(change(5), 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(7)));
    expect(ear.heard).toEqual(['4', '5']);
    expect(plain.heard).toEqual(['4', '5']);
    pulse.close();
  });

  test('is not read while a transaction may still write before it, and no cursor passes it', async () => {
    const { pulseLog, follow, pulse } = await stage();
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    pulseLog.add(change(4), 5);
    pulseLog.settle(5);
    const looks = pulseLog.readBeats.mock.calls.length;
    await vi.waitFor(() => expect(pulseLog.readBeats.mock.calls.length).toBeGreaterThan(looks + 3));
    expect([ear.heard, ear.cursors]).toEqual([[], []]);
    pulse.close();
  });

  test('that comes after all is not heard again', async () => {
    const { pulseLog, follow, publish, pulse } = await stage();
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    pulseLog.add(change(4), 5);
    pulseLog.settle(6);
    await vi.waitFor(() => expect(ear.heard).toEqual(['4']));
    publish(change(4), change(5));
    expect(ear.heard).toEqual(['4', '5']);
    pulse.close();
  });

  test('at the beginning is told before what came by itself after it', async () => {
    const { pulseLog, publish, hub, pulse } = await stage({ lossy: () => true });
    const ear = new SyncingEar('alice');
    hub.register(ear);
    await pulse.join(ear);
    hub.hold(ear);
    const cursor = { position: at(1), beyond: new Beyond(), advanced: () => true };
    hub.attach(ear, [], { cursor, covers: () => false });
    // The first was lost, the second was not.
    pulseLog.add(change(1), 5);
    publish(change(2));
    pulseLog.add(change(2), 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.heard).toEqual(['1', '2']));
    publish(change(1), change(2), change(3));
    expect(ear.heard).toEqual(['1', '2', '3']);
    pulse.close();
  });

  test('that came so late that the log had gone on holds nothing up, and was told before', async () => {
    const { pulseLog, publish, hub, pulse } = await stage({ lossy: () => true });
    const ear = new SyncingEar('alice');
    hub.register(ear);
    await pulse.join(ear);
    hub.hold(ear);
    const cursors: Cursor[] = [];
    const advanced = (cursor: Cursor) => cursors.push(cursor) > 0;
    hub.attach(ear, [], { cursor: { position: at(1), beyond: new Beyond(), advanced }, covers: () => false });
    publish(change(12));
    pulseLog.add(change(15), 5);
    pulseLog.add(change(16), 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(cursors.at(-1)?.position).toEqual(at(7)));
    expect(ear.heard).toEqual(['15', '16']);
    pulse.close();
  });

  test('below where a later comer began is told to who was there before, and to nobody twice', async () => {
    const { pulseLog, publish, hub, follow, pulse } = await stage({ lossy: () => true });
    const early = new SyncingEar('alice');
    hub.register(early);
    await pulse.join(early);
    hub.hold(early);
    const cursor = { position: at(1), beyond: new Beyond(), advanced: () => true };
    hub.attach(early, [], { cursor, covers: () => false });
    for (const no of [3, 4, 5]) pulseLog.add(change(no), 2 + no);
    const later = new SyncingEar('bob');
    await follow(later, 5);
    publish(change(4), change(6));
    pulseLog.add(change(6), 8);
    pulseLog.settle(9);
    await vi.waitFor(() => expect(early.heard).toEqual(['3', '4', '5', '6']));
    expect(later.heard).toEqual(['6']);
    publish(change(7));
    expect([early.heard.at(-1), later.heard]).toEqual(['7', ['6', '7']]);
    pulse.close();
  });

  test('of a conversation that nobody here is in costs no look at its members', async () => {
    const { pulseLog, follow, readAudience, readConcerning, pulse } = await stage();
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    pulseLog.add(change(8, { in: other }), 5);
    pulseLog.add(change(4), 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.heard).toEqual(['4']));
    expect(readConcerning).toHaveBeenCalledExactlyOnceWith([other], [alice]);
    expect(readAudience.mock.calls).toEqual([[room]]);
    pulse.close();
  });

  test('holds the cursor back until the log can be read, and the line is told to come back if it cannot', async () => {
    const { pulseLog, follow, hub, pulse } = await stage({
      readChanges: async () => {
        throw new Error('database away');
      },
    });
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    pulseLog.add(change(4), 5);
    pulseLog.settle(6);
    await vi.waitFor(() => expect(ear.closed).toEqual({ code: 1013, reason: 'too far behind' }));
    hub.detach(ear);
    expect(ear.cursors).toEqual([]);
    pulse.close();
  });

  test('in a conversation that was forgotten meanwhile is told from the right place, and once', async () => {
    const { pulseLog, follow, publish, pulse } = await stage({ lines: 1 });
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    publish(change(4));
    publish(change(1, { in: other }));
    await vi.waitFor(() => expect(ear.heard).toHaveLength(2));
    pulseLog.add(change(4), 5);
    pulseLog.add(change(5), 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.heard).toEqual(['4', '1', '5']));
    pulse.close();
  });
});

describe('a row of an own stream', () => {
  const own: Event = {
    type: 'message.hidden',
    conversationId: room,
    messageId: 7 as never,
    audience: { kind: 'accounts', accounts: [alice] },
  };
  const said = { pythia: { 'message.hidden': { frames: () => ['own'] } } } as const;

  test('that was lost is made again, for that account alone', async () => {
    const { pulseLog, follow, join, pulse } = await stage({ dialects: said, synced: said });
    const ear = new SyncingEar('alice');
    const stranger = join(new Ear('mallory'));
    await follow(ear, 3);
    pulseLog.addOwn(own, alice, 5);
    pulseLog.addOwn(own, bob, 6);
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(7)));
    expect([ear.heard, stranger.heard]).toEqual([['own'], []]);
    pulse.close();
  });

  test('that was heard is not made again, nor heard when it comes late', async () => {
    const { pulseLog, follow, publish, pulse } = await stage({ dialects: said, synced: said });
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    const event = { ...own, logged: { xid: 5, id: 5 } };
    publish(event);
    await vi.waitFor(() => expect(ear.heard).toEqual(['own']));
    pulseLog.addOwn(own, alice, 5);
    pulseLog.settle(6);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(6)));
    publish(event);
    expect(ear.heard).toEqual(['own']);
    pulse.close();
  });
});

describe('a cursor', () => {
  test('goes on with the log in steps, and who is too far behind is to come back', async () => {
    const { pulseLog, follow, pulse } = await stage({ rows: 2, steps: 3 });
    const ear = new SyncingEar('alice');
    await follow(ear, 0);
    for (let no = 1; no <= 5; no += 1) pulseLog.add(change(no), no + 1);
    pulseLog.settle(10);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(10)));
    expect(ear.heard).toEqual(['1', '2', '3', '4', '5']);
    for (let no = 6; no <= 16; no += 1) pulseLog.add(change(no), no + 10);
    pulseLog.settle(30);
    await vi.waitFor(() => expect(ear.closed).toEqual({ code: 1013, reason: 'too far behind' }));
    pulse.close();
  });

  test('is given to nobody who did not ask, and then the log is not looked at', async () => {
    const { pulseLog, join, publish, pulse } = await stage();
    const plain = join(new Ear('alice'), [standing(0)]);
    publish(change(1));
    await vi.waitFor(() => expect(plain.heard).toEqual(['1']));
    expect(pulseLog.readBeats).not.toHaveBeenCalled();
    pulse.close();
  });

  test('names what its connection heard while a transaction may still write before', async () => {
    const { pulseLog, follow, publish, pulse } = await stage();
    const ear = new SyncingEar('alice');
    await follow(ear, 3);
    pulseLog.add(change(4), 8);
    publish(change(4));
    await vi.waitFor(() => expect(ear.heard).toEqual(['4']));
    pulseLog.settle(7);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(7)));
    expect(ear.cursors.at(-1)?.beyond.has(change(4))).toBe(true);
    publish(change(5));
    pulseLog.add(change(5), 9);
    pulseLog.settle(9);
    await vi.waitFor(() => expect(ear.cursors.at(-1)?.position).toEqual(at(9)));
    const { beyond } = ear.cursors.at(-1)!;
    expect([beyond.has(change(5)), beyond.size]).toEqual([true, 1]);
    pulseLog.settle(10);
    publish(change(6));
    pulseLog.add(change(6), 10);
    pulseLog.settle(11);
    await vi.waitFor(() => expect(ear.cursors.at(-1)).toMatchObject({ position: at(11), beyond: { size: 0 } }));
    pulse.close();
  });

  test('names what was told beyond its place, until the log has come so far', () => {
    const beyond = new Beyond();
    beyond.add(change(7));
    beyond.add({ logged: { xid: 9, id: 33 } });
    const text = writeCursor({ position: at(8), beyond });
    const { position, beyond: read } = readCursor(text);
    expect(position).toEqual(at(8));
    expect([read.has(change(7)), read.has(change(8)), read.has(change(1, { in: other }))]).toEqual([
      true,
      false,
      false,
    ]);
    expect([read.has({ logged: { xid: 9, id: 33 } }), read.has({ logged: { xid: 9, id: 34 } })]).toEqual([true, false]);
    read.pass({ conversations: [{ id: room, from: 6, upto: 7 }], own: [{ accountId: mallory, xid: 9, id: 33 }] });
    expect(read.size).toBe(0);
    for (let no = 0; no < 300; no += 1) beyond.add({ logged: { xid: 9, id: no } });
    expect(beyond.size).toBe(200);
    expect(readCursor(writeCursor({ position: at(8), beyond })).beyond.has({ logged: { xid: 9, id: 299 } })).toBe(true);
  });
});
