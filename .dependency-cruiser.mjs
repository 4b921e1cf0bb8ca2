// Who may import whom, as ARCHITECTURE.md draws it. `test/architecture.test.ts` breaks each rule on purpose.

const CORE_PACKAGES = ['kysely', 'bcrypt', 'jose', 'libphonenumber-js', 'otpauth'];
const DIALECT_PACKAGES = ['fastify', 'typebox', '@fastify/type-provider-typebox', '@fastify/multipart'];
const REALTIME_PACKAGES = ['ws', 'socket.io'];
const SERVER_PACKAGES = ['fastify', '@fastify/[^/]+', 'typebox', 'pino'];

/** @type {import('dependency-cruiser').DependencyType[]} */
const FROM_NPM = ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'];

/**
 * Everything from npm but these packages and their types.
 *
 * @param {string[]} names Regular expressions.
 */
function packagesBut(names) {
  return { dependencyTypes: FROM_NPM, pathNot: `node_modules/(@types/)?(${names.join('|')})/` };
}

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'core-stands-alone',
      comment: 'The messenger knows nothing of ours but itself.',
      severity: 'error',
      from: { path: '^src/core/' },
      to: { path: '^src/', pathNot: '^src/core/' },
    },
    {
      name: 'core-uses-pure-libraries',
      comment: `From packages the core takes only ${CORE_PACKAGES.join(', ')}.`,
      severity: 'error',
      from: { path: '^src/core/' },
      to: packagesBut(CORE_PACKAGES),
    },
    {
      name: 'dialects-do-not-meet',
      comment: 'No product’s API imports another’s; what they share stands in src/dialects/ itself.',
      severity: 'error',
      from: { path: '^src/dialects/([^/]+)/' },
      to: { path: '^src/dialects/[^/]+/', pathNot: '^src/dialects/$1/' },
    },
    {
      name: 'dialects-speak-to-the-core',
      comment: 'A dialect imports the core, the texts and what dialects share, nothing else of ours.',
      severity: 'error',
      from: { path: '^src/dialects/' },
      to: { path: '^src/', pathNot: '^src/(core|dialects|texts)/' },
    },
    {
      name: 'dialects-use-the-http-framework',
      comment: `From packages a dialect takes only ${DIALECT_PACKAGES.join(', ')}.`,
      severity: 'error',
      from: { path: '^src/dialects/' },
      to: packagesBut(DIALECT_PACKAGES),
    },
    {
      name: 'realtime-knows-no-dialect',
      comment: 'The sockets know the core and what a dialect is, not which ones there are.',
      severity: 'error',
      from: { path: '^src/realtime/' },
      to: { path: '^src/', pathNot: '^src/(core/|realtime/|dialects/[^/]+$)' },
    },
    {
      name: 'adapters-serve-the-core',
      comment: 'An adapter imports the core whose port it is, and the settings.',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/', pathNot: '^src/(core/|adapters/|config[.]ts$)' },
    },
    {
      name: 'jobs-call-commands',
      comment: 'A job imports the core.',
      severity: 'error',
      from: { path: '^src/jobs/' },
      to: { path: '^src/', pathNot: '^src/(core|jobs|texts)/' },
    },
    {
      name: 'sockets-by-two-libraries',
      comment: `From packages realtime takes only ${REALTIME_PACKAGES.join(', ')}.`,
      severity: 'error',
      from: { path: '^src/realtime/' },
      to: packagesBut(REALTIME_PACKAGES),
    },
    {
      name: 'server-uses-the-http-framework',
      comment:
        'What stands in src/ itself puts the server together: of packages it takes Fastify, its plugins, schemas and pino.',
      severity: 'error',
      from: { path: '^src/[^/]+$' },
      to: packagesBut(SERVER_PACKAGES),
    },
    {
      name: 'only-adapters-know-vendors',
      comment: 'What remains (jobs, command line) takes no package at all: vendors are for adapters.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/((core|dialects|realtime|adapters|texts)/|[^/]+$)' },
      to: { dependencyTypes: FROM_NPM },
    },
    {
      name: 'texts-by-one-library',
      comment: 'Texts are looked up by i18next, and by nothing else.',
      severity: 'error',
      from: { path: '^src/texts/' },
      to: packagesBut(['i18next']),
    },
    {
      name: 'web-stands-alone',
      comment: 'The web client knows the server only by what it says over the wire.',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^(src|test|scripts)/' },
    },
    {
      name: 'server-knows-no-web',
      comment: 'The server hands the web client out as files, built.',
      severity: 'error',
      from: { path: '^src/' },
      to: { path: '^web/' },
    },
    {
      name: 'nothing-imports-the-start',
      comment: 'main.ts and the command line are where things begin.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/cli/' },
      to: { path: '^src/(main[.]ts$|cli/)' },
    },
    {
      name: 'nothing-imports-tests',
      severity: 'error',
      comment: 'Benchmarks start the same processes as tests do.',
      from: { pathNot: '^(test|bench)/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'Cycles of types alone vanish when compiled, and are no concern.',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    {
      name: 'no-orphans',
      comment: 'A file that imports nothing and is imported by nothing is forgotten, or not yet needed.',
      severity: 'error',
      from: { orphan: true, path: '^src/', pathNot: '^src/main[.]ts$' },
      to: {},
    },
    {
      name: 'imports-exist',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
