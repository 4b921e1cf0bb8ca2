// The thread in which PGlite computes: opens the folder, answers wire bytes with wire bytes, looks after the files.

import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite } from '@electric-sql/pglite';
import type { EngineSettings, FromEngine, ToEngine, WireBytes } from './engine-messages.ts';
import { GrowingBuffer } from './growing-buffer.ts';
import { Upkeep } from './upkeep.ts';

const STARTUP = 0;
const TERMINATE = 0x58;

if (!parentPort) throw new Error('engine-thread is started by engine.ts');
const port = parentPort;

const pglite = await open((workerData as EngineSettings).folder);
const upkeep = new Upkeep(pglite);
const answerBuffer = new GrowingBuffer(64 * 1024);

let session = 0;
// One after the other, whatever the engine awaits inside: it is a single back end.
let turn = Promise.resolve();
const inTurn = (work: () => Promise<void>) => (turn = turn.then(work));

port.on('message', (message: ToEngine) => void inTurn(() => (message === 'close' ? close() : answer(message))));
const upkeepTimer = setInterval(() => void inTurn(lookAfterFiles), 5_000);
say('ready');

async function answer(request: WireBytes): Promise<void> {
  const kind = request.bytes[0];
  if (kind === STARTUP) {
    if (session) await endSession();
    session = request.session;
  } else if (request.session !== session) {
    return; // from a connection that another has since replaced
  }
  if (kind === TERMINATE) return endSession();

  answerBuffer.clear();
  await pglite.execProtocolRawStream(request.bytes, {
    syncToFs: false,
    onRawData: (data) => answerBuffer.append(data),
  });
  upkeep.note(request.bytes.length);
  say({ session, bytes: answerBuffer.take() });
}

/** What a server does when a connection ends: undo the open transaction, forget all that was the session's. */
async function endSession(): Promise<void> {
  session = 0;
  if (pglite.isInTransaction()) await pglite.exec('rollback');
  await pglite.exec('discard all');
}

async function lookAfterFiles(): Promise<void> {
  try {
    await upkeep.tick();
  } catch (error) {
    say({ warning: `The embedded database could not tidy its files: ${String(error)}.` });
  }
}

async function close(): Promise<void> {
  clearInterval(upkeepTimer);
  if (session) await endSession();
  await pglite.exec('checkpoint');
  await pglite.close();
  process.exit(0);
}

function say(message: FromEngine): void {
  port.postMessage(message, typeof message === 'object' && 'bytes' in message ? [message.bytes.buffer] : []);
}

/** A new database is made beside its place and moved there whole: a start that was killed leaves nothing half made. */
async function open(folder: string): Promise<PGlite> {
  if (!existsSync(join(folder, 'PG_VERSION'))) {
    const unfinished = `${folder}.new`;
    await rm(unfinished, { recursive: true, force: true });
    await (await start(unfinished)).close();
    await rm(folder, { recursive: true, force: true });
    await rename(unfinished, folder);
  }
  return start(folder);
}

async function start(folder: string): Promise<PGlite> {
  const said: string[] = [];
  const remember = (line: string) => {
    said.push(line.trim());
    if (said.length > 5) said.shift();
    return false;
  };
  try {
    return await PGlite.create(folder, { onStderr: remember });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Error([why, ...said].filter(Boolean).join(' | '), { cause: error });
  }
}
