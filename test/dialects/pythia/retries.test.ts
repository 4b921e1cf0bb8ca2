// The client sends a call again when its connection broke: what was done once stays done once.

import { request as httpRequest } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Context, System } from '../../../src/core/context.ts';
import { startTestServer, type TestServer } from '../../support/server.ts';
import { history, makeChannel, ok, register, type Pythian } from './people.ts';

let server: TestServer;
let alice: Pythian;
let channel: string;

beforeAll(async () => {
  server = await startTestServer();
  alice = await register(server, 'alice');
  channel = await makeChannel(alice, 'lobby');
});
afterAll(() => server.close());

/** Sends a request, and hangs up before there can be an answer. */
async function hangUpAfter(path: string, body: object, isDone: () => Promise<boolean>): Promise<void> {
  const payload = JSON.stringify(body);
  const request = httpRequest(`${server.url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${alice.token}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(payload),
    },
  });
  request.on('error', () => {});
  // Held back, so that the work begins only when the client is about to be gone.
  await server.messenger.execute(
    { kind: 'system' },
    async ({ tx }: Context<System>) => {
      await tx.selectFrom('conversations').select('id').forUpdate().execute();
      request.end(payload);
      await new Promise((resolve) => request.once('finish', resolve));
      await sleep(server.database.kind === 'embedded' ? 50 : 200);
      request.destroy();
      await sleep(50);
    },
    {},
  );
  await expect.poll(isDone, { timeout: 5_000 }).toBe(true);
}

describe('a lost answer', () => {
  it('to a message is given to the same message again, and the third time it is a new one', async () => {
    const body = { content: 'did it arrive?', channel_id: channel };
    await hangUpAfter('/api/v1/messages/', body, async () => (await history(alice, channel)).length === 1);
    const again = await ok(alice.call('POST', '/api/v1/messages/', body));
    expect(await history(alice, channel)).toEqual([again]);
    await ok(alice.call('POST', '/api/v1/messages/', body));
    expect((await history(alice, channel)).length).toBe(2);
  });

  it('to a reaction does not take it off again', async () => {
    const [message] = await history(alice, channel, '?limit=1');
    const reactions = async () => (await ok(alice.call('GET', `/api/v1/messages/${message.id}`))).reactions;
    const body = { message_id: message.id, emoji: '👍' };
    await hangUpAfter('/api/v1/messages/reactions', body, async () => (await reactions()).length === 1);
    expect(await ok(alice.call('POST', '/api/v1/messages/reactions', body))).toMatchObject({ action: 'add' });
    expect(await reactions()).toHaveLength(1);
  });
});

describe('an answer that arrived', () => {
  it('is not given again: the same words twice are two messages', async () => {
    const ends = (await history(alice, channel)).length + 2;
    for (let time = 0; time < 2; time += 1) {
      const answer = await fetch(`${server.url}/api/v1/messages/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${alice.token}`, 'content-type': 'application/json' },
        body: JSON.stringify({ content: 'ok', channel_id: channel }),
      });
      expect(answer.status).toBe(200);
      await answer.json();
    }
    expect((await history(alice, channel)).length).toBe(ends);
  });
});
