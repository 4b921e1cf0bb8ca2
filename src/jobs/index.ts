// What each job does: it calls the messenger as anyone else does.

import type { Messenger } from '../core/execute.ts';
import type { Job, Ports } from '../core/ports.ts';
import { announceJob } from './announce.ts';
import { collectUploadJob, describeMediaJob, forgetMediaJob, removeMediaJob } from './media.ts';
import { sendCode } from './send-code.ts';
import { sendEmailCode } from './send-email-code.ts';

/** What a job may use. */
export interface JobTools {
  readonly messenger: Messenger;
  readonly ports: Pick<Ports, 'sms' | 'mail'>;
  /** Told that notifications wait to be sent. */
  readonly onPlanned?: () => void;
}

/** Told how each job ended. */
type JobObserver = (name: Job['name'], outcome: 'done' | 'failed') => void;

/** Where the jobs come from. */
export interface JobSource {
  work(name: Job['name'], handler: (data: Job['data']) => Promise<void>): Promise<void>;
}

/** Each may be run more than once for one job, and what it throws is logged. */
const handlers: { readonly [Name in Job['name']]: (tools: JobTools, data: Job['data']) => Promise<void> } = {
  'send-code': sendCode,
  'send-email-code': sendEmailCode,
  'collect-upload': collectUploadJob,
  'describe-media': describeMediaJob,
  'remove-media': removeMediaJob,
  'forget-media': forgetMediaJob,
  announce: announceJob,
};

/** Begins to do what was promised, and goes on until the source closes. */
export async function startJobs({
  jobs,
  observe,
  ...tools
}: JobTools & { jobs: JobSource; observe?: JobObserver }): Promise<void> {
  for (const name of Object.keys(handlers) as Job['name'][]) {
    await jobs.work(name, async (data) => {
      try {
        await handlers[name](tools, data);
        observe?.(name, 'done');
      } catch (error) {
        observe?.(name, 'failed');
        throw error;
      }
    });
  }
}
