// The process: reads the settings, starts the server, stops it in good order. With WORKERS it is their primary instead.

import cluster from 'node:cluster';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Logger, pino } from 'pino';
import { loadSettings, type Settings } from './config.ts';
import { type Half, startServer } from './server.ts';
import { crewIn, startWorkers, tellPrimary } from './workers.ts';

const help = `Parlance: one messaging server for several products.

  npm start                   install what is missing, build, migrate and run
  npm start -- --only=web     serve people, and leave jobs to another process
  npm start -- --only=jobs    do jobs, and serve nobody but /health and /metrics
  npm run settings            every setting with its default and meaning
  npm run dev                 run from the sources, again at every change

Settings come from the environment, or from .env in this folder. With none at all it listens on
http://localhost:8080 and http://localhost:8000 and keeps its data in ./data.

SIGTERM and Ctrl-C stop it in good order. With WORKERS above 1, SIGHUP replaces the workers one by one.
`;

/** How long stopping may take before the process ends all the same, in milliseconds; a primary waits for its workers. */
const patience = { alone: 15_000, primary: 25_000 };

interface Arguments {
  only?: Half;
  /** Of a worker: the folder where it hears the others, and its place, from 1. */
  crew?: string;
  place?: string;
}

async function run({ only, ...place }: Arguments): Promise<void> {
  const { settings, warnings } = loadSettings();
  const log = pino({ level: settings.logLevel });
  if (cluster.isPrimary) for (const warning of warnings) log.warn(warning);

  if (cluster.isWorker) await serveInCrew(settings, log, only, place);
  else if (settings.workers > 1 && only !== 'jobs') await leadWorkers(settings, log, only);
  else {
    const server = await serve(settings, log, only);
    announce(server.addresses, only);
    stopAtSignal(log, patience.alone, () => server.close());
  }
}

function serve(settings: Settings, log: Logger, only: Half | undefined, crew?: ReturnType<typeof crewIn>) {
  return startServer({
    settings,
    log,
    print: (line) => process.stdout.write(`${line}\n`),
    onLost: (reason) => {
      log.fatal({ err: reason }, 'the database is lost');
      process.exit(1);
    },
    ...(only && { only }),
    ...(crew && { crew }),
  });
}

async function serveInCrew(settings: Settings, log: Logger, only: Half | undefined, { crew, place }: Arguments) {
  // These are the primary's to hear, though a terminal sends them to all.
  for (const signal of ['SIGINT', 'SIGHUP'] as const) process.on(signal, () => {});
  const logsFolder = place === '1' ? settings.logsFolder : join(settings.logsFolder, `worker-${place}`);
  const server = await serve({ ...settings, logsFolder }, log, only, crewIn(crew ?? ''));
  stopAtSignal(log, patience.alone, () => server.close());
  tellPrimary(server.addresses);
}

async function leadWorkers({ workers: count, jobs }: Settings, log: Logger, only: Half | undefined) {
  const workers = await startWorkers({
    program: fileURLToPath(import.meta.url),
    count,
    works: jobs && only !== 'web',
    log,
  });
  announce(workers.addresses, only);
  process.on('SIGHUP', () => void workers.renew());
  stopAtSignal(log, patience.primary, async () => {
    if (!(await workers.close())) throw new Error('a worker did not stop in good order');
  });
}

function announce(addresses: readonly string[], only: Half | undefined): void {
  const places = addresses.join(' and ');
  process.stdout.write(
    only === 'jobs'
      ? `Parlance is doing jobs  ·  health: ${addresses[0]}/health  ·  stop: Ctrl-C\n`
      : `Parlance is listening on ${places}  ·  open: ${addresses[0]}/app  ·  API: ${addresses[0]}/docs  ·  stop: Ctrl-C\n`,
  );
}

function stopAtSignal(log: Logger, milliseconds: number, close: () => Promise<void>): void {
  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('Stopping took too long.');
      process.exit(1);
    }, milliseconds).unref();
    close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  if (cluster.isPrimary) process.on('SIGINT', stop);
}

/** Null: help is wanted. Throws an Error with a sentence for what makes no sense. */
function readArguments(): Arguments | null {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: { help: { type: 'boolean', short: 'h' }, only: text, crew: text, place: text },
  });
  const { help: isHelp, only, ...place } = values;
  if (isHelp) return null;
  if (only !== undefined && only !== 'web' && only !== 'jobs') throw new Error(`--only is web or jobs, not "${only}"`);
  return { ...place, ...(only && { only }) };
}

async function main(): Promise<void> {
  const given = readArguments();
  if (given) await run(given);
  else process.stdout.write(help);
}

main().catch((error: unknown) => {
  process.stderr.write(`Parlance could not start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
