// Who is here, as several processes keep it in Redis: each counts its own accounts in, and the living bury the dead.

import { createHash } from 'node:crypto';
import type { Cluster, Redis } from 'ioredis';
import type { AccountId } from '../../core/ids.ts';
import type { Sign } from '../../core/ports.ts';
import { otherThan, type Roll } from './roll.ts';

/** What a beat found. */
export interface Beat {
  /** False: Redis knows nothing of this process, because it is new or Redis has forgotten. */
  known: boolean;
  /** True: it was thought dead, and its accounts were told of as gone. */
  buried: boolean;
  /** Processes that have not been heard from for too long. */
  dead: string[];
}

interface Script {
  text: string;
  digest: string;
}

const HOUR = 3_600_000;

/*
 * `processes`  when each process last gave a sign of life, by the clock of Redis
 * `buried`     those that did not, and when they were given up
 * `here`       on how many processes an account has a connection; `asking`: a visit
 * `at:<process>`  the accounts that have a connection on it; `asking:<process>`: a visit
 *
 * Counts and sets do not expire, for they may only go together: what the last process leaves behind when it is killed
 * is buried by the next one to start.
 */
const now = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)`;

const leave = `
  local function leave(here, account)
    local left = redis.call('HINCRBY', here, account, -1)
    if left <= 0 then redis.call('HDEL', here, account) end
    return left <= 0
  end`;

const joinScript = script(`
  local here, at, better, first = KEYS[1], KEYS[2], KEYS[3], {}
  for _, account in ipairs(ARGV) do
    if redis.call('SADD', at, account) == 1 and redis.call('HINCRBY', here, account, 1) == 1
      and (better == here or redis.call('HEXISTS', better, account) == 0) then
      first[#first + 1] = account
    end
  end
  return first`);

const leaveScript = script(`${leave}
  local here, at, otherwise, gone = KEYS[1], KEYS[2], KEYS[3], {}
  for _, account in ipairs(ARGV) do
    local isLast
    if redis.call('SREM', at, account) == 1 then isLast = leave(here, account)
    else isLast = redis.call('HEXISTS', here, account) == 0 end
    if isLast and redis.call('HEXISTS', otherwise, account) == 0 then gone[#gone + 1] = account end
  end
  return gone`);

const beatScript = script(`${now}
  local processes, buried, process, patience = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
  local known = redis.call('ZSCORE', processes, process) and 1 or 0
  redis.call('ZADD', processes, now, process)
  redis.call('ZREMRANGEBYSCORE', buried, '-inf', now - ${HOUR})
  local wasBuried = redis.call('ZREM', buried, process)
  return { known, wasBuried, redis.call('ZRANGEBYSCORE', processes, '-inf', now - patience) }`);

const buryScript = script(`${now}${leave}
  local processes, buried, process, patience = KEYS[1], KEYS[2], ARGV[1], ARGV[2]
  local last = redis.call('ZSCORE', processes, process)
  if not last or tonumber(last) > now - patience then return {} end
  local gone = {}
  for place = 3, 5, 2 do
    for _, account in ipairs(redis.call('SMEMBERS', KEYS[place + 1])) do
      if leave(KEYS[place], account) then gone[#gone + 1] = account end
    end
    redis.call('DEL', KEYS[place + 1])
  end
  redis.call('ZREM', processes, process)
  redis.call('ZADD', buried, now, process)
  redis.call('PEXPIRE', buried, ${HOUR})
  return gone`);

/** One process's hand in the common presence. Everything here rejects when Redis does not answer. */
export class SharedPresence {
  readonly #redis: Redis | Cluster;
  readonly #process: string;
  readonly #prefix: string;
  readonly #patience: number;

  /** `prefix` holds a hash tag, for the scripts touch several keys: in a Redis Cluster these must be in one place. */
  constructor(
    redis: Redis | Cluster,
    { process, prefix, patience }: { process: string; prefix: string; patience: number },
  ) {
    this.#redis = redis;
    this.#process = process;
    this.#prefix = prefix;
    this.#patience = patience;
  }

  /** The accounts are on this process now, by such a sign. Answers which of them were on none, by that or a connection. */
  async join(how: Sign, accounts: readonly AccountId[]): Promise<AccountId[]> {
    const keys = [this.#here(how), this.#at(how), this.#here('connection')];
    return accountsIn(await this.#run(joinScript, keys, accounts));
  }

  /** The accounts are on this process no longer, by such a sign. Answers which of them are on none now, by any. */
  async leave(how: Sign, accounts: readonly AccountId[]): Promise<AccountId[]> {
    const keys = [this.#here(how), this.#at(how), this.#here(otherThan(how))];
    return accountsIn(await this.#run(leaveScript, keys, accounts));
  }

  /** Which of the accounts are anywhere by one of these signs. */
  async here(signs: readonly Sign[], accounts: readonly AccountId[]): Promise<AccountId[]> {
    const fields = accounts.map(String);
    const counts = await Promise.all(signs.map((how) => this.#redis.hmget(this.#here(how), ...fields)));
    return accounts.filter((_, index) => counts.some((found) => found[index] !== null));
  }

  /** How many accounts have a connection anywhere. */
  connected(): Promise<number> {
    return this.#redis.hlen(this.#here('connection'));
  }

  /** Gives a sign of life. */
  async beat(): Promise<Beat> {
    const answer = await this.#run(beatScript, [this.#processes, this.#buried], [this.#process, this.#patience]);
    const [known, buried, dead] = answer as [number, number, string[]];
    return { known: known === 1, buried: buried === 1, dead };
  }

  /**
   * Makes Redis know that these accounts, and no others, are on this process by such a sign. Answers which of them were on
   * none, as `join` does.
   */
  async restore(how: Sign, accounts: Pick<Roll, 'has' | 'accounts'>): Promise<AccountId[]> {
    const known = new Set(accountsIn(await this.#redis.smembers(this.#at(how))));
    // All is sent before anything else happens here, so that who comes or goes from now on is counted after it.
    const left = [...known].filter((account) => !accounts.has(account));
    const missing = [...accounts.accounts()].filter((account) => !known.has(account));
    const [first] = await Promise.all([
      Promise.all(portionsOf(missing).map((portion) => this.join(how, portion))),
      Promise.all(portionsOf(left).map((portion) => this.leave(how, portion))),
    ]);
    return first.flat();
  }

  /** Takes away what a dead process left, once, whoever calls. Answers who is nowhere now by what they were here. */
  async bury(process: string): Promise<AccountId[]> {
    return this.#bury(process, this.#patience);
  }

  /** This process ends. */
  async resign(): Promise<void> {
    await this.#bury(this.#process, 0);
  }

  async #bury(process: string, patience: number): Promise<AccountId[]> {
    const keys = [this.#processes, this.#buried];
    for (const how of ['connection', 'visit'] as const) keys.push(this.#here(how), this.#at(how, process));
    return [...new Set(accountsIn(await this.#run(buryScript, keys, [process, patience])))];
  }

  get #processes(): string {
    return `${this.#prefix}processes`;
  }

  get #buried(): string {
    return `${this.#prefix}buried`;
  }

  #here(how: Sign): string {
    return `${this.#prefix}${how === 'connection' ? 'here' : 'asking'}`;
  }

  #at(how: Sign, process = this.#process): string {
    return `${this.#prefix}${how === 'connection' ? 'at' : 'asking'}:${process}`;
  }

  async #run(
    { text, digest }: Script,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    try {
      return await this.#redis.evalsha(digest, keys.length, ...keys, ...values);
    } catch (error) {
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return this.#redis.eval(text, keys.length, ...keys, ...values);
    }
  }
}

function script(text: string): Script {
  return { text, digest: createHash('sha1').update(text).digest('hex') };
}

/** So few that nobody else waits long for Redis. */
function portionsOf(accounts: readonly AccountId[]): AccountId[][] {
  const portions: AccountId[][] = [];
  for (let start = 0; start < accounts.length; start += 1_000) portions.push(accounts.slice(start, start + 1_000));
  return portions;
}

function accountsIn(answer: unknown): AccountId[] {
  return (answer as string[]).map((account) => Number(account) as AccountId);
}
