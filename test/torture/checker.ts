// Holds what a client was told against the log: nothing missing, nothing twice, each conversation in its order, and every
// text as it is now.
//
// The client's notes of a conversation must be the log's rows of it, one by one, from its latest coming in on. Some rows
// it may have heard or not, and both are right: of messages that are gone since, and of a membership that is over. All
// else it must have heard, exactly once, and nothing of what happened while it was out.

import type { Listener } from './listener.ts';
import type { Note } from './notes.ts';
import type { Truth, Row } from './truth.ts';
import type { Wire } from './wires.ts';

export interface Fault {
  who: string;
  /** `foreign`: not theirs to hear. */
  what: 'missing' | 'double' | 'foreign' | 'order' | 'stale' | 'reset';
  where: string;
  detail: string;
}

export interface Verdict {
  faults: Fault[];
  /** Notes held against the log. */
  notes: number;
}

export type Heard = Pick<Listener, 'name' | 'wire' | 'account' | 'start' | 'journal' | 'resets'>;

/** A note that is to come, or may. */
interface Due {
  label: string;
  isSure: boolean;
}

/** Milliseconds: what was done so shortly before somebody came in may reach them too, if who is in was read after that. */
const onTheWay = 10_000;

export function check(truth: Truth, listeners: readonly Heard[]): Verdict {
  const faults = listeners.flatMap((listener) => faultsOf(truth, listener));
  return { faults, notes: listeners.reduce((sum, { journal }) => sum + journal.length, 0) };
}

function faultsOf(truth: Truth, listener: Heard): Fault[] {
  const { name: who, start, journal, resets } = listener;
  if (!start) return [{ who, what: 'missing', where: 'all', detail: 'never got a cursor' }];
  const faults: Fault[] = [];
  if (resets > 0) faults.push({ who, what: 'reset', where: 'all', detail: `told ${resets} times to begin anew` });

  const heard = new Map<number | null, string[]>();
  for (const note of journal) {
    const conversation = conversationOf(truth, note);
    const list = heard.get(conversation) ?? [];
    list.push(labelOf(truth, note));
    heard.set(conversation, list);
  }
  for (const id of new Set([...truth.byConversation.keys(), ...[...heard.keys()].filter((key) => key !== null)])) {
    const due = dueOf(truth, listener, id);
    faults.push(...compare(due, heard.get(id) ?? []).map((fault) => ({ who, where: `conversation ${id}`, ...fault })));
  }
  const apart = apartDueOf(truth, listener);
  faults.push(...counted(apart, heard.get(null) ?? []).map((fault) => ({ who, where: 'no conversation', ...fault })));
  faults.push(...stale(truth, listener));
  return faults;
}

// What is told of an account itself, or is a switch of one person's, stands between no conversation's changes.
const ofOneself = new Set([
  'message.hidden',
  'message.starred',
  'conversation.preference',
  'account.changed',
  'block.changed',
]);

/** What stands in no conversation's order: of oneself, and that a public channel opened. */
function isApart(truth: Truth, { kind, conversation }: Pick<Note, 'kind' | 'conversation'>): boolean {
  if (kind !== 'conversation.created') return ofOneself.has(kind);
  return typeof conversation === 'number' && truth.ofAll.some((row) => row.conversation === conversation);
}

function conversationOf(truth: Truth, note: Note): number | null {
  const { conversation, message } = note;
  if (isApart(truth, note)) return null;
  if (typeof conversation === 'number') return conversation;
  const found = conversation === undefined ? truth.messages.get(message!)?.conversation : truth.directly(conversation);
  return found ?? NaN;
}

function labelOf(truth: Truth, note: Note): string {
  const { kind, conversation, message, account, part } = note;
  const room = typeof conversation === 'string' ? truth.directly(conversation) : conversation;
  return labelFrom(kind, { ...(isApart(truth, note) && { room }), message, account, part });
}

interface About {
  room?: number | null | undefined;
  message?: number | null | undefined;
  account?: number | null | undefined;
  part?: string | null | undefined;
}

function labelFrom(kind: string, { room, message, account, part }: About): string {
  const said = [room && `in ${room}`, message && `message ${message}`, account && `person ${account}`, part];
  return [kind, ...said.filter(Boolean)].join(' ');
}

/** What somebody was to be told of a conversation since they began, in order. */
function dueOf(truth: Truth, { wire, account, start }: Heard, conversation: number): Due[] {
  const room = truth.room(conversation);
  if (!room || (wire === 'ai-messaging' && room.kind !== 'direct')) return [];
  const seat = truth.seat(conversation, account);
  const isIn = seat?.isIn === true && !room.isDeleted;
  const own = truth.byAccount.get(account) ?? [];
  const atFirst = own.find((row) => row.kind === 'conversation.created' && row.conversation === conversation);
  const opening = truth.ofAll.find((row) => row.conversation === conversation);
  const rows = truth.byConversation.get(conversation) ?? [];
  const due: Due[] = [];
  let wasIn = opening?.subjects[0] === account;
  const comings = rows.filter(({ kind, subjects }) => kind === 'members.joined' && subjects.indexOf(account, 1) > 0);
  for (const row of rows) {
    const { kind, subjects } = row;
    const concerns = subjects.indexOf(account, 1) > 0;
    const isMine =
      concerns && (kind === 'members.joined' || kind === 'members.left' || kind === 'conversation.deleted');
    if (kind === 'conversation.created') wasIn = atFirst !== undefined;
    if (kind === 'members.joined' && concerns) wasIn = true;
    // Whom a message of a public channel names hears what becomes of it.
    const isNamed = concerns && (kind === 'message.edited' || kind === 'message.deleted');
    const isAboutToBe = comings.some(({ no, at }) => no! > row.no! && at - row.at < onTheWay);
    if ((wasIn || isAboutToBe || isMine || isNamed) && isLater(row, start!)) {
      const isSure =
        isMine ||
        (kind === 'conversation.created'
          ? wasIn && isIn && seat.joinedNo <= row.no!
          : isSaid(truth, row, account) && (isNamed ? !room.isDeleted : wasIn && isIn && row.no! > seat.joinedNo));
      due.push(...labelsOf(truth, wire, row, account).map((label) => ({ label, isSure })));
    }
    if ((kind === 'members.left' && concerns) || kind === 'conversation.deleted') wasIn = false;
  }
  return due;
}

/** False for what was said in or of a message that is gone, at least for this person: it is told to whoever was quick. */
function isSaid(truth: Truth, { kind, message: id }: Row, account: number): boolean {
  const isReaction = kind.startsWith('reaction.');
  if (!isReaction && !/^message\.(sent|edited|mentioned)$/.test(kind)) return true;
  const message = truth.messages.get(id!);
  if (!message || message.isDeleted) return false;
  if (isReaction) return true;
  if (truth.isHidden(message, account)) return false;
  return message.no > (truth.seat(message.conversation, account)?.clearedNo ?? 0);
}

/** A conversation's row as this wire tells it to this person: none, one or several notes. */
function labelsOf(truth: Truth, wire: Wire, row: Row, viewer: number): string[] {
  const { kind, message, subjects } = row;
  const receipts = row.receipts.toSorted((a, b) => (truth.messages.get(a)?.no ?? 0) - (truth.messages.get(b)?.no ?? 0));
  const [by, ...concerned] = subjects;
  if (wire === 'ai-messaging') {
    // Each time a message as it is now, or that it is gone.
    if (kind === 'messages.read') return receipts.map((id) => labelFrom('message', { message: id }));
    if (/^message\.(sent|edited|deleted)$/.test(kind)) return [labelFrom('message', { message })];
    return kind === 'conversation.created' ? [kind] : [];
  }
  switch (kind) {
    case 'message.mentioned':
      return wire === 'pythia' && concerned.includes(viewer) ? [labelFrom(kind, { message })] : [];
    case 'messages.read':
      return wire === 'pythia' ? [] : receipts.map((id) => labelFrom(kind, { message: id, account: by }));
    case 'messages.delivered':
      if (wire === 'pythia') return [];
      return receipts.map((id) => labelFrom(kind, { message: id, account: wire === 'urge' ? by : undefined }));
    case 'members.joined':
    case 'members.left':
    case 'members.role':
      return concerned.map((account) => labelFrom(kind, { account }));
    case 'conversation.deleted':
      return [kind];
    default:
      return [labelFrom(kind, { message })];
  }
}

/** What somebody was to be told since they began that stands in no conversation's order. */
function apartDueOf(truth: Truth, listener: Heard): Due[] {
  const openings = truth.ofAll.filter((row) => listener.wire !== 'ai-messaging' && isLater(row, listener.start!));
  const ofAll = openings.map(({ kind, conversation }): Due => {
    return { label: labelFrom(kind, { room: conversation }), isSure: !truth.room(conversation!)?.isDeleted };
  });
  return [...ownDueOf(truth, listener), ...ofAll];
}

/** Of their own affairs. */
function ownDueOf(truth: Truth, { wire, account, start }: Heard): Due[] {
  const rows = (truth.byAccount.get(account) ?? []).filter((row) => row.pointsAt === null && isLater(row, start!));
  return rows.flatMap(({ kind, conversation, message, subjects, part }): Due[] => {
    const about = kind === 'block.changed' ? { account: subjects[1] } : { room: conversation };
    const whole = { ...about, message, part };
    switch (wire) {
      case 'pythia':
        return kind === 'message.starred' ? [] : [{ label: labelFrom(kind, whole), isSure: true }];
      case 'ai-messaging': {
        const isShown =
          kind === 'account.changed' || (kind === 'conversation.preference' && isDirect(truth, conversation));
        const said = kind === 'account.changed' ? whole : { room: conversation, part };
        return isShown ? [{ label: labelFrom(kind, said), isSure: true }] : [];
      }
      default:
        return [{ label: labelFrom(kind, whole), isSure: true }];
    }
  });
}

function isDirect(truth: Truth, conversation: number | null): boolean {
  return conversation !== null && truth.room(conversation)?.kind === 'direct';
}

function isLater(row: Row, { epoch, xid, id }: NonNullable<Heard['start']>): boolean {
  return (row.epoch - epoch || row.xid - xid || row.id - id) > 0;
}

type Difference = Pick<Fault, 'what' | 'detail'>;

/**
 * Whether what was heard is what was due, in order, less some of what was not sure. Of equal labels an unsure one may
 * have been meant or the sure one after it: both ways are followed.
 */
function compare(due: readonly Due[], heard: readonly string[]): Difference[] {
  const nextSure: number[] = [];
  for (let at = due.length; at >= 0; at -= 1)
    nextSure[at] = at === due.length || due[at]!.isSure ? at : nextSure[at + 1]!;
  let places = new Set([0]);
  for (const [index, label] of heard.entries()) {
    const further = new Set<number>();
    for (const place of places) {
      const sure = nextSure[place]!;
      for (let at = place; at < sure; at += 1) {
        if (due[at]!.label !== label) continue;
        further.add(at + 1);
        break;
      }
      if (due[sure]?.label === label) further.add(sure + 1);
    }
    if (further.size === 0) return difference(due, heard, index, nextSure[Math.max(...places)]!);
    places = further;
  }
  const isWhole = [...places].some((place) => nextSure[place] === due.length);
  return isWhole ? [] : difference(due, heard, heard.length, nextSure[Math.max(...places)]!);
}

/** Says which it is: what is missing and what came twice is counted; if nothing is, it came in another order. */
function difference(due: readonly Due[], heard: readonly string[], index: number, place: number): Difference[] {
  const wrong = counted(due, heard);
  if (wrong.length > 0) return wrong;
  const detail = `note ${index + 1} is "${heard[index] ?? 'none'}", due was "${due[place]?.label ?? 'none'}"`;
  return [{ what: 'order', detail }];
}

/** The same without regard to order. */
function counted(due: readonly Due[], heard: readonly string[]): Difference[] {
  const counts = new Map<string, { sure: number; most: number; heard: number }>();
  const of = (label: string) => {
    const count = counts.get(label) ?? { sure: 0, most: 0, heard: 0 };
    counts.set(label, count);
    return count;
  };
  for (const { label, isSure } of due) {
    of(label).most += 1;
    if (isSure) of(label).sure += 1;
  }
  for (const label of heard) of(label).heard += 1;
  return [...counts].flatMap(([label, count]): Difference[] => {
    const detail = `"${label}" heard ${count.heard} times, due ${count.sure} to ${count.most}`;
    if (count.heard < count.sure) return [{ what: 'missing', detail }];
    if (count.heard <= count.most) return [];
    return [{ what: count.most === 0 ? 'foreign' : 'double', detail }];
  });
}

/** Messages of which the latest that was told is not what they say. */
function stale(truth: Truth, { name: who, wire, account, journal }: Heard): Fault[] {
  const latest = new Map<number, string>();
  for (const { message, content } of journal) if (content !== undefined) latest.set(message!, content);
  return [...latest].flatMap(([id, content]): Fault[] => {
    const message = truth.messages.get(id);
    const isKnown = message && truth.seat(message.conversation, account)?.isIn && !message.isDeleted;
    // URGE says of an edited message only that it is not as it was; of what was said while one was out, nothing.
    if (!isKnown || message.kind !== 'text' || content === message.content) return [];
    if (message.isEdited && (wire === 'urge' || !isEditDue(truth, account, id))) return [];
    const detail = `message ${id} was told as "${content}" and is "${message.content}"`;
    return [{ who, what: 'stale', where: `conversation ${message.conversation}`, detail }];
  });
}

function isEditDue(truth: Truth, account: number, id: number): boolean {
  const { conversation } = truth.messages.get(id)!;
  const seat = truth.seat(conversation, account);
  const rows = truth.byConversation.get(conversation) ?? [];
  const last = rows.findLast(({ kind, message }) => kind === 'message.edited' && message === id);
  return last !== undefined && seat !== undefined && last.no! > seat.joinedNo && isSaid(truth, last, account);
}
