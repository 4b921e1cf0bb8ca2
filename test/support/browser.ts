// People with browsers, before the web client as the server serves it.

import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { describe } from 'vitest';
import { buildWebClient } from '../../scripts/setup.mjs';
import { call } from './people.ts';
import type { TestServer } from './server.ts';

const executablePath = '/usr/bin/chromium';
const isThere = existsSync(executablePath);

/** Stories that need a browser: left out where there is none, but never in CI. */
export const describeInBrowser = isThere || process.env.CI !== undefined ? describe : describe.skip;

/**
 * Builds the web client if it changed, and starts the browser: one for a file, with a context for each person. Before the
 * server, which looks at what is built when it starts.
 */
export async function openBrowser(): Promise<Browser> {
  await buildWebClient();
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
      // As few pictures a second as it can: two cores code and decode all sides of a call.
      '--use-fake-device-for-media-stream=fps=5',
      '--use-fake-ui-for-media-stream',
      '--allow-loopback-in-peer-connection',
    ],
  });
}

export interface Visitor {
  name: string;
  id: string;
  token: string;
  page: Page;
  context: BrowserContext;
  /** What the page complained of: broken policy, errors, and answers of 5xx. */
  complaints: string[];
}

let counter = 0;

/** Somebody at the page: signed up as `name`, or before signing in where that is null. `script` runs before the page's. */
export async function visit(
  browser: Browser,
  server: TestServer,
  name: string | null,
  options: BrowserContextOptions = {},
  script = '',
): Promise<Visitor> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en', ...options });
  await context.addInitScript(script);
  const page = await context.newPage();
  page.setDefaultTimeout(15_000);
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('console', (line) => {
    // A refusal is the story's matter; a line that breaks may be part of it.
    if (line.type() === 'error' && !/Failed to load resource|WebSocket|ERR_/.test(line.text())) {
      complaints.push(line.text());
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`);
  });
  const visitor: Visitor = { name: name ?? '', id: '', token: '', page, context, complaints };
  if (name !== null) await signUp(server, visitor, name);
  await page.goto(`${server.url}/app`);
  return visitor;
}

/** Through URGE's API, and into the page as signing in would have left it. */
async function signUp(server: TestServer, visitor: Visitor, name: string): Promise<void> {
  counter += 1;
  const phone = `+1777${String(process.pid % 1000).padStart(3, '0')}${String(counter).padStart(4, '0')}`;
  const { body } = await call(server, 'POST', '/api/auth/register', {
    body: { phone_number: phone, display_name: name },
  });
  visitor.id = body.user.id;
  visitor.token = body.access_token;
  const session = {
    accessToken: body.access_token,
    refreshToken: body.refresh_token,
    dialect: 'urge',
    me: { id: body.user.id, name, avatarUrl: null },
  };
  await visitor.context.addInitScript(
    `if (!sessionStorage.getItem('begun')) {
      sessionStorage.setItem('begun', 'yes');
      localStorage.setItem('parlance.session', ${JSON.stringify(JSON.stringify(session))});
    }`,
  );
}

/** The direct conversation of two, by its id. */
export async function directOf(server: TestServer, one: Visitor, other: Visitor): Promise<string> {
  const body = { participant_ids: [other.id] };
  const answer = await call(server, 'POST', '/api/conversations', { body, token: one.token });
  return answer.body.id as string;
}

/** Goes to a place in the page as a link in it would: the page stays loaded. */
export async function go({ page }: Visitor, path: string): Promise<void> {
  await page.evaluate(`history.pushState(null, '', ${JSON.stringify(`/app${path}`)})`);
}

/** Goes to a room and waits until it is there. */
export async function enter(visitor: Visitor, conversationId: string): Promise<void> {
  await go(visitor, `/c/${conversationId}`);
  await writing(visitor.page).waitFor();
}

export function writing(page: Page) {
  return page.getByRole('textbox', { name: /^Message to / });
}

/** Writes a message and sends it. */
export async function say({ page }: Visitor, text: string): Promise<void> {
  await writing(page).fill(text);
  await writing(page).press('Enter');
}

/** A message as it stands in the room, by words of it. */
export function message({ page }: Visitor, words: string) {
  return page.getByRole('article').filter({ hasText: words });
}
