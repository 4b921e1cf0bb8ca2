// What one delivered message costs the server: 1,000 plain WebSockets in one conversation, singly and 16 to a tick.
// `npx tsx bench/fanout.ts`. The clients are a process of their own; stock `ws` runs beside it in the same minute.

import { type ChildProcess, fork } from 'node:child_process';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type WebSocket, WebSocketServer } from 'ws';
import { createMemoryCluster } from '../src/adapters/cluster/memory.ts';
import type { Event } from '../src/core/events.ts';
import type { AccountId, ConversationId, MessageId, SessionId } from '../src/core/ids.ts';
import { createGateway } from '../src/realtime/gateway.ts';
import { createHub } from '../src/realtime/hub.ts';

const CLIENTS = 1_000;
const SECONDS = 2;
const ROUNDS = 3;
const TEXT = 'x'.repeat(200);
const room = 1 as ConversationId;

if (process.argv[2] === 'clients') await listenAsClients(Number(process.argv[3]), Number(process.argv[4]));
else await measure();

/** Connects, and tells the parent when as many bytes have come, counted from the start, as it waits for. */
async function listenAsClients(port: number, count: number): Promise<void> {
  let received = 0;
  let waitFor = Infinity;
  const tell = () => {
    if (received < waitFor) return;
    waitFor = Infinity;
    process.send?.({ received });
  };
  for (let id = 1; id <= count; id += 1) {
    await new Promise<void>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.write(
        `GET /ws?token=${id} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
          'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n',
      );
      socket.once('data', () => {
        resolve();
        socket.on('data', (data) => {
          received += data.length;
          tell();
        });
      });
    });
  }
  process.on('message', (message: { waitFor: number }) => {
    waitFor = message.waitFor;
    tell();
  });
  process.send?.({ ready: true });
}

interface Side {
  name: string;
  /** Sends `count` messages to all, in one tick. */
  send(count: number): void;
  sent: number;
  port: number;
  stop(): Promise<void>;
}

async function measure(): Promise<void> {
  const sides = [await openOurs(), await openStock()];
  const results = new Map<string, { perMessage: number; rate: number }[]>();
  const clients = new Map<Side, ChildProcess>();
  for (const side of sides) {
    const child = fork(fileURLToPath(import.meta.url), ['clients', String(side.port), String(CLIENTS)]);
    clients.set(side, child);
    await heard(child);
  }
  await new Promise((resolve) => setTimeout(resolve, 500));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const batch of [1, 16]) {
      for (const [side, child] of clients) {
        const name = `${side.name}, ${batch === 1 ? 'singly' : `${batch} to a tick`}`;
        results.set(name, [...(results.get(name) ?? []), await run(side, child, batch)]);
      }
    }
  }
  for (const [side, child] of clients) {
    child.kill();
    await side.stop();
  }
  console.log(`${CLIENTS} receivers, ${TEXT.length} bytes of text; goals: 8 µs singly, 2 µs several to a tick`);
  for (const [name, rounds] of results) {
    const cpu = rounds.map(({ perMessage }) => perMessage).sort((a, b) => a - b)[Math.floor(rounds.length / 2)] ?? 0;
    const rate = Math.max(...rounds.map((round) => round.rate));
    console.log(
      `${name.padEnd(24)} ${cpu.toFixed(2)} µs CPU per delivered message, ${Math.round(rate)} delivered/s at best`,
    );
  }
}

/** Sends a batch, waits until all have it, and again. */
async function run(side: Side, clients: ChildProcess, batch: number): Promise<{ perMessage: number; rate: number }> {
  const bytes = CLIENTS * (4 + wireText(0).length);
  const cpu = process.cpuUsage();
  const start = performance.now();
  let delivered = 0;
  while (performance.now() - start < SECONDS * 1_000) {
    side.sent += batch;
    clients.send({ waitFor: side.sent * bytes });
    side.send(batch);
    await heard(clients);
    delivered += batch * CLIENTS;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { perMessage: (user + system) / delivered, rate: (delivered * 1_000) / (performance.now() - start) };
}

function heard(clients: ChildProcess): Promise<unknown> {
  return new Promise((resolve) => clients.once('message', resolve));
}

/** The same length for every number. */
function wireText(no: number): string {
  return JSON.stringify({ type: 'new_message', no: String(no).padStart(9, '0'), text: TEXT });
}

async function openOurs(): Promise<Side> {
  const cluster = createMemoryCluster();
  const members = Array.from({ length: CLIENTS }, (_, index) => (index + 1) as AccountId);
  const hub = createHub({
    cluster,
    dialects: { pythia: { 'message.hidden': { frames: (event) => [wireText(event.messageId)] } } },
    readAudience: async () => ({ membershipVersion: 1, members }),
    readChanges: async () => [],
    log: console,
  });
  const gateway = createGateway({
    hub,
    cluster,
    protocols: { pythia: { transport: 'ws', async opened() {}, async received() {}, async closed() {} } },
    authenticate: async (token) => ({
      kind: 'member',
      accountId: Number(token) as AccountId,
      sessionId: Number(token) as SessionId,
      dialect: 'pythia',
    }),
    readConversations: async () => [{ id: room, lastChangeNo: 0, membershipVersion: 1, logXid: 0 }],
    onArrive() {},
    onDepart() {},
    log: console,
  });
  const server = createServer();
  gateway.attach(server);
  let no = 0;
  const port = await listening(server);
  return {
    name: 'Parlance',
    sent: 0,
    port,
    send(count) {
      const events = Array.from({ length: count }, (): Event => {
        no += 1;
        return {
          type: 'message.hidden',
          conversationId: room,
          messageId: no as MessageId,
          audience: { kind: 'members', conversationId: room, membershipVersion: 1 },
          change: { conversationId: room, no },
        };
      });
      cluster.publish(events);
    },
    async stop() {
      await gateway.close('done');
      hub.close();
      server.close();
    },
  };
}

async function openStock(): Promise<Side> {
  const server = createServer();
  const sockets = new WebSocketServer({ server, perMessageDeflate: false });
  const open: WebSocket[] = [];
  sockets.on('connection', (socket) => open.push(socket));
  let no = 0;
  return {
    name: 'stock ws',
    sent: 0,
    port: await listening(server),
    send(count) {
      for (let sent = 0; sent < count; sent += 1) {
        const text = wireText((no += 1));
        for (const socket of open) socket.send(text);
      }
    },
    async stop() {
      for (const socket of open) socket.terminate();
      server.close();
    },
  };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}
