// The embedded database's thread, seen from the thread that serves people.

import { Worker } from 'node:worker_threads';
import type { EngineSettings, FromEngine, ToEngine } from './engine-messages.ts';
import { SessionStream } from './session-stream.ts';

export interface Engine {
  /** A new session, as the stream of a pg.Client. One at a time: a new one ends the one before. */
  openStream(): SessionStream;
  /** Checkpoint, then close. Throws if the engine could not say that it closed. */
  close(): Promise<void>;
  /** Ends the thread at once; all sessions fail with this reason. */
  kill(reason: Error): Promise<void>;
}

export interface EngineNews {
  /** The thread ended and nobody asked it to; said once. */
  died(reason: Error): void;
  warned(warning: string): void;
}

/** Starts the thread and opens the folder in it. Throws the engine's own words if it does not open. */
export async function startEngine(settings: EngineSettings, news: EngineNews): Promise<Engine> {
  const worker = startWorker(settings);
  const streams = new Map<number, SessionStream>();
  let sessions = 0;
  let closing = false;
  let death: Error | undefined;

  const die = (reason: Error) => {
    if (death) return;
    death = reason;
    for (const stream of streams.values()) stream.destroy(reason);
    if (!closing) news.died(reason);
  };

  await new Promise<void>((opened, failed) => {
    worker.once('message', () => opened());
    worker.once('error', failed);
    worker.once('exit', (code) => failed(new Error(`its thread ended with code ${code}`)));
  });
  const exited = new Promise<number>((done) => worker.once('exit', done));
  worker.removeAllListeners('error');
  worker.on('error', (error: Error) =>
    die(new Error(`The embedded database failed: ${error.message}`, { cause: error })),
  );
  void exited.then((code) => die(new Error(`The embedded database stopped (code ${code})`)));
  worker.on('message', (message: FromEngine) => {
    if (message === 'ready') return;
    if ('warning' in message) return news.warned(message.warning);
    const { buffer, byteOffset, byteLength } = message.bytes;
    if (byteLength) streams.get(message.session)?.push(Buffer.from(buffer, byteOffset, byteLength));
  });

  const post = (message: ToEngine) => {
    worker.postMessage(message, message === 'close' ? [] : [message.bytes.buffer]);
  };

  return {
    openStream: () =>
      new SessionStream((stream) => {
        if (death) throw death;
        const session = ++sessions;
        streams.set(session, stream);
        return {
          send: (bytes) => post({ session, bytes }),
          leave: () => streams.delete(session),
        };
      }),
    async close() {
      if (death) return;
      closing = true;
      post('close');
      const code = await exited;
      if (code !== 0) throw new Error(`The embedded database did not close cleanly (code ${code})`);
    },
    async kill(reason) {
      closing = true;
      die(reason);
      await worker.terminate();
    },
  };
}

function startWorker(settings: EngineSettings): Worker {
  const options = { workerData: settings, name: 'database' };
  if (!import.meta.url.endsWith('.ts')) return new Worker(new URL('./engine-thread.js', import.meta.url), options);

  // From sources (tests, tsx) the thread must learn TypeScript first: what tsx taught this one is not passed on.
  const tsx = JSON.stringify(import.meta.resolve('tsx/esm/api'));
  const entry = JSON.stringify(new URL('./engine-thread.ts', import.meta.url).href);
  const bootstrap = `import(${tsx}).then((tsx) => { tsx.register(); return import(${entry}); })`;
  return new Worker(bootstrap, { ...options, eval: true, execArgv: [] });
}
