// Messages on their way. Each is stored in this browser before it is sent and until the server has it, under the key it is
// sent with: a reload, a lost answer or a second tab cannot make two of it.

import { Refused } from '../api/http.ts';
import * as pythia from '../api/pythia.ts';
import { me, session } from '../api/session.ts';
import type { Message, MessageKind } from '../api/shapes.ts';
import { upload } from '../api/upload.ts';
import { send } from '../api/urge.ts';
import { noteMessage } from './conversations.ts';
import { database } from './database.ts';
import { timelineOf } from './timeline.ts';

export interface Outgoing {
  conversationId: string;
  kind: MessageKind;
  content: string;
  /** Brought before the message is sent. */
  file?: File;
  duration?: number;
  replyTo?: Message['replyTo'];
}

interface Row extends Outgoing {
  key: string;
  accountId: string;
  createdAt: string;
  uploaded?: { url: string; thumbnailUrl: string | null; duration: number | null };
  /** Refused by the server: sent again only when its writer says so. */
  failed?: string;
}

const rows = new Map<string, Row>();
const uploads = new Map<string, AbortController>();
const lines = new Map<string, Promise<void>>();
const pauses = [500, 1_000, 2_000, 5_000, 10_000];

/** What was left when this browser was closed. Once, after signing in. */
export async function openOutbox(): Promise<void> {
  const stored = await database.all<Row>('outbox').catch((): Row[] => []);
  const mine = stored.filter(({ accountId, key }) => accountId === session.get()?.me.id && !rows.has(key));
  for (const row of mine.toSorted((a, b) => (a.createdAt < b.createdAt ? -1 : 1))) {
    rows.set(row.key, row);
    timelineOf(row.conversationId).addPending(pendingMessage(row));
    if (row.failed === undefined) enqueue(row.conversationId);
  }
}

/** Sends a message; it is on the screen at once. */
export async function post(outgoing: Outgoing): Promise<void> {
  const row: Row = {
    ...outgoing,
    key: crypto.randomUUID(),
    accountId: me().id,
    createdAt: new Date().toISOString(),
  };
  rows.set(row.key, row);
  timelineOf(row.conversationId).addPending(pendingMessage(row));
  await store(row);
  enqueue(row.conversationId);
}

/** Once more, after a refusal. */
export async function retry(key: string): Promise<void> {
  const row = rows.get(key);
  if (!row) return;
  delete row.failed;
  show(row);
  await store(row);
  enqueue(row.conversationId);
}

/** Not to be sent after all: also while its file is on its way. */
export async function discard(key: string): Promise<void> {
  const row = rows.get(key);
  if (!row) return;
  rows.delete(key);
  uploads.get(key)?.abort();
  timelineOf(row.conversationId).settle(key);
  await database.remove('outbox', key).catch(() => undefined);
}

/** The message on its way that a socket just told of, if it is one: its answer may come later than the socket. */
export function claim(message: Message): string | undefined {
  for (const row of rows.values()) {
    if (row.conversationId !== message.conversationId || row.failed !== undefined) continue;
    if (!asked.has(row.key) || row.kind !== message.kind || row.content !== message.content) continue;
    if ((row.uploaded?.url ?? null) === message.mediaUrl) return row.key;
  }
  return undefined;
}

/** What the server may have, though it has not answered. */
const asked = new Set<string>();

/** One after the other in a conversation, so that they arrive as they were written. */
function enqueue(conversationId: string): void {
  if (lines.has(conversationId)) return;
  const line = work(conversationId).finally(() => {
    lines.delete(conversationId);
    if (next(conversationId)) enqueue(conversationId);
  });
  lines.set(conversationId, line);
}

function next(conversationId: string): Row | undefined {
  return [...rows.values()].find((row) => row.conversationId === conversationId && row.failed === undefined);
}

async function work(conversationId: string): Promise<void> {
  for (let attempt = 0; ;) {
    const row = next(conversationId);
    if (!row || session.get()?.me.id !== row.accountId) return;
    try {
      await deliver(row);
      attempt = 0;
    } catch (error) {
      if (!rows.has(row.key)) continue;
      if (error instanceof Refused && error.status !== 429) {
        row.failed = error.message;
        show(row);
        await store(row);
        continue;
      }
      await lineOrPause(pauses[Math.min(attempt, pauses.length - 1)]!);
      attempt += 1;
    }
  }
}

async function deliver(row: Row): Promise<void> {
  if (row.file && !row.uploaded) {
    const abort = new AbortController();
    uploads.set(row.key, abort);
    try {
      const stored = await upload(row.file, {
        folder: row.kind === 'VOICE' ? 'voice' : 'media',
        signal: abort.signal,
        onProgress: (progress) => show(row, progress),
      });
      row.uploaded = { url: stored.file_url, thumbnailUrl: stored.thumbnail_url, duration: stored.duration };
      await store(row);
    } finally {
      uploads.delete(row.key);
    }
  }
  asked.add(row.key);
  const { uploaded } = row;
  const named = row.kind === 'TEXT' && !row.replyTo && pythia.mayMention(row.content) ? await sendNaming(row) : null;
  const message =
    named ??
    (await send(
      {
        conversationId: row.conversationId,
        kind: row.kind,
        content: row.content,
        mediaUrl: uploaded?.url ?? null,
        thumbnailUrl: uploaded?.thumbnailUrl ?? null,
        duration: row.duration ?? uploaded?.duration ?? null,
        replyToId: row.replyTo?.id ?? null,
      },
      row.key,
    ));
  rows.delete(row.key);
  asked.delete(row.key);
  const sent = { ...message, key: row.key };
  timelineOf(row.conversationId).add(sent);
  noteMessage(sent);
  // It stays in the outbox until it is kept as sent: at no moment would a reload show neither.
  await timelineOf(row.conversationId).keep();
  await database.remove('outbox', row.key).catch(() => undefined);
}

/** Null: as it is written, Pythia does not take it. */
async function sendNaming({ conversationId, content, key }: Row): Promise<Message | null> {
  try {
    return await pythia.send(conversationId, content, key);
  } catch (error) {
    if (error instanceof Refused && (error.status === 400 || error.status === 422)) return null;
    throw error;
  }
}

/** Until the line is back, or for a while. */
function lineOrPause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const go = () => {
      clearTimeout(timer);
      removeEventListener('online', go);
      resolve();
    };
    const timer = setTimeout(go, milliseconds);
    addEventListener('online', go);
  });
}

function show(row: Row, progress?: number): void {
  timelineOf(row.conversationId).change(row.key, () => pendingMessage(row, progress));
}

async function store(row: Row): Promise<void> {
  // A browser that keeps nothing (private, or full) still sends.
  await database.put('outbox', row.key, row).catch(() => undefined);
}

const previews = new Map<string, string>();

/** An address for what a file shows before it is brought; the same for the same message. */
function previewOf({ key, file }: Row): string | null {
  if (!file) return null;
  let url = previews.get(key);
  if (url === undefined) {
    url = URL.createObjectURL(file);
    previews.set(key, url);
  }
  return url;
}

function pendingMessage(row: Row, progress?: number): Message {
  const { id, name, avatarUrl } = session.get()!.me;
  return {
    id: row.key,
    key: row.key,
    conversationId: row.conversationId,
    senderId: id,
    senderName: name,
    senderAvatar: avatarUrl,
    kind: row.kind,
    content: row.content,
    mediaUrl: previewOf(row),
    thumbnailUrl: null,
    duration: row.duration ?? null,
    replyTo: row.replyTo ?? null,
    status: row.failed === undefined ? 'SENDING' : 'FAILED',
    isEdited: false,
    isStarred: false,
    isForwarded: false,
    isEncrypted: false,
    createdAt: row.createdAt,
    reactions: [],
    ...(row.file && !row.uploaded && row.failed === undefined && { progress: progress ?? 0 }),
  };
}

/** On signing out. */
export function forgetOutbox(): void {
  for (const abort of uploads.values()) abort.abort();
  rows.clear();
}
