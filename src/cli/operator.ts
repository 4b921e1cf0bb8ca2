// What commands of the operator stand on: the database, and a core without anything around it. Stop the server first if
// the database is the embedded one: one process at a time has its folder.

import { noBlobs } from '../adapters/blobs/none.ts';
import { createMemoryCluster } from '../adapters/cluster/memory.ts';
import { openDatabase } from '../adapters/database/index.ts';
import { migrate } from '../adapters/database/migrate.ts';
import { noCalls } from '../adapters/calls/webrtc.ts';
import { bundledGifs } from '../adapters/gifs/index.ts';
import { noMedia } from '../adapters/media/none.ts';
import { noPush } from '../adapters/push/console.ts';
import { loadSettings } from '../config.ts';
import { settleEpoch } from '../core/epoch.ts';
import { DomainError } from '../core/errors.ts';
import { createMessenger, type Messenger } from '../core/execute.ts';

/** Opens, migrates, works, prints what the work answers, and closes. A refusal becomes an Error with its sentence. */
export async function asOperator(work: (messenger: Messenger) => Promise<string>): Promise<void> {
  const { settings } = loadSettings();
  const log = { info: () => {}, warn: (text: string) => console.warn(text) };
  const database = await openDatabase({ url: settings.databaseUrl ?? undefined, dataDir: settings.dataDir, log });
  try {
    await migrate(database.db, log);
    const messenger = createMessenger({
      db: database.db,
      lanes: 1,
      ports: {
        cluster: createMemoryCluster(),
        jobs: { enqueue: async () => {}, wake: () => {} },
        sms: { send: async () => '' },
        mail: { name: 'none', send: async () => '' },
        push: noPush,
        blobs: noBlobs,
        media: noMedia,
        calls: noCalls,
        gifs: bundledGifs,
      },
      settings: {
        secret: new Uint8Array(32),
        accessTokenSeconds: 0,
        refreshTokenSeconds: 0,
        socketGraceSeconds: 0,
        passwordRounds: settings.bcryptRounds,
        limits: true,
        admins: { emails: settings.adminEmails ?? [], mayRegister: false },
        subject: String,
      },
    });
    await messenger.execute({ kind: 'system' }, settleEpoch, {});
    console.log(await work(messenger));
  } catch (error) {
    if (error instanceof DomainError) throw new Error(error.message, { cause: error });
    throw error;
  } finally {
    await database.close();
  }
}
