// What a process listens to, where it does not hear all: of whom, from when, and what becomes of the rest.

import { describe, expect, test, vi } from 'vitest';
import type { Event } from '../../src/core/events.ts';
import type { AccountId, ConversationId } from '../../src/core/ids.ts';
import type { Interest } from '../../src/core/ports.ts';
import { createPulse } from '../../src/realtime/pulse.ts';
import { alice, bob, change, Ear, hubOf, mallory, room, silentLog, standing } from './support.ts';

const other = 200 as ConversationId;

/** A hub that hears what it is told, and who it follows. */
function stage(log: readonly Event[] = []) {
  const following = new Set<string>();
  const names = ({ conversations = [], accounts = [] }: Interest) => [
    ...conversations.map((id) => `c${id}`),
    ...accounts.map((id) => `a${id}`),
  ];
  let tell: (events: readonly Event[]) => void = () => {};
  const late = vi.fn();
  const around = hubOf({
    cluster: {
      listen: (listener) => void (tell = listener),
      follow: async (what) => names(what).forEach((name) => following.add(name)),
      unfollow: (what) => names(what).forEach((name) => following.delete(name)),
    },
    selective: true,
    late,
    readChanges: async (id, after, upto) =>
      log.filter(({ change: one }) => one && one.conversationId === id && one.no > after && one.no <= upto),
  });
  const enter = async (ear: Ear, lastNo: number, id = room) => {
    around.hub.register(ear);
    await around.hub.listen(ear, async () => [{ id }]);
    around.hub.attach(ear, [standing(lastNo, 1, id)]);
    return ear;
  };
  return { ...around, following, late, enter, tell: (...events: Event[]) => tell(events) };
}

function joined(no: number, accounts: AccountId[], membershipVersion = 2): Event {
  return {
    type: 'members.joined',
    conversationId: room,
    accounts,
    usernames: accounts.map(String),
    by: alice,
    audience: { kind: 'members', conversationId: room, membershipVersion, also: accounts },
    change: { conversationId: room, no },
  };
}

describe('what is followed', () => {
  test('is who is connected and where they are, as long as one of them is', async () => {
    const { hub, enter, following } = stage();
    const [hers, his] = [await enter(new Ear('alice'), 3), await enter(new Ear('bob'), 3)];
    const again = await enter(new Ear('bob'), 3, other);
    expect(following).toEqual(new Set([`a${alice}`, `a${bob}`, `c${room}`, `c${other}`]));
    hub.detach(hers);
    expect(following).toEqual(new Set([`a${bob}`, `c${room}`, `c${other}`]));
    hub.detach(his);
    expect(following).toEqual(new Set([`a${bob}`, `c${room}`, `c${other}`]));
    hub.detach(again);
    expect(following).toEqual(new Set());
  });

  test('is where somebody is let in, from then on, and what came in between is looked for', async () => {
    const { enter, following, late, tell } = stage();
    await enter(new Ear('bob'), 1, other);
    tell(joined(5, [mallory]));
    expect(following).not.toContain(`c${room}`);
    tell(joined(6, [bob]));
    expect(following).toContain(`c${room}`);
    await vi.waitFor(() => expect(late).toHaveBeenCalledTimes(1));
  });
});

describe('a conversation that nobody here is in', () => {
  test('has no holes to be filled', async () => {
    const { enter, tell, readChanges, hub } = stage();
    await enter(new Ear('bob'), 1, other);
    tell(change(1), change(4), change(9));
    await vi.waitFor(() => expect(hub.stats().events).toBe(3));
    expect(readChanges).not.toHaveBeenCalled();
  });

  test('begins anew with whoever comes, without a look at what went by', async () => {
    const { enter, tell, readChanges, hub } = stage();
    tell(change(1));
    const ear = await enter(new Ear('bob'), 500);
    tell(change(501));
    await vi.waitFor(() => expect(ear.heard).toEqual(['501']));
    expect(readChanges).not.toHaveBeenCalled();
    hub.detach(ear);
    const back = await enter(new Ear('bob'), 900);
    tell(joined(902, [alice], 1), change(901), change(903));
    await vi.waitFor(() => expect(back.heard).toEqual(['901', '903']));
    expect(readChanges).not.toHaveBeenCalled();
  });
});

test('while somebody comes in, holes are filled: nobody knows yet whom they concern', async () => {
  const { hub, tell, readChanges } = stage([change(4)]);
  const ear = new Ear('bob');
  hub.register(ear);
  tell(change(3), change(5));
  await vi.waitFor(() => expect(hub.stats().conversations).toBe(1));
  hub.attach(ear, [standing(2)]);
  await vi.waitFor(() => expect(ear.heard).toEqual(['3', '4', '5']));
  expect(readChanges).toHaveBeenCalledTimes(1);
});

test('in a hurry the pulse does not wait', async () => {
  const { hub } = stage();
  const position = { epoch: 1, xid: 1, id: 0 };
  const readBeats = vi.fn(async () => ({ beats: [], position, more: false }));
  const pulse = createPulse({
    hub,
    readHead: async () => position,
    readBeats,
    readConcerning: async () => [],
    always: false,
    log: silentLog(),
    interval: 60_000,
  });
  await pulse.join({});
  pulse.hurry();
  await vi.waitFor(() => expect(readBeats).toHaveBeenCalledTimes(1));
  pulse.hurry();
  await vi.waitFor(() => expect(readBeats).toHaveBeenCalledTimes(2));
  pulse.close();
});
