// The console: for superusers and nobody else. Reports from the message to the answer, people, a broadcast, deliveries,
// live figures and changes.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { setSuperuser } from '../../src/core/accounts/administer.ts';
import type { AccountId } from '../../src/core/ids.ts';
import { objections, objectionsTo } from '../support/accessibility.ts';
import {
  describeInBrowser,
  directOf,
  enter,
  go,
  message,
  openBrowser,
  say,
  visit,
  type Visitor,
} from '../support/browser.ts';
import { call } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let root: Visitor;
let alice: Visitor;
let mallory: Visitor;

const open = (visitor: Visitor, part: string) => go(visitor, `/console/${part}`);
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const confirm = (page: Page, name: string) =>
  page.getByRole('dialog', { name }).getByRole('button', { name, exact: true }).click();
const status = async (token: string, path = '/api/auth/me') => (await call(server, 'GET', path, { token })).status;

/** On a machine that is busy with others too. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 50 });

/** Presses a switch, which stands there at once as it is going to be. */
async function turn(page: Page, name: string, isOn: boolean): Promise<void> {
  const one = page.getByRole('switch', { name });
  await one.click();
  await until(async () => expect(await one.isChecked()).toBe(isOn));
}

describeInBrowser('the console', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer({ SMTP_PASSWORD: 'a word nobody may read', LOG_DAYS: '7' });
    [root, alice, mallory] = await Promise.all([
      visit(browser, server, 'Root'),
      visit(browser, server, 'Alice'),
      visit(browser, server, 'Mallory'),
    ]);
    const id = server.ids.fromUuid('account', root.id) as AccountId;
    await server.messenger.execute({ kind: 'system' }, setSuperuser, { id, on: true });
    // A page asks once who it is for.
    await root.page.reload();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('is not there for others, and the server refuses them', { timeout: 60_000 }, async () => {
    await open(root, 'people');
    await root.page.getByRole('heading', { name: 'People' }).waitFor();
    await open(mallory, 'people');
    await mallory.page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
    await mallory.page.waitForURL(/\/app\/?$/);
    expect(await mallory.page.getByRole('link', { name: 'Console' }).count()).toBe(0);
    for (const path of ['/operations/figures', '/reports/admin/all', '/auth/users', '/api/v1/admin/users']) {
      expect(await status(mallory.token, path), path).toBe(403);
    }
  });

  test('a report goes from the message to the console and comes back answered', { timeout: 90_000 }, async () => {
    const chat = await directOf(server, alice, mallory);
    await enter(mallory, chat);
    await say(mallory, 'Good evening');
    await say(mallory, 'Buy my <b>watches</b>, Alice!');
    await enter(alice, chat);
    await message(alice, 'watches').click({ button: 'right' });
    await alice.page.getByRole('menuitem', { name: 'Report' }).click();
    await alice.page.getByRole('dialog').getByText('Spam or advertising').click();
    expect(await objections(alice.page)).toEqual([]);
    await alice.page.getByLabel('In your own words').fill('Every evening the same.');
    await press(alice.page, 'Report');
    await alice.page.getByText('Thank you. You see in the settings').waitFor();

    const { page } = root;
    await open(root, 'reports');
    await press(page, 'Look at Spam or advertising');
    const context = page.getByRole('region', { name: 'What was said' });
    await context.getByText('Buy my <b>watches</b>, Alice!').waitFor();
    await context.getByText('Good evening').waitFor();
    expect(await objections(page)).toEqual([]);
    await press(page, 'Delete the message');
    await confirm(page, 'Delete the message');
    await context.getByText('Sealed, or deleted').waitFor();
    await message(alice, 'watches').waitFor({ state: 'detached' });
    await page.getByLabel('Answer').fill('He was told to stop. Thank you.');
    await press(page, 'Resolve');
    await page.getByText('No reports').waitFor();
    await page.getByRole('tab', { name: 'Resolved' }).click();
    await page.getByText('Every evening the same.').waitFor();

    await go(alice, '/settings/reports');
    const mine = alice.page.getByRole('listitem').filter({ hasText: 'Spam or advertising' });
    await mine.getByText('Resolved').waitFor();
    await mine.getByText('He was told to stop. Thank you.').waitFor();
    await go(mallory, '/settings/reports');
    await mallory.page.getByText('You reported nothing').waitFor();
  });

  test('people are made, found, given roles, kept out and signed out', { timeout: 90_000 }, async () => {
    const { page } = root;
    await open(root, 'people');
    await press(page, 'New account');
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Username').fill('dora');
    await dialog.getByLabel('E-mail address').fill('dora@example.org');
    await dialog.getByLabel('Password').fill('Secret123');
    await press(page, 'Make the account');
    await page.getByText('dora can sign in now').waitFor();
    const signIn = () => call(server, 'POST', '/auth/login', { body: { username: 'dora', password: 'Secret123' } });
    const { access_token: token } = (await signIn()).body;

    await page.getByRole('link', { name: 'dora' }).click();
    await page.getByText('dora@example.org').waitFor();
    await turn(page, 'May sign in', false);
    await until(async () => expect([(await signIn()).status, await status(token)]).toEqual([403, 403]));
    await turn(page, 'May sign in', true);
    await until(async () => expect([(await signIn()).status, await status(token)]).toEqual([200, 200]));

    await page.getByLabel('New role').fill('editor');
    await press(page, 'Give');
    await page.getByRole('checkbox', { name: 'editor' }).and(page.locator(':checked')).waitFor();
    await turn(page, 'Superuser', true);
    await until(async () => expect(await status(token, '/operations/figures')).toBe(200));
    await turn(page, 'Superuser', false);
    await until(async () => expect(await status(token, '/operations/figures')).toBe(403));

    // What happens to her is told as it happens.
    const changes = page.getByRole('group', { name: 'What happens' });
    await press(page, 'End all sessions');
    await confirm(page, 'End all sessions');
    await page.getByText('Signed in nowhere.').waitFor();
    expect(await status(token)).toBe(401);
    const { id } = (await call(server, 'GET', '/api/v1/admin/users?search=dora', { token: root.token })).body[0];
    await call(server, 'POST', '/api/conversations', { body: { participant_ids: [id] }, token: alice.token });
    await changes.getByText('conversation.created').first().waitFor();

    await press(page, 'Keep out');
    await page.getByRole('dialog').getByRole('combobox').selectOption('168');
    await page.getByRole('dialog').getByRole('button', { name: 'Keep out', exact: true }).click();
    await page.getByText('Suspended').waitFor();
    expect((await signIn()).status).toBe(403);
    await press(page, 'Let in again');
    await page.getByText('In good standing').waitFor();
    expect((await signIn()).status).toBe(200);
  });

  test('a broadcast is followed to its end, and its deliveries can be sent again', { timeout: 90_000 }, async () => {
    const { page } = root;
    const phone = { token: 'alices-phone', device_type: 'android', device_name: 'Pixel' };
    await call(server, 'POST', '/api/v1/push-notifications/device-tokens', { body: phone, token: alice.token });
    await open(root, 'broadcast');
    await page.getByLabel('Title').fill('Tonight');
    await page.getByLabel('Words').fill('We are away from 2 to 3');
    await press(page, 'Send to everybody');
    await confirm(page, 'Send to everybody');
    await page.getByText('Sent', { exact: true }).waitFor();
    expect(await page.getByRole('progressbar', { name: 'Progress' }).getAttribute('aria-valuenow')).toBe('100');
    await page.reload();
    await page.getByText('Sent', { exact: true }).waitFor();
    expect(server.printed.filter((line) => line.includes('We are away from 2 to 3'))).toHaveLength(1);

    await open(root, 'deliveries');
    await page.getByRole('combobox', { name: 'Service' }).selectOption('app');
    await page
      .getByRole('button', { name: /^Delivery \d+$/ })
      .first()
      .click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('Delivered', { exact: true }).waitFor();
    expect(await objections(page)).toEqual([]);
    await press(page, 'Send again');
    await dialog.getByText('Replayed by', { exact: false }).waitFor();
    await until(() =>
      expect(server.printed.filter((line) => line.includes('We are away from 2 to 3'))).toHaveLength(2),
    );
  });

  test('shows figures live, also as a table, and settings without secrets', { timeout: 60_000 }, async () => {
    const { page } = root;
    await open(root, 'overview');
    const connections = page.getByRole('figure').filter({ hasText: 'Open connections' });
    await connections.locator('canvas').waitFor();
    await until(async () => expect(await connections.locator('figcaption').innerText()).toMatch(/URGE [1-9]/));
    await connections.getByText('Show as a table').click();
    await connections.getByRole('columnheader', { name: 'Pythia' }).waitFor();
    expect(await connections.getByRole('row').count()).toBeGreaterThan(1);
    await page.getByRole('rowheader', { name: 'sendMessage' }).waitFor();

    await open(root, 'settings');
    await page.getByRole('searchbox', { name: 'Name or meaning' }).fill('SMTP_PASSWORD');
    await page.getByText('set', { exact: true }).waitFor();
    await page.getByRole('searchbox', { name: 'Name or meaning' }).fill('LOG_DAYS');
    await page.getByText('changed', { exact: true }).waitFor();
    expect(await page.content()).not.toContain('a word nobody may read');
  });

  test('axe finds nothing, and all of it fits small and enlarged', { timeout: 240_000 }, async () => {
    const { page } = root;
    const parts = [
      'overview',
      'people',
      `people/${alice.id}`,
      'reports',
      'channels',
      'broadcast',
      'deliveries',
      'settings',
    ];
    expect(await objectionsTo(page, parts, (part) => open(root, part))).toEqual({});
    expect([root, alice, mallory].flatMap(({ complaints }) => complaints)).toEqual([]);
  });
});
