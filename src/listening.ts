// Where the server can be reached, and how it stops being reached.

import type { Server as HttpServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Server as TlsServer } from 'node:tls';
import type { FastifyInstance } from 'fastify';
import type { Logger } from 'pino';
import type { Closers } from './adapters/index.ts';
import type { Settings } from './config.ts';
import type { Crew } from './realtime/crew.ts';
import type { Gateway } from './realtime/gateway.ts';
import { createHttpServer, type Tls } from './tls.ts';

export interface ListeningOptions {
  settings: Settings;
  app: FastifyInstance;
  gateway: Gateway;
  tls: Tls | null;
  /** False: only for /health and /metrics, on the one port. */
  serves: boolean;
  crew: Crew | undefined;
  log: Logger;
  /** Called when it begins to let nobody in any more. */
  leaving(): void;
  opened: Closers;
}

/** Lets people in. Answers the addresses. */
export async function listen(options: ListeningOptions): Promise<string[]> {
  const { settings, app, gateway, tls, serves, crew, log, leaving, opened } = options;
  const second = serves && settings.alsoPort !== null ? createHttpServer(tls, app.routing) : null;
  const inner = crew ? createHttpServer(null, app.routing) : null;
  const servers = [app.server, second, inner].filter((server) => server !== null);
  if (serves) for (const server of servers) gateway.attach(server);
  opened.push(async () => {
    leaving();
    // A connection that was busy when closing began would be kept alive for a minute after its answer.
    const sweep = setInterval(() => servers.forEach((server) => server.closeIdleConnections()), 50);
    // Nobody gets in from here on. Requests under way and sockets are finished beside each other.
    const closed = Promise.all([app.close(), ...servers.slice(1).map(closeServer)]);
    await gateway.close('The server is restarting.');
    await closed;
    clearInterval(sweep);
  });
  if (inner) inner.listen({ path: crew?.addressOf(crew.number), exclusive: true });
  return listenOn(app, second, settings, log);
}

/** Listens on the first port, which must be free, and on the second if it is. Answers where. */
async function listenOn(
  app: FastifyInstance,
  second: HttpServer | null,
  { host, port, alsoPort, domain }: Settings,
  log: Logger,
): Promise<string[]> {
  await app.listen({ host, port });
  const listening = [app.server];
  if (second && alsoPort !== null) {
    const taken = await new Promise<Error | null>((done) => {
      second.once('error', done);
      second.listen(alsoPort, host, () => done(null));
    });
    if (taken) log.warn(`Port ${alsoPort} is taken: listening on ${port} only. Set ALSO_PORT to choose another.`);
    else listening.push(second);
  }
  return listening.map((server) => {
    const { port: bound } = server.address() as AddressInfo;
    const scheme = server instanceof TlsServer ? 'https' : 'http';
    return `${scheme}://${host === '0.0.0.0' || host === '::' ? domain : host}:${bound}`;
  });
}

function closeServer(server: HttpServer): Promise<void> {
  return new Promise((done) => {
    server.close(() => done());
    server.closeIdleConnections();
  });
}
