// A core whose devices are reached by a push port of the test's own, and short ways to plan, send and look.

import { setTimeout as sleep } from 'node:timers/promises';
import { sql } from 'kysely';
import { createMemoryCluster } from '../../../src/adapters/cluster/memory.ts';
import type { Member } from '../../../src/core/context.ts';
import { createMessenger, type Messenger } from '../../../src/core/execute.ts';
import type { AccountId, ConversationId } from '../../../src/core/ids.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import { exchangeDeliveries, type Claim, type Settlement } from '../../../src/core/notifications/deliveries.ts';
import { registerDevice, type Platform } from '../../../src/core/notifications/devices.ts';
import { planNotifications } from '../../../src/core/notifications/plan.ts';
import { noPush } from '../../../src/adapters/push/console.ts';
import type { Cluster, Job, Ports, PushService } from '../../../src/core/ports.ts';
import type { DatabaseKind } from '../../support/database.ts';
import { openCore, text, type Core } from '../support.ts';

export const system = { kind: 'system' } as const;

export interface Line {
  id: number;
  state: string;
  attempts: number;
  outcome: string | null;
  kind: string;
  device_id: number;
  account_id: AccountId;
  subject_id: number;
  vendor_id: string | null;
}

export interface Stage extends Core {
  messenger: Messenger;
  cluster: Cluster;
  clock: { now: number };
  /** Jobs in the order in which they were promised, also by what was rolled back. */
  promised: Job[];
  phone(member: Member, token?: string, platform?: Platform): Promise<string>;
  say(member: Member, conversation: ConversationId, content?: string, more?: object): Promise<void>;
  /** Follows the log to its end; answers how many steps that took. */
  plan(): Promise<number>;
  exchange(settled?: readonly Settlement[], limit?: number, service?: PushService): Promise<Claim[]>;
  ledger(): Promise<Line[]>;
  /** Plans, claims all, and answers the addresses with what they are told; all is delivered. */
  told(): Promise<string[]>;
}

/** Opens it on a database of this kind. Time stands still at `clock.now` where the test sets it. */
export async function openStage(
  kind: DatabaseKind,
  adapters: Ports['push']['adapters'] = { app: 'test', browser: 'test' },
): Promise<Stage> {
  const core = await openCore(kind);
  const cluster = createMemoryCluster();
  const clock = { now: 0 };
  const promised: Job[] = [];
  const { db, lanes } = core.database;
  const messenger = createMessenger({
    db,
    lanes,
    ports: {
      cluster,
      jobs: { enqueue: async (_tx: unknown, job: Job) => void promised.push(job), wake: () => {} },
      sms: { send: async () => 'sent' },
      push: { ...noPush, adapters },
    } as unknown as Ports,
    settings: {
      secret: new Uint8Array(32).fill(7),
      accessTokenSeconds: 900,
      refreshTokenSeconds: 86_400,
      socketGraceSeconds: 0,
      passwordRounds: 4,
      limits: false,
      subject: (_dialect, account) => String(account),
    },
    now: () => clock.now || Date.now(),
  });
  let counter = 0;

  const stage: Stage = {
    ...core,
    messenger,
    cluster,
    clock,
    promised,
    async phone(member, token = `phone-${(counter += 1)}`, platform = 'ios') {
      await messenger.execute(member, registerDevice, { token, platform });
      return token;
    },
    async say(member, conversation, content = 'hello', more = {}) {
      await messenger.execute(member, sendMessage, { ...text(conversation, content), ...more });
    },
    async plan() {
      let steps = 0;
      // A transaction of another test's on the same server may hold the log's end back for a moment.
      for (const end = Date.now() + 20_000; Date.now() < end; await sleep(5)) {
        while ((await messenger.execute(system, planNotifications, {})).further) steps += 1;
        const { rows } = await sql`select 1 from changes l join followers f on f.name = 'notifications'
          and (l.epoch, l.xid, l.id) > (f.epoch, f.xid, f.id) limit 1`.execute(db);
        if (rows.length === 0) return steps;
      }
      throw new Error('the end of the log was not reached');
    },
    exchange: (settled = [], limit = 100, service = 'app') =>
      messenger.execute(system, exchangeDeliveries, { service, adapter: 'test', settled, limit, firstWait: 10 }),
    async ledger() {
      const { rows } = await sql<Line>`select * from deliveries where service <> 'sms' order by id`.execute(db);
      return rows;
    },
    async told() {
      await stage.plan();
      const told: string[] = [];
      for (let claims = await stage.exchange(); claims.length > 0;) {
        told.push(
          ...claims.map(
            ({ device, notice }) => `${device.address} ${notice.kind === 'new_message' ? notice.text : notice.kind}`,
          ),
        );
        claims = await stage.exchange(
          claims.map((claim) => ({ claim, outcome: { kind: 'delivered', vendorId: null } })),
        );
      }
      return told;
    },
  };
  return stage;
}
