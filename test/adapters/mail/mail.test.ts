// Mail: printed in development, kept quiet in production, and sent to an SMTP server that checks what it is told.

import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { afterEach, expect, it, vi } from 'vitest';
import { openMail } from '../../../src/adapters/mail/index.ts';

const letter = { subject: 'Ihr Code — 確認', text: 'Ihr Code ist 123456.' };
const code = { code: '123456', id: 17 };
const to = 'alice@example.org';

let server: Server | undefined;
const sockets: Socket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server?.close();
  server = undefined;
});

/** What it was told, and how it answers: by the verb, or by nothing and a closed line. */
async function listen(answers: Record<string, string | null> = {}): Promise<{ port: number; told: string[] }> {
  const told: string[] = [];
  server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    let isLetter = false;
    const say = (verb: string, usual: string) => {
      const answer = verb in answers ? answers[verb] : usual;
      if (answer === null || answer === undefined) return socket.destroy();
      socket.write(`${answer}\r\n`);
    };
    createInterface({ input: socket }).on('line', (line) => {
      told.push(line);
      if (isLetter) {
        if (line !== '.') return;
        isLetter = false;
        return say('.', '250 taken');
      }
      const verb = line.split(/[ :]/, 1)[0]!.toUpperCase();
      if (verb === 'EHLO') return say('EHLO', '250-mail.test\r\n250 AUTH PLAIN');
      if (verb === 'AUTH') return say('AUTH', '235 come in');
      if (verb === 'DATA') {
        isLetter = answers['DATA'] === undefined;
        return say('DATA', '354 go on');
      }
      return say(verb, '250 fine');
    });
    say('connected', '220 mail.test');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, told };
}

const open = (port: number, more: object = {}) =>
  openMail({
    environment: 'production',
    print: () => {},
    log: { warn: () => {} },
    smtp: {
      host: '127.0.0.1',
      port,
      username: 'parlance',
      password: 'a password',
      tls: false,
      from: 'chat@example.org',
      patience: 2_000,
      ...more,
    },
  });

it('is printed in development, in one line that other tools look for', async () => {
  const lines: string[] = [];
  const mail = await openMail({
    environment: 'development',
    print: (line) => lines.push(line),
    log: { warn: () => {} },
  });
  expect(await mail.send(to, letter, code)).toMatch(/^console-/);
  expect(lines).toEqual(['EMAIL CODE alice@example.org 123456']);
});

it('is not sent in production without a server, and the log says so without the code', async () => {
  const warn = vi.fn();
  const mail = await openMail({ environment: 'production', print: () => expect.unreachable(), log: { warn } });
  await mail.send(to, letter, code);
  expect(warn.mock.calls).toEqual([['A code was not sent: no SMTP server is configured.']]);
});

it('goes to the server: who from, who to, what', async () => {
  const { port, told } = await listen();
  const id = await (await open(port)).send(to, letter, code);
  expect(told).toContain('MAIL FROM:<chat@example.org>');
  expect(told).toContain('RCPT TO:<alice@example.org>');
  expect(told.find((line) => line.startsWith('AUTH PLAIN '))).toBe(
    `AUTH PLAIN ${Buffer.from('\0parlance\0a password').toString('base64')}`,
  );
  expect(told.join('\n')).toContain('Ihr Code ist 123456.');
  expect(told).toContain(`Message-ID: ${id}`);
});

it.each([
  ['a full box', { RCPT: '452 later' }, { kind: 'later', reason: '452' }],
  ['nobody there', { RCPT: '550 no such alice@example.org' }, { kind: 'refused', reason: '550' }],
  ['a wrong password', { AUTH: '535 no' }, { kind: 'later', reason: 'not let in' }],
  ['a letter it does not want', { '.': '554 spam' }, { kind: 'refused', reason: '554' }],
  ['silence once it talked', { MAIL: null }, { kind: 'unsure' }],
  ['silence after the letter', { '.': null }, { kind: 'unsure' }],
])('%s: says what that means, and not to whom', async (_what, answers, expected) => {
  const { port } = await listen(answers);
  const failure = await (await open(port)).send(to, letter, code).catch((error: unknown) => error);
  expect(failure).toMatchObject({ name: 'NotSent', ...expected });
  expect(String(failure)).not.toContain('alice');
});

it('does not go in the clear unless it may', async () => {
  const { port, told } = await listen({ STARTTLS: '502 not here' });
  await expect((await open(port, { tls: true })).send(to, letter, code)).rejects.toMatchObject({ kind: 'later' });
  expect(told.join('\n')).not.toContain('123456');
  expect(told.join('\n')).not.toContain('AUTH');
});

it('no server there: it is tried again', async () => {
  const { port } = await listen();
  server!.close();
  await once(server!, 'close');
  await expect((await open(port)).send(to, letter, code)).rejects.toMatchObject({ kind: 'later' });
});
