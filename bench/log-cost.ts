// What a send costs with and without its log row, and who pays: `npx tsx bench/log-cost.ts [--database=postgresql://…]`.

import { CompiledQuery, type Kysely, type KyselyPlugin } from 'kysely';
import type { BatchItem, Member } from '../src/core/context.ts';
import { type Draft, sendMessage } from '../src/core/messages/send.ts';
import type { Schema } from '../src/core/schema.ts';
import { openStage, percentile, say, sayMachine, serverTicks, ticksPerSecond } from './stage.ts';

const groups = [1, 10, 50];
const rounds = 5;
const milliseconds = 1_500;

const stage = await openStage();
const { db, kind } = stage.database;

try {
  sayMachine(stage.database);
  for (const size of groups) {
    const costs = { with: [] as Cost[], without: [] as Cost[] };
    for (let round = 0; round <= rounds; round += 1) {
      const one = await cost(db, size);
      const other = await cost(withoutLog(db), size);
      // The first is for warming up.
      if (round === 0) continue;
      costs.with.push(one);
      costs.without.push(other);
    }
    const [kept, left] = [middle(costs.with), middle(costs.without)];
    say(
      `groups of ${String(size).padStart(3)}: with its log row ${describe(kept)}; without ${describe(left)}; ` +
        `the row costs ${(kept.process + kept.database - left.process - left.database).toFixed(1)} µs, ` +
        `ratio ${((kept.process + kept.database) / (left.process + left.database)).toFixed(2)}`,
    );
  }
  sayMachine(stage.database);
} finally {
  await stage.close();
}

interface Cost {
  /** Microseconds of CPU a message; the embedded database's is in the process's. */
  process: number;
  database: number;
  /** Milliseconds a statement. */
  statement: number;
}

async function cost(on: Kysely<Schema>, size: number): Promise<Cost> {
  const statements: number[] = [];
  const own = process.cpuUsage();
  const server = serverTicks(stage.database);
  for (const end = performance.now() + milliseconds; performance.now() < end;) {
    const began = performance.now();
    const results = await sendMessage.run(on, items(size));
    statements.push(performance.now() - began);
    const failed = results.find((result) => result instanceof Error);
    if (failed) throw failed;
  }
  const { user, system } = process.cpuUsage(own);
  const messages = statements.length * size;
  return {
    process: (user + system) / messages,
    database: ((serverTicks(stage.database) - server) / ticksPerSecond / messages) * 1e6,
    statement: percentile(statements, 50),
  };
}

function items(size: number): BatchItem<Member, Draft>[] {
  return Array.from({ length: size }, () => {
    const { actor, draft } = stage.next();
    return { actor, input: draft, now: Date.now(), emit: () => {} };
  });
}

/** The same statement less its log row; fails if there is none to leave out. */
function withoutLog(on: Kysely<Schema>): Kysely<Schema> {
  const executor = on.getExecutor();
  const plain = new Proxy(executor, {
    get(target, name) {
      if (name === 'compileQuery') {
        return (...args: Parameters<typeof executor.compileQuery>) => {
          const compiled = target.compileQuery(...args);
          const text = compiled.sql.replace(/,\s*logged as \([\s\S]*?order by a\.conversation_id, a\.place\)/, '');
          if (text === compiled.sql) throw new Error('the statement has no log row to leave out');
          return { ...CompiledQuery.raw(text, [...compiled.parameters]), query: compiled.query };
        };
      }
      const value: unknown = Reflect.get(target, name);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
  return { getExecutor: () => plain, withPlugin: (_plugin: KyselyPlugin) => on } as unknown as Kysely<Schema>;
}

function middle(costs: readonly Cost[]): Cost {
  const of = (pick: (cost: Cost) => number) => percentile(costs.map(pick), 50);
  return {
    process: of((one) => one.process),
    database: of((one) => one.database),
    statement: of((one) => one.statement),
  };
}

function describe(one: Cost): string {
  const split = kind === 'embedded' ? 'process and database in it' : `process + ${one.database.toFixed(1)} database`;
  return `${one.process.toFixed(1)} µs ${split}, ${one.statement.toFixed(2)} ms a statement`;
}
