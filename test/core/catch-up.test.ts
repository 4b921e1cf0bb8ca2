// What an account missed: each change once, in order, to whom it belongs, and nothing to mallory.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { block, unblock } from '../../src/core/accounts/blocks.ts';
import { changeProfile } from '../../src/core/accounts/people.ts';
import { changePrivacy } from '../../src/core/accounts/privacy.ts';
import { answerCall, endCall, initiateCall } from '../../src/core/calls/calls.ts';
import { cursorOf, headOf, missedBy, positionOf, seam } from '../../src/core/catch-up.ts';
import type { Member } from '../../src/core/context.ts';
import { createChannel, joinChannel } from '../../src/core/conversations/channels.ts';
import { openDirect } from '../../src/core/conversations/create.ts';
import { answerEvent, planEvent } from '../../src/core/conversations/events.ts';
import { addMembers, changeGroup, deleteGroup, setRole } from '../../src/core/conversations/groups.ts';
import { leaveGroup } from '../../src/core/conversations/leave.ts';
import { removeMember } from '../../src/core/conversations/members.ts';
import { clearHistory, hideConversation, setPreference } from '../../src/core/conversations/preferences.ts';
import type { Event } from '../../src/core/events.ts';
import type { ConversationId } from '../../src/core/ids.ts';
import { createFence } from '../../src/core/location/fences.ts';
import { reportPosition } from '../../src/core/location/positions.ts';
import { openShare, stopShare } from '../../src/core/location/shares.ts';
import type { LogPosition } from '../../src/core/log.ts';
import { deleteMessage, editMessage, hideMessage } from '../../src/core/messages/change.ts';
import { toggleReaction } from '../../src/core/messages/reactions.ts';
import { markDelivered, markRead } from '../../src/core/messages/receipts.ts';
import { sendMessage } from '../../src/core/messages/send.ts';
import { starMessage, unstarMessage } from '../../src/core/messages/stars.ts';
import { changeScreen } from '../../src/core/notifications/settings.ts';
import { databaseKinds } from '../support/database.ts';
import { type Core, openCore, text, until } from './support.ts';

const everywhere = { latitude: 52.52, longitude: 13.4, accuracy: 5 };

describe.each(databaseKinds)('catching up, %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let carol: Member;
  let mallory: Member;
  beforeAll(async () => {
    core = await openCore(kind);
  });
  afterAll(() => core.close());
  beforeEach(async () => {
    [alice, bob] = [await core.person('alice'), await core.person('bob')];
    [carol, mallory] = [await core.person('carol'), await core.person('mallory')];
    core.published.length = 0;
  });

  const run: Core['messenger']['execute'] = (who, command, input) => core.messenger.execute(who, command, input);
  const say = (who: Member, room: ConversationId, what: string) => run(who, sendMessage, text(room, what));

  /** The head, once no transaction of another test on the same server is below what has been written. */
  async function settledHead(): Promise<LogPosition> {
    const { db } = core.database;
    const last = await db
      .selectFrom('changes')
      .select((eb) => eb.fn.max('xid').as('xid'))
      .executeTakeFirstOrThrow();
    let head = await headOf(db);
    await until('the log is settled', async () => (head = await headOf(db)).xid > (last.xid ?? 0), 30);
    return head;
  }

  /** All that somebody missed, in pages of so many rows. */
  async function missed(who: Member, since: LogPosition, limit = 500): Promise<Event[]> {
    await settledHead();
    const events: Event[] = [];
    for (let at = since; ;) {
      const page = await missedBy(core.database.db, who.accountId, at, limit);
      if (page.trimmed) throw new Error('trimmed');
      events.push(...page.events);
      at = page.position;
      if (!page.more) return events;
    }
  }
  const kinds = (events: readonly Event[]) => events.map((event) => event.type);
  /** Live events that one account was told by name. */
  const ownNews = (who: Member) =>
    core.published
      .flat()
      .filter(
        ({ audience, logged }) => logged && audience.kind === 'accounts' && audience.accounts[0] === who.accountId,
      );
  const bare = ({ origin: _origin, ...event }: Event) => event;

  it('tells what happened in a conversation, in its order, each once, however small the pages', async () => {
    const room = await core.group(alice, bob, carol);
    const start = await settledHead();
    const first = await say(alice, room, 'one');
    const second = await say(bob, room, 'two');
    await run(alice, editMessage, { messageId: first.id, content: 'one, better' });
    await run(carol, toggleReaction, { messageId: first.id, emoji: '👍' });
    await run(carol, markDelivered, { conversationId: room, messages: [first.id] });
    await run(carol, markRead, { conversationId: room, messages: 'all' });
    await run(bob, deleteMessage, { messageId: second.id });
    await run(alice, setRole, { conversationId: room, accountId: carol.accountId, role: 'MODERATOR' });
    const { id: eventId } = await run(alice, planEvent, {
      conversationId: room,
      plan: {
        title: 'lunch',
        description: null,
        location: null,
        startAt: Date.now() + 60_000,
        endAt: null,
        isOnline: false,
        meetingLink: null,
        maxAttendees: null,
      },
    });
    await run(bob, answerEvent, { conversationId: room, eventId, status: 'maybe' });

    const events = await missed(carol, start);
    expect(kinds(events)).toEqual([
      'message.sent',
      'message.edited',
      'reaction.added',
      'messages.delivered',
      'messages.read',
      'message.deleted',
      'members.role',
      'event.planned',
      'message.sent',
      'event.answered',
    ]);
    expect(events[0]).toMatchObject({ message: { id: first.id, content: 'one, better' } });
    expect(events.at(-1)).toMatchObject({ eventId, status: 'maybe', by: bob.accountId });
    expect(JSON.stringify(events)).not.toContain('two');
    const numbers = events.flatMap(({ change }) => change?.no ?? []);
    expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
    expect(await missed(carol, start, 1)).toEqual(events);
    expect(await missed(carol, start, 3)).toEqual(events);
    expect(await missed(mallory, start)).toEqual([]);
  });

  it('tells of one’s own affairs as live, to oneself alone', async () => {
    const room = await core.direct(alice, bob);
    const message = await say(bob, room, 'hello');
    const start = await settledHead();
    core.published.length = 0;
    await run(alice, starMessage, { messageId: message.id });
    await run(alice, setPreference, { conversationId: room, preference: 'muted', on: true });
    await run(alice, hideMessage, { messageId: message.id });
    await run(alice, clearHistory, { conversationId: room });
    await run(alice, changeProfile, { displayName: 'Alice the Second' });
    await run(alice, changePrivacy, { lastSeen: false });
    await run(alice, changeScreen, { screen: 'a screen', changes: { one: 1 } });
    await run(alice, createFence, {
      name: 'home',
      ...everywhere,
      radiusMeters: 100,
      notifyOnEntry: true,
      notifyOnExit: true,
      isActive: true,
    });
    await run(alice, reportPosition, everywhere);
    const { id } = await run(alice, openShare, {
      with: bob.accountId,
      precision: 'exact',
      expiresAt: null,
      durationMinutes: null,
      isLive: true,
      updateInterval: 30,
    });
    await run(alice, stopShare, { id });
    const call = await run(alice, initiateCall, { callees: [bob.accountId], kind: 'audio', isGroup: false });
    await run(bob, answerCall, { id: call.id });
    await run(alice, endCall, { id: call.id });
    await run(alice, block, { id: carol.accountId });

    const events = await missed(alice, start);
    const live = ownNews(alice);
    expect(kinds(events)).toEqual(kinds(live));
    expect(kinds(events)).toEqual([
      'message.starred',
      'conversation.preference',
      'message.hidden',
      'conversation.preference',
      'account.changed',
      'account.changed',
      'account.changed',
      'account.changed',
      'fence.crossed',
      'share.started',
      'share.stopped',
      'call.ringing',
      'call.answered',
      'call.ended',
      'block.changed',
    ]);
    expect(events.map(({ logged }) => logged)).toEqual(live.map(({ logged }) => logged));
    const asThen = (event: Event) => !event.type.startsWith('call.') && !event.type.startsWith('share.');
    expect(events.filter(asThen)).toEqual(live.filter(asThen).map(bare));
    expect(events.filter((event) => 'call' in event)).toMatchObject([
      { call: { status: 'ended' }, by: alice.accountId },
      { call: { status: 'ended' }, by: bob.accountId },
      { call: { status: 'ended' }, by: alice.accountId },
    ]);
    // Bob hears of the calls and the share, and of nothing else; carol does not learn of the block.
    expect(kinds(await missed(bob, start))).toEqual(kinds(ownNews(bob)));
    expect(kinds(await missed(bob, start))).toEqual([
      'share.started',
      'share.stopped',
      'call.ringing',
      'call.answered',
      'call.ended',
    ]);
    expect(await missed(carol, start)).toEqual([]);
    expect(await missed(mallory, start)).toEqual([]);
  });

  it('says of switches how they stand', async () => {
    const room = await core.direct(alice, bob);
    const message = await say(bob, room, 'hello');
    const start = await settledHead();
    await run(alice, starMessage, { messageId: message.id });
    await run(alice, unstarMessage, { messageId: message.id });
    await run(alice, block, { id: bob.accountId });
    await run(alice, unblock, { id: bob.accountId });
    await run(alice, hideConversation, { conversationId: room });
    await run(alice, openDirect, { with: bob.accountId });
    expect(await missed(alice, start)).toMatchObject([
      { type: 'message.starred', starred: false },
      { type: 'message.starred', starred: false },
      { type: 'block.changed', accountId: bob.accountId, on: false },
      { type: 'block.changed', on: false },
      { type: 'conversation.preference', preference: 'hidden', on: false },
      { type: 'conversation.preference', preference: 'hidden', on: false },
    ]);
  });

  it('tells who left that they left, who came back what came after, and who is out nothing', async () => {
    const room = await core.group(alice, bob);
    const start = await settledHead();
    await say(alice, room, 'before');
    await run(alice, removeMember, { conversationId: room, accountId: bob.accountId });
    await say(alice, room, 'behind his back');
    expect(await missed(bob, start)).toMatchObject([
      { type: 'members.left', accounts: [bob.accountId], by: alice.accountId, change: { conversationId: room } },
    ]);
    const left = await settledHead();
    await run(alice, addMembers, { conversationId: room, accounts: [bob.accountId] });
    await say(alice, room, 'welcome back');
    const back = await missed(bob, left);
    expect(kinds(back)).toEqual(['members.joined', 'message.sent', 'message.sent']);
    expect(JSON.stringify(back)).not.toContain('behind his back');
    expect(kinds(await missed(bob, start))).toEqual(['members.left', ...kinds(back)]);
    await run(alice, deleteGroup, { conversationId: room });
    expect(kinds(await missed(bob, start))).toEqual(['members.left', 'members.joined', 'conversation.deleted']);
    expect(kinds(await missed(alice, start)).at(-1)).toBe('conversation.deleted');
    expect(await missed(mallory, start)).toEqual([]);
  });

  it('tells each of a new conversation once, and everybody of a public channel', async () => {
    const start = await settledHead();
    const group = await core.group(alice, bob);
    const { conversationId } = await run(carol, createChannel, {
      name: `news ${Math.random()}`,
      description: null,
      isPublic: true,
    });
    const opened = (conversation: ConversationId) => ({ type: 'conversation.created', conversationId: conversation });
    expect(await missed(alice, start)).toMatchObject([opened(group), opened(conversationId)]);
    expect(await missed(bob, start)).toMatchObject([opened(group), opened(conversationId)]);
    expect(await missed(carol, start)).toMatchObject([opened(conversationId)]);
    expect(await missed(mallory, start)).toMatchObject([opened(conversationId)]);
    await run(mallory, joinChannel, { conversationId });
    expect(kinds(await missed(mallory, start))).toEqual(['conversation.created', 'members.joined']);
  });

  it('tells who is named in a public channel without being in it', async () => {
    const { conversationId } = await run(alice, createChannel, {
      name: `square ${Math.random()}`,
      description: null,
      isPublic: true,
    });
    const { username } = await core.database.db
      .selectFrom('accounts')
      .select('username')
      .where('id', '=', bob.accountId)
      .executeTakeFirstOrThrow();
    const start = await settledHead();
    const naming = { ...text(conversationId, `@${username}`), mentions: [username] };
    const { id } = await run(alice, sendMessage, naming);
    await run(alice, editMessage, { messageId: id, content: 'nobody', mentions: [] });
    await run(alice, editMessage, { messageId: id, content: `@${username}`, mentions: [username] });
    const told = await missed(bob, start);
    expect(told).toMatchObject([
      { type: 'message.mentioned', message: { id }, audience: { kind: 'accounts', accounts: [bob.accountId] } },
      { type: 'message.edited', message: { id } },
      { type: 'message.mentioned', message: { id }, isEdit: true },
    ]);
    // Said live, it is known by its row: he is not in the channel, so that its number tells nothing.
    const live = core
      .events('message.mentioned', 'message.edited')
      .filter(({ message, logged }) => message.id === id && logged);
    expect(live.map(({ logged }) => logged)).toEqual(told.map(({ logged }) => logged));
    await run(alice, changeGroup, { conversationId, settings: { isPublic: false } }).catch(() => {});
    await core.database.db
      .updateTable('conversations')
      .set({ is_public: false })
      .where('id', '=', conversationId)
      .execute();
    expect(await missed(bob, start)).toEqual([]);
    expect(await missed(mallory, start)).toEqual([]);
  });

  it('tells who is named in a private group and has left it nothing more of that', async () => {
    const room = await core.group(alice, bob);
    const { username } = await core.database.db
      .selectFrom('accounts')
      .select('username')
      .where('id', '=', bob.accountId)
      .executeTakeFirstOrThrow();
    const { id } = await run(alice, sendMessage, { ...text(room, `@${username}`), mentions: [username] });
    await run(bob, leaveGroup, { conversationId: room });
    const start = await settledHead();
    await run(alice, editMessage, { messageId: id, content: 'a secret', mentions: [username] });
    await run(alice, deleteMessage, { messageId: id });
    expect(await missed(bob, start)).toEqual([]);
    const [edited] = core.events('message.edited').filter(({ message }) => message.id === id);
    const [deleted] = core.events('message.deleted').filter(({ messageId }) => messageId === id);
    for (const event of [edited, deleted]) expect(event?.audience).not.toHaveProperty('also');
  });

  it('hides what has been cleared, and receipts of who shows none', async () => {
    const room = await core.group(alice, bob);
    const start = await settledHead();
    await say(alice, room, 'cleared by bob');
    await run(bob, clearHistory, { conversationId: room });
    await run(bob, changePrivacy, { readReceipts: false });
    await say(alice, room, 'read by bob');
    await run(bob, markRead, { conversationId: room, messages: 'all' });
    const bobs = await missed(bob, start);
    expect(JSON.stringify(bobs)).not.toContain('cleared by bob');
    expect(kinds(bobs).filter((type) => type === 'messages.read')).toHaveLength(1);
    expect(kinds(await missed(alice, start))).toEqual(['message.sent', 'message.sent']);
  });

  it('closes the seam: what is visible is told and covered, what comes after is neither', async () => {
    const room = await core.group(alice, bob);
    const start = await settledHead();
    await say(alice, room, 'one');
    await run(bob, setPreference, { conversationId: room, preference: 'muted', on: true });
    const told = core.published.flat();
    const closed = await seam(core.database.db, bob.accountId, start);
    if (closed.trimmed) throw new Error('trimmed');
    expect(kinds(closed.events)).toEqual(['message.sent', 'conversation.preference']);
    expect(closed.more).toBe(false);
    expect(closed.standings).toMatchObject([{ id: room, lastChangeNo: 2 }]);
    core.published.length = 0;
    await say(alice, room, 'two');
    await run(bob, setPreference, { conversationId: room, preference: 'muted', on: false });
    await run(alice, removeMember, { conversationId: room, accountId: bob.accountId });
    const concernsBob = (event: Event) =>
      !(event.audience.kind === 'accounts' && event.audience.accounts[0] !== bob.accountId);
    expect(told.filter(concernsBob).map((event) => closed.covers(event))).toEqual([true, true, true]);
    const later = core.published.flat().filter(concernsBob);
    expect(later.map((event) => closed.covers(event))).toEqual(later.map(() => false));
    // Whoever comes back with the seam's position hears what is beyond it again, and what came later.
    const again = await missed(bob, closed.position);
    expect(kinds(again).at(-1)).toBe('members.left');
  });

  it.runIf(kind === 'postgresql')(
    'tells above the horizon in the seam alone, and loses nothing to an older transaction',
    async () => {
      const room = await core.group(alice, bob);
      const start = await settledHead();
      await core.database.db.transaction().execute(async (older) => {
        await older.updateTable('accounts').set({ bio: 'older' }).where('id', '=', carol.accountId).execute();
        await say(alice, room, 'younger');
        const page = await missedBy(core.database.db, bob.accountId, start);
        expect(page).toMatchObject({ trimmed: false, events: [], more: false });
        const closed = await seam(core.database.db, bob.accountId, start);
        if (closed.trimmed) throw new Error('trimmed');
        expect(kinds(closed.events)).toEqual(['message.sent']);
        expect(closed.beyond).toEqual(closed.events);
        expect(kinds(await missedFrom(closed.position))).toEqual([]);
      });
      expect(kinds(await missed(bob, start))).toEqual(['message.sent']);
    },
  );

  async function missedFrom(position: LogPosition): Promise<Event[]> {
    const page = await missedBy(core.database.db, bob.accountId, position);
    return page.trimmed ? [] : page.events;
  }

  it('knows its cursors from anything else', async () => {
    const head = await headOf(core.database.db);
    expect(positionOf(cursorOf(head))).toEqual(head);
    expect(cursorOf(head)).toMatch(/^[\w-]+$/);
    for (const garbage of ['', 'latest', '\0', 'x'.repeat(5_000), cursorOf(head).slice(1), `${cursorOf(head)}=`]) {
      expect(() => positionOf(garbage)).toThrow(expect.objectContaining({ code: 'invalid', reason: 'bad_cursor' }));
    }
    const missing = { trimmed: true, position: { epoch: head.epoch } };
    const { db } = core.database;
    expect(await missedBy(db, alice.accountId, { ...head, epoch: head.epoch + 1 })).toMatchObject(missing);
    expect(await missedBy(db, alice.accountId, { ...head, xid: head.xid + 1_000_000 })).toMatchObject(missing);
    expect(await seam(db, alice.accountId, { ...head, epoch: head.epoch + 1 })).toMatchObject(missing);
  });
});
