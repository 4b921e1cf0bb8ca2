// The checker of the torture: it sees one note in ten thousand that is lost, comes twice, or comes in another's place.

import { describe, expect, it } from 'vitest';
import { check, type Heard } from './checker.ts';
import type { Note } from './notes.ts';
import { truthOf, type Facts, type Row } from './truth.ts';
import { wires, type Wire } from './wires.ts';

const [alice, bob, mallory] = [1, 2, 3];
const changes = 10_000;
const rooms = [10, 11, 12];

const row = (more: Partial<Row>): Row => ({
  epoch: 1,
  xid: 0,
  id: 0,
  kind: 'message.sent',
  conversation: null,
  no: null,
  account: null,
  message: null,
  subjects: [alice],
  receipts: [],
  part: null,
  pointsAt: null,
  at: 0,
  ...more,
});

/** Three direct conversations of alice and bob, so to say, in which messages are sent, edited and deleted. */
function history(): Facts {
  const rows: Row[] = [];
  const messages: Facts['messages'][number][] = [];
  const add = (more: Partial<Row>) => rows.push(row({ xid: 100 + rows.length, id: rows.length + 1, ...more }));
  for (const conversation of rooms) {
    add({ kind: 'conversation.created', conversation, no: 1 });
    for (const account of [alice, bob]) {
      add({ kind: 'conversation.created', conversation, account, pointsAt: 1 });
    }
  }
  const nos = new Map(rooms.map((id) => [id, 1]));
  for (let index = 0; index < changes; index += 1) {
    const conversation = rooms[index % rooms.length]!;
    const no = nos.get(conversation)! + 1;
    nos.set(conversation, no);
    const known = messages.filter((one) => one.conversation === conversation).at(-1);
    if (known && index % 5 === 4) {
      const kind = index % 50 === 49 ? 'message.deleted' : 'message.edited';
      messages[messages.indexOf(known)] = {
        ...known,
        content: kind === 'message.edited' ? `edited ${index}` : '',
        isDeleted: known.isDeleted || kind === 'message.deleted',
        isEdited: true,
      };
      add({ kind, conversation, no, message: known.id });
      continue;
    }
    const id = index + 1;
    const said = { isDeleted: false, isEdited: false, kind: 'text', key: null };
    messages.push({ id, conversation, no, content: `message ${id}`, ...said });
    add({ conversation, no, message: id });
  }
  return {
    rows,
    messages,
    rooms: rooms.map((id) => ({ id, kind: 'direct', isDeleted: false, directKey: `${alice}:${id}` })),
    seats: rooms.flatMap((conversation) =>
      [alice, bob].map((account) => ({ conversation, account, isIn: true, joinedNo: 0, clearedNo: 0 })),
    ),
    hides: [],
  };
}

const facts = history();
const truth = truthOf(facts);

/** What bob hears of it on a wire: all, and at once, so that also what is gone since was told. */
function whole(wire: Wire): Note[] {
  return facts.rows
    .filter(({ no }) => no !== null)
    .map(({ kind, conversation, message }) => {
      const isMessage = kind.startsWith('message.');
      const content = isMessage && kind !== 'message.deleted' ? { content: truth.messages.get(message!)!.content } : {};
      const told = wire === 'ai-messaging' && isMessage ? {} : { conversation: conversation! };
      return {
        kind: wire === 'ai-messaging' && isMessage ? 'message' : kind,
        ...told,
        ...(isMessage && { message: message! }),
        ...content,
      };
    });
}

const heardBy = (wire: Wire, journal: Note[], account = bob): Heard => ({
  name: 'bob',
  wire,
  account,
  journal,
  resets: 0,
  start: { epoch: 1, xid: 1, id: 0 },
});

/** Notes that whoever is in a conversation must have heard: not of messages that are gone. */
function sureIn(journal: readonly Note[]): number[] {
  return journal.flatMap(({ message }, index) => (message && !truth.messages.get(message)!.isDeleted ? [index] : []));
}

describe.each(wires)('over %s', (wire) => {
  const notes = whole(wire);
  const faults = (journal: Note[]) => check(truth, [heardBy(wire, journal)]).faults;
  const [middle = 0] = sureIn(notes).slice(-3_000);

  it('all, in order, is right', () => {
    expect(notes).toHaveLength(changes + rooms.length);
    expect(faults(notes)).toEqual([]);
  });

  it('what was gone before it was told need not be heard', () => {
    const isGone = ({ kind, message }: Note) =>
      kind !== 'message.deleted' && message !== undefined && truth.messages.get(message)!.isDeleted;
    const left = notes.filter((note, index) => !isGone(note) || facts.rows[index]?.kind === 'message.deleted');
    if (wire !== 'ai-messaging') expect(faults(left)).toEqual([]);
    expect(left.length).toBeLessThan(notes.length);
  });

  it('one of ten thousand that is lost is missed', () => {
    for (const index of [sureIn(notes)[0]!, middle, sureIn(notes).at(-1)!]) {
      const found = faults(notes.toSpliced(index, 1));
      expect(found.map(({ what }) => what)).toContain('missing');
    }
  });

  it('one that comes twice is seen', () => {
    expect(faults(notes.toSpliced(middle, 0, notes[middle]!)).map(({ what }) => what)).toEqual(['double']);
    expect(faults([...notes, notes[middle]!]).map(({ what }) => what)).toContain('double');
  });

  it('two in one conversation that change places are seen', () => {
    const other = middle + rooms.length;
    const swapped = notes.with(middle, notes[other]!).with(other, notes[middle]!);
    expect(faults(swapped).map(({ what }) => what)).toContain('order');
  });

  it('what a stranger hears is seen', () => {
    const found = check(truth, [heardBy(wire, [notes[middle]!], mallory)]).faults;
    expect(found.map(({ what }) => what)).toEqual(['foreign']);
    expect(check(truth, [heardBy(wire, [], mallory)]).faults).toEqual([]);
  });

  it('a text that is not the latest is seen', () => {
    const stale = { ...notes[middle]!, content: 'something else' };
    const edited = truth.messages.get(stale.message!)!.isEdited;
    if (!(wire === 'urge' && edited))
      expect(faults(notes.with(middle, stale)).map(({ what }) => what)).toEqual(['stale']);
  });
});
