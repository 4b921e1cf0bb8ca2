// `npm run user -- …`: makes, promotes, disables accounts and sets their passwords. Never over HTTP.

import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { createAccount, findAccount, setDisabled, setPassword, setSuperuser } from '../core/accounts/administer.ts';
import type { Messenger } from '../core/execute.ts';
import { asOperator } from './operator.ts';

const help = `npm run user -- <command> <name>

  create <username> [--email=…] [--superuser]   makes an account; asks for its password
  show <name>                                   says what there is
  password <name>                               sets a new password; ends every session
  promote <name>      demote <name>             makes a superuser, or no longer
  disable <name>      enable <name>             lets nobody in, or in again

<name> is a username, an e-mail address or a phone number. The password is read from the terminal, or from standard
input if that is a pipe. With the embedded database stop the server first: one process at a time has its folder.
`;

const system = { kind: 'system' } as const;

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: { email: { type: 'string' }, superuser: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

async function act(messenger: Messenger, verb: string, subject: string): Promise<string> {
  if (verb === 'create') {
    const isSuperuser = options.superuser ?? false;
    const password = await readPassword();
    await messenger.execute(system, createAccount, { username: subject, password, email: options.email, isSuperuser });
    return `Made ${isSuperuser ? 'the superuser' : 'the account'} ${subject}.`;
  }
  const account = await messenger.ask(system, findAccount, { name: subject });
  const { id, username } = account;
  switch (verb) {
    case 'show':
      return JSON.stringify(account, null, 2);
    case 'password':
      await messenger.execute(system, setPassword, { id, password: await readPassword() });
      return `${username} has a new password; every session has ended.`;
    case 'promote':
    case 'demote':
      await messenger.execute(system, setSuperuser, { id, on: verb === 'promote' });
      return `${username} is ${verb === 'promote' ? 'now' : 'no longer'} a superuser.`;
    case 'disable':
    case 'enable':
      await messenger.execute(system, setDisabled, { id, on: verb === 'disable' });
      return `${username} is ${verb}d.`;
    default:
      throw new Error(`There is no command "${verb}".\n\n${help}`);
  }
}

async function readPassword(): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const password = await terminal.question(process.stdin.isTTY ? 'Password: ' : '');
    if (password.length < 8) throw new Error('A password has at least 8 characters.');
    return password;
  } finally {
    terminal.close();
  }
}

const [command, name] = positionals;
if (options.help || !command || !name) {
  console.log(help);
  process.exitCode = options.help ? 0 : 1;
} else {
  await asOperator((messenger) => act(messenger, command, name)).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  });
}
