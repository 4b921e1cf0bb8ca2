// The process: reads the settings, starts the server, stops it in good order.

import { pino } from 'pino';
import { loadSettings } from './config.ts';
import { startServer } from './server.ts';

const help = `Parlance: one messaging server for several products.

  npm start            install what is missing, build, migrate and run
  npm run settings     every setting with its default and meaning
  npm run dev          run from the sources, again at every change

Settings come from the environment, or from .env in this folder. With none at all it listens on
http://localhost:8080 and http://localhost:8000 and keeps its data in ./data.
`;

/** How long stopping may take before the process ends all the same. */
const patience = 15_000;

async function run(): Promise<void> {
  const { settings, warnings } = loadSettings();
  const log = pino({ level: settings.logLevel });
  for (const warning of warnings) log.warn(warning);

  const server = await startServer({
    settings,
    log,
    print: (line) => process.stdout.write(`${line}\n`),
    onLost: (reason) => {
      log.fatal({ err: reason }, 'the database is lost');
      process.exit(1);
    },
  });
  const [first] = server.addresses;
  process.stdout.write(
    `Parlance is listening on ${server.addresses.join(' and ')}  ·  API: ${first}/docs  ·  stop: Ctrl-C\n`,
  );

  let stopping = false;
  const stop = (signal: string) => {
    if (stopping) process.exit(1);
    stopping = true;
    log.info({ signal }, 'stopping');
    setTimeout(() => {
      log.error('Stopping took too long.');
      process.exit(1);
    }, patience).unref();
    server.close().then(
      () => process.exit(0),
      (error: unknown) => {
        log.error({ err: error }, 'stopping failed');
        process.exit(1);
      },
    );
  };
  process.on('SIGTERM', stop);
  process.on('SIGINT', stop);
}

if (process.argv.includes('--help') || process.argv.includes('-h')) {
  process.stdout.write(help);
} else {
  run().catch((error: unknown) => {
    process.stderr.write(`Parlance could not start: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  });
}
