// The rules of who may know whom. Each is also broken on purpose here, so that it is seen to catch what it should.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseResult } from 'dependency-cruiser';
import { afterEach, describe, expect, test } from 'vitest';
import config from '../.dependency-cruiser.mjs';
import { treeProblems } from './support/architecture-tree.ts';

const ROOT = join(import.meta.dirname, '..');
const folders: string[] = [];

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

describe('imports', () => {
  /** By rule: files that break it. Every file is found by its rule, and by no other. */
  const broken: Record<string, Record<string, string>> = {
    'core-stands-alone': {
      'src/core/looks-up.ts': `import '../dialects/dialect.ts';`,
      'src/core/looks-for-types.ts': `import type { Dialect } from '../dialects/dialect.ts';\nexport type X = Dialect;`,
      'src/core/looks-at-settings.ts': `import '../config.ts';`,
    },
    'core-uses-pure-libraries': {
      'src/core/knows-fastify.ts': `import 'fastify';`,
      'src/core/knows-pg-later.ts': `export const load = () => import('pg');`,
    },
    'dialects-do-not-meet': {
      'src/dialects/urge/borrows.ts': `import '../pythia/routes.ts';`,
    },
    'dialects-speak-to-the-core': {
      'src/dialects/urge/shortcut.ts': `import '../../adapters/database/postgresql.ts';`,
    },
    'dialects-use-the-http-framework': {
      'src/dialects/urge/knows-socket-io.ts': `import type { Socket } from 'socket.io';\nexport type X = Socket;`,
      'src/dialects/urge/knows-kysely.ts': `import 'kysely';`,
    },
    'realtime-knows-no-dialect': {
      'src/realtime/knows-urge.ts': `import '../dialects/urge/routes.ts';`,
    },
    'sockets-by-two-libraries': {
      'src/realtime/knows-pg.ts': `import 'pg';`,
    },
    'adapters-serve-the-core': {
      'src/adapters/sms/knows-realtime.ts': `import '../../realtime/hub.ts';`,
    },
    'jobs-call-commands': {
      'src/jobs/knows-adapters.ts': `import '../adapters/database/postgresql.ts';`,
    },
    'only-adapters-know-vendors': {
      'src/jobs/knows-pg-boss.ts': `import 'pg-boss';`,
      'src/cli/knows-pg.ts': `import 'pg';`,
    },
    'texts-by-one-library': {
      'src/texts/knows-pg.ts': `import 'pg';`,
    },
    'server-uses-the-http-framework': {
      'src/app.ts': `import 'fastify';\nimport '@fastify/cors';\nimport 'pino';\nimport 'pg';`,
      'src/server.ts': `import 'kysely';`,
    },
    'web-stands-alone': {
      'web/src/borrows.ts': `import '../../src/core/names.ts';`,
    },
    'server-knows-no-web': {
      'src/core/looks-at-pages.ts': `import '../../web/src/page.ts';`,
    },
    'nothing-imports-the-start': {
      'src/starts-again.ts': `import './main.ts';`,
    },
    'nothing-imports-tests': {
      'src/core/tested.ts': `import '../../test/support/people.ts';`,
    },
    'no-cycles': {
      'src/core/egg.ts': `import { hen } from './hen.ts';\nexport const egg = () => hen;`,
    },
    'no-orphans': {
      'src/core/forgotten.ts': `export const forgotten = 1;`,
    },
    'imports-exist': {
      'src/core/dreams.ts': `import './nowhere.ts';`,
    },
  };

  /** A cycle is reported once, for the one of its files that comes first. */
  const accomplices = { 'src/core/hen.ts': `import { egg } from './egg.ts';\nexport const hen = () => egg;` };

  const innocent: Record<string, string> = {
    'src/main.ts': `import './config.ts';\nimport './realtime/hub.ts';\nimport './dialects/urge/routes.ts';`,
    'src/config.ts': `import type { Name } from './core/names.ts';\nexport type X = Name;`,
    'src/app.ts': `import 'fastify';\nimport '@fastify/cors';\nimport 'pino';`,
    'src/core/names.ts': `import { sql } from 'kysely';\nimport 'node:crypto';\nimport type { Verse } from './verse.ts';\nexport type Name = Verse;\nexport const one = sql;`,
    'src/core/verse.ts': `import type { Name } from './names.ts';\nexport type Verse = Name[];`,
    'src/dialects/dialect.ts': `import 'fastify';\nimport { one } from '../core/names.ts';\nexport type Dialect = typeof one;`,
    'src/dialects/urge/routes.ts': `import '../dialect.ts';\nimport 'typebox';\nimport './shapes.ts';`,
    'src/dialects/urge/shapes.ts': `import '../../core/names.ts';`,
    'src/dialects/pythia/routes.ts': `import '../dialect.ts';`,
    'src/realtime/hub.ts': `import 'ws';\nimport type { WebSocket } from 'ws';\nimport 'socket.io';\nimport '../dialects/dialect.ts';\nexport type X = WebSocket;`,
    'src/adapters/database/postgresql.ts': `import 'pg';\nimport '../../core/names.ts';\nimport type { X } from '../../config.ts';\nexport type Y = X;`,
    'test/support/people.ts': `import '../../src/core/names.ts';`,
    'web/src/page.ts': `import './part.ts';`,
    'web/src/part.ts': `export const part = 1;`,
  };

  test('what is allowed is allowed', async () => {
    expect(await violations(planted(innocent))).toEqual([]);
  });

  test('every rule has something that breaks it', () => {
    expect(Object.keys(broken).toSorted()).toEqual(config.forbidden?.map((rule) => rule.name).toSorted());
  });

  test('what breaks a rule is caught by that rule alone', async () => {
    const expected = Object.entries(broken).flatMap(([rule, files]) => Object.keys(files).map((file) => [rule, file]));
    const found = await violations(planted(Object.assign({ ...innocent, ...accomplices }, ...Object.values(broken))));
    expect(found.toSorted()).toEqual(expected.map(([rule, file]) => `${rule}: ${file}`).toSorted());
  });

  async function violations(folder: string): Promise<string[]> {
    const { output } = await cruise(['src', 'test', 'web'], {
      ...config.options,
      tsConfig: {},
      baseDir: folder,
      preserveSymlinks: true,
      validate: true,
      ruleSet: { forbidden: config.forbidden ?? [] },
    });
    const found = (output as ICruiseResult).summary.violations.map(({ rule, from }) => `${rule.name}: ${from}`);
    return [...new Set(found)];
  }
});

describe('words', () => {
  interface WordRule {
    pattern: RegExp;
    where: RegExp;
    caught: string[];
    passed: string[];
  }

  const rules: Record<string, WordRule> = {
    'only config.ts reads the environment': {
      pattern: /\bprocess\s*\??\.\s*env\b|\bprocess\s*\[|\benv\b[^;]*=\s*process\b|from '(node:)?process'/,
      where: /^src\/(?!config\.ts$)/,
      caught: ['process.env.PORT', 'const { env } = process;', `import { env } from 'node:process';`, `process['env']`],
      passed: ['// process.env is read by config.ts', 'process.on("exit", stop)', 'process.argv'],
    },
    // What migrates makes the tables that commands write.
    'only execute opens a transaction, and what migrates': {
      pattern: /\.\s*(transaction|startTransaction)\s*\(/,
      where: /^src\/(?!(core\/execute(\.ts|\/.*)|adapters\/database\/migrate\.ts)$)/,
      caught: ['db.transaction().execute(work)', 'await db\n  .transaction()', 'db.startTransaction()'],
      passed: ['// db.transaction() is for execute', 'transaction(', 'ctx.tx.selectFrom("accounts")'],
    },
  };

  for (const [name, { pattern, where, caught, passed }] of Object.entries(rules)) {
    test(name, () => {
      const guilty = sources().filter((file) => where.test(file) && pattern.test(code(read(file))));
      expect(guilty).toEqual([]);
    });

    test(`${name}: seen to catch`, () => {
      expect(caught.filter((text) => !pattern.test(code(text)))).toEqual([]);
      expect(passed.filter((text) => pattern.test(code(text)))).toEqual([]);
    });
  }

  test('every file begins with a line that says what it is', () => {
    const files = [...sources(), ...filesUnder('test'), ...filesUnder('scripts'), ...filesUnder('web')].filter((file) =>
      /\.m?tsx?$|\.mjs$/.test(file),
    );
    expect(files.filter((file) => !/^(#!.*\n)?\/\/ \S.*[.:;]?\n/.test(read(file)))).toEqual([]);
  });

  /** Without its comments. */
  function code(text: string): string {
    return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/(^|\s)\/\/.*$/gm, '');
  }
});

describe('the tree in ARCHITECTURE.md', () => {
  test('is the tree of folders', () => {
    const map = join(ROOT, 'ARCHITECTURE.md');
    expect(existsSync(map), 'ARCHITECTURE.md is missing').toBe(true);
    expect(treeProblems(readFileSync(map, 'utf8'), ROOT)).toEqual([]);
  });

  const folder = { 'src/main.ts': '', 'src/core/a.ts': '', 'src/core/deep/b.ts': '', 'src/jobs/c.ts': '' };

  test('may leave folders closed, and speak', () => {
    const tree = ['src/', '  main.ts      where it starts; see core/a.ts', '  core/  jobs/', 'web/   the client'];
    expect(treeProblems(fenced(tree), planted(folder))).toEqual([]);
  });

  test('is told apart from another', () => {
    const tree = ['src/', '  main.ts  config.ts', '  core/   the messenger', '    a.ts', '  jobs/', '    c.ts   d.ts'];
    expect(treeProblems(fenced(tree), planted(folder))).toEqual([
      'src/config.ts is drawn and does not exist.',
      'src/core/deep/ exists and is not drawn.',
      'src/jobs/d.ts is drawn and does not exist.',
    ]);
  });

  test('is missed', () => {
    expect(treeProblems('# Map\n\n```\nweb/\n```\n', ROOT)).toHaveLength(1);
  });

  function fenced(lines: string[]): string {
    return `# Map\n\n\`\`\`sh\nnpm start\n\`\`\`\n\n\`\`\`\n${lines.join('\n')}\n\`\`\`\n`;
  }
});

/** A folder with these files, and the packages of the project. */
function planted(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'parlance-architecture-'));
  folders.push(folder);
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  for (const [path, content] of Object.entries({ ...files, 'package.json': read('package.json') })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

function sources(): string[] {
  return filesUnder('src');
}

function filesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) =>
    entry.isDirectory() ? filesUnder(`${folder}/${entry.name}`) : [`${folder}/${entry.name}`],
  );
}

function read(file: string): string {
  return readFileSync(join(ROOT, file), 'utf8');
}
