// The HTTP app: what belongs to the server itself, and every dialect in a scope of its own. Does not listen.

import { randomUUID } from 'node:crypto';
import cors from '@fastify/cors';
import helmet from '@fastify/helmet';
import rateLimit from '@fastify/rate-limit';
import { fastify, LogController, type FastifyBaseLogger, type FastifyInstance } from 'fastify';
import { pino, stdSerializers, type Logger, type LoggerOptions } from 'pino';
import { within } from './core/within.ts';
import type { Dialect, Surroundings } from './dialects/dialect.ts';
import {
  ajvOptions,
  answerErrors,
  answerUnknownRoutes,
  hearLanguages,
  maskUrl,
  readAsFastApi,
  standard,
  tooMany,
  type Manners,
} from './dialects/fastapi.ts';
import { describeApi, describeRoutes } from './docs.ts';
import { refusalOfStatus } from './texts/refusals.ts';
import { codeOf } from './texts/wanted.ts';
import { servePictures } from './pictures.ts';
import { serveOperations, type Operations } from './operations.ts';
import type { Tls } from './tls.ts';
import { serveSync } from './sync.ts';
import { serveWebClient, wantsPage, type WebClient } from './web.ts';

export interface AppOptions extends Surroundings {
  /** As `src/config.ts` reads them. */
  settings: {
    readonly environment: string;
    readonly corsOrigins: 'any' | readonly string[];
    readonly trustedProxies: false | number | readonly string[];
    readonly rateLimits: boolean;
  };
  dialects: readonly Dialect[];
  log: Logger | LoggerOptions;
  version: string;
  /** Resolves while the server can do its work; rejects, or takes longer than 2 s, if it cannot. */
  health: () => Promise<void>;
  /** Absent or null: plain HTTP. */
  tls?: Tls | null;
  /** Counts every answer, and tells what was counted. Absent: no /metrics. */
  metrics?: {
    answered(route: string, method: string, status: number, milliseconds: number): void;
    page(): Promise<{ type: string; text: string }>;
  };
  /** Absent: there is no /operations. */
  operations?: Operations;
  /** Absent: there is no /app. */
  web?: WebClient;
  /** Paths that browsers may call from any origin, whatever the settings say. Default: none. */
  openToAnyOrigin?: (path: string) => boolean;
}

const bodyLimit = 1024 * 1024;
const healthPatience = 2_000;

const serverManners: Manners = {
  errors: {
    unauthenticated: { status: 401 },
    forbidden: { status: 403 },
    not_found: { status: 404 },
    invalid: { status: 422 },
    conflict: { status: 409 },
    too_many: { status: 429 },
    unavailable: { status: 503 },
  },
  shape: ({ text, issues }) => ({ detail: issues ?? text, message: text }),
};

/**
 * Builds the app with all its routes, ready for `inject` or `listen`. Its `server` is where the sockets attach. On
 * `close` it finishes what is under way and drops idle connections.
 */
export async function createApp(options: AppOptions): Promise<FastifyInstance> {
  const { settings, dialects, version, tls } = options;
  const app = fastify({
    ...(tls && { https: tls }),
    loggerInstance: requestLog(options.log),
    logController: new LogController({ disableRequestLogging: true }),
    genReqId: () => randomUUID(),
    trustProxy: trustOf(settings.trustedProxies),
    bodyLimit,
    requestTimeout: 300_000,
    forceCloseConnections: 'idle',
    // Who comes by a connection that is open is answered; /health says that it ends.
    return503OnClosing: false,
    // A parameter is as long as its URL may be, which Node bounds (16 KB).
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: Number.MAX_SAFE_INTEGER },
    rewriteUrl: ({ url = '/' }) => mendPercents(url),
    ajv: ajvOptions,
  });

  noteAnswers(app, options);
  hearLanguages(app, options.languages);
  await guard(app, options);
  readAsFastApi(app);
  answerErrors(app, serverManners);
  answerUnknownRoutes(app, (status, request) => {
    const { language } = request;
    const answer = serverManners.shape(standard(status), request) as object;
    if (!dialects.some(({ languagePaths }) => languagePaths?.test(request.url))) return answer;
    const message = language === 'en' ? {} : { message: refusalOfStatus(language, status) };
    return { ...answer, ...message, language: codeOf(language) };
  });
  await describeApi(app, { version, tags: ['server', ...dialects.map(({ name }) => name)] });

  await app.register(async (scope) => {
    describeRoutes(scope, 'server');
    serverRoutes(scope, options);
    metricsRoute(scope, options);
    servePictures(scope);
    await scope.register(serveSync, options);
    if (options.operations) await scope.register(serveOperations, { ...options, operations: options.operations });
  });
  if (options.web) await app.register(serveWebClient, options.web);
  for (const dialect of dialects) {
    await app.register(async (scope) => {
      describeRoutes(scope, dialect.name);
      dialect.routes(scope, options);
    });
  }
  await app.ready();
  return app;
}

function serverRoutes(app: FastifyInstance, { version, health, web }: AppOptions): void {
  const Hello = texts('message', 'version', 'docs');
  app.get(
    '/',
    { schema: { summary: 'Says who is here', operationId: 'hello', response: { 200: Hello } } },
    async (request, reply) => {
      reply.header('vary', 'Accept');
      if (web && wantsPage(request)) return reply.redirect('/app');
      return { message: 'Hello World', version, docs: '/docs' };
    },
  );

  const Well = texts('status', 'service', 'version');
  const Unwell = texts('status', 'service', 'version', 'detail', 'message');
  app.get(
    '/health',
    { schema: { summary: 'Says whether it can work', operationId: 'health', response: { 200: Well, 503: Unwell } } },
    async (request, reply) => {
      const about = { service: 'Parlance', version };
      try {
        await within(healthPatience, health());
        return { status: 'healthy', ...about };
      } catch (error) {
        request.log.error({ err: error }, 'not healthy');
        const detail = 'The server cannot do its work at the moment.';
        return reply
          .code(503)
          .header('retry-after', '3')
          .send({ status: 'unhealthy', ...about, detail, message: detail });
      }
    },
  );
}

/** The schema of an object of texts. */
function texts(...names: string[]): object {
  return {
    type: 'object',
    required: names,
    properties: Object.fromEntries(names.map((name) => [name, { type: 'string' }])),
  };
}

function metricsRoute(app: FastifyInstance, { metrics }: AppOptions): void {
  if (!metrics) return;
  app.get(
    '/metrics',
    {
      schema: {
        summary: 'What it has counted, for Prometheus',
        operationId: 'metrics',
        response: { 200: { type: 'string' } },
      },
    },
    async (_request, reply) => {
      const { type, text } = await metrics.page();
      return reply.type(type).serializer(String).send(text);
    },
  );
}

/** Headers and limits for every answer, errors included. */
async function guard(app: FastifyInstance, { settings, openToAnyOrigin }: AppOptions): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: {
      useDefaults: false,
      directives: { 'default-src': ["'none'"], 'frame-ancestors': ["'none'"] },
    },
    // Media is shown by clients of other origins.
    crossOriginResourcePolicy: { policy: 'cross-origin' },
    strictTransportSecurity: settings.environment === 'production',
  });

  const origins = settings.corsOrigins === 'any' ? true : [...settings.corsOrigins];
  await app.register(cors, {
    delegator: (request, done) => {
      const path = request.url?.split('?', 1)[0] ?? '/';
      done(null, { ...crossOrigin, origin: openToAnyOrigin?.(path) === true ? true : origins });
    },
  });

  if (settings.rateLimits) {
    await app.register(rateLimit, {
      global: false,
      cache: 50_000,
      errorResponseBuilder: (_request, { ttl }) => tooMany(ttl / 1_000),
    });
  }
}

const crossOrigin = {
  credentials: true,
  strictPreflight: false,
  optionsSuccessStatus: 200,
  maxAge: 600,
  methods: ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'],
  allowedHeaders: ['Authorization', 'Content-Type', 'Accept', 'Accept-Language', 'X-Language', 'Idempotency-Key'],
  exposedHeaders: ['X-Content-Language', 'Retry-After', 'ETag', 'X-Request-Id'],
};

/** One line for each answer: never a header, a body or a query, which hold tokens and what people search for. */
function noteAnswers(app: FastifyInstance, { metrics }: AppOptions): void {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  app.addHook('onResponse', async (request, reply) => {
    metrics?.answered(request.routeOptions.url ?? 'unknown', request.method, reply.statusCode, reply.elapsedTime);
    request.log.info(
      {
        method: request.method,
        path: request.originalUrl.split('?', 1)[0],
        status: reply.statusCode,
        ms: Math.round(reply.elapsedTime * 10) / 10,
        address: request.ip,
      },
      'answered',
    );
  });
}

/** Whatever Fastify logs of a request or an error passes through here. */
function requestLog(log: Logger | LoggerOptions): FastifyBaseLogger {
  const logger = 'child' in log ? log : pino(log);
  return logger.child(
    {},
    {
      serializers: {
        req: (request: { method?: string; url?: string }) => ({
          method: request.method,
          url: maskUrl(request.url ?? ''),
        }),
        res: (reply: { statusCode?: number }) => ({ status: reply.statusCode }),
        err: describeError,
      },
    },
  );
}

/** PostgreSQL's `detail` and `where` quote whole rows, messages included. */
function describeError(error: Error): Record<string, unknown> {
  const { detail: _detail, where: _where, ...rest } = stdSerializers.err(error);
  return rest;
}

function trustOf(proxies: AppOptions['settings']['trustedProxies']): false | string[] | TrustProxyFunction {
  if (typeof proxies === 'number') return (_address, hop) => hop < proxies;
  return proxies === false ? false : [...proxies];
}

type TrustProxyFunction = (address: string, hop: number) => boolean;

/** A percent sign that begins no valid escape is itself, so that such a path is merely unknown. */
function mendPercents(url: string): string {
  if (!url.includes('%')) return url;
  const end = url.search(/[?#;]/);
  const path = end < 0 ? url : url.slice(0, end);
  try {
    decodeURIComponent(path);
    return url;
  } catch {
    return path.replaceAll('%', '%25') + url.slice(path.length);
  }
}
