// What goes on beside the requests: the queue’s jobs, the followers of the log, and what tidies up.

import type { Logger } from 'pino';
import type { Closers, OpenPorts } from './adapters/index.ts';
import type { Metrics } from './adapters/metrics/prometheus.ts';
import { openWebhook } from './adapters/webhook/index.ts';
import type { Settings } from './config.ts';
import type { Messenger } from './core/execute.ts';
import type { Wordings } from './core/notifications/notice.ts';
import { keepWebhooks } from './core/notifications/webhooks.ts';
import type { PublicIds } from './dialects/public-ids.ts';
import { followLog } from './jobs/follower.ts';
import { startJobs } from './jobs/index.ts';
import { startPusher } from './jobs/pusher.ts';
import { startSweeper } from './jobs/sweeper.ts';
import { startTrimmer } from './jobs/trimmer.ts';
import { startWebhooks } from './jobs/webhooks.ts';
import { webhookBody } from './webhooks.ts';

export interface BackgroundOptions {
  settings: Settings;
  messenger: Messenger;
  ids: PublicIds;
  ports: OpenPorts;
  wordings: Wordings;
  metrics: Metrics;
  /** Milliseconds between two looks at a log in which there was nothing new. */
  followInterval: number | undefined;
  log: Logger;
  opened: Closers;
}

export async function startBackground(options: BackgroundOptions): Promise<void> {
  const { settings, messenger, ids, ports, wordings, metrics, followInterval, log, opened } = options;
  const pace = followInterval === undefined ? {} : { interval: followInterval };
  const pusher = startPusher({
    messenger,
    push: ports.push,
    wordings,
    log,
    keepDays: settings.notificationDays,
    observe: metrics.pushed,
  });
  opened.push(() => pusher.close());
  await startJobs({ messenger, jobs: ports.jobs, ports, onPlanned: () => pusher.wake(), observe: metrics.jobDone });
  const follower = followLog({ messenger, log, onPlanned: () => pusher.wake(), ...pace });
  opened.push(() => follower.close());
  const { webhookUrl, webhookSecret } = settings;
  await messenger.execute({ kind: 'system' }, keepWebhooks, { on: webhookUrl !== null });
  if (webhookUrl !== null && webhookSecret !== null) {
    const post = openWebhook({ url: webhookUrl, secret: webhookSecret, allowPrivate: settings.webPushPrivate });
    const { pushed: observe } = metrics;
    const webhooks = startWebhooks({ messenger, log, post, write: webhookBody(ids), observe, ...pace });
    opened.push(() => webhooks.close());
  }
  const { logDays, logRows } = settings;
  const trimmer = startTrimmer({ messenger, log, keepDays: logDays, keepRows: logRows });
  opened.push(() => trimmer.close());
  const sweeper = startSweeper({ messenger, log, keepDays: settings.locationDays });
  opened.push(() => sweeper.close());
}
