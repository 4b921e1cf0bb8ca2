// The first minute of a newcomer: two people sign up at the page, find each other and talk.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { describeInBrowser, message, openBrowser, say, visit, writing, type Visitor } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;

describeInBrowser('a newcomer', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function signUpByPhone({ page }: Visitor, phone: string, name: string): Promise<void> {
    await page.getByLabel('Phone number').fill(phone);
    await page.getByRole('button', { name: 'Send code' }).click();
    await page.getByLabel('Code').fill(await server.codeFor(phone));
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.getByLabel('Your name').fill(name);
    await page.getByRole('button', { name: 'Start' }).click();
    await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
  }

  test(
    'signs up by phone, finds somebody who did by password, and is heard and read',
    { timeout: 60_000 },
    async () => {
      const [alice, bob] = await Promise.all([visit(browser, server, null), visit(browser, server, null)]);
      await signUpByPhone(alice, '+15550100001', 'Alice Liddell');

      await bob.page.getByRole('button', { name: 'With a name and password' }).click();
      await bob.page.getByRole('button', { name: 'Make an account' }).click();
      await bob.page.getByLabel('Your name').fill('Bob Stone');
      await bob.page.getByLabel('Username').fill('bob_stone');
      await bob.page.getByLabel('E-mail address').fill('bob@example.org');
      await bob.page.getByLabel('Password').fill('Secret123');
      await bob.page.getByRole('button', { name: 'Start' }).click();
      await bob.page.getByText('No chats yet').waitFor();

      await alice.page.getByRole('button', { name: 'New chat' }).last().click();
      await alice.page.getByRole('searchbox', { name: 'Name, username or phone' }).fill('bob_st');
      await alice.page.getByRole('dialog').getByRole('button', { name: 'Bob Stone' }).click();
      await say(alice, 'Hello, Bob!');
      await message(alice, 'Hello, Bob!').getByRole('img', { name: 'Delivered' }).waitFor();

      const row = bob.page.getByRole('link', { name: /Alice Liddell/ });
      await row.getByLabel('1 unread message').waitFor();
      await row.click();
      await message(bob, 'Hello, Bob!').waitFor();
      await message(alice, 'Hello, Bob!').getByRole('img', { name: 'Read' }).waitFor();
      await bob.page.getByRole('navigation').getByLabel('1 unread message').waitFor({ state: 'detached' });

      await writing(bob.page).pressSequentially('Hi, Al');
      await alice.page.getByText('Bob Stone is typing …').first().waitFor();
      await writing(bob.page).press('Enter');
      await message(alice, 'Hi, Al').waitFor();
      expect(await message(alice, 'Hi, Al').count()).toBe(1);
      expect([...alice.complaints, ...bob.complaints]).toEqual([]);
    },
  );

  test('is told what is wrong with a code, and stays signed in over a reload', { timeout: 60_000 }, async () => {
    const carol = await visit(browser, server, null);
    await carol.page.getByLabel('Phone number').fill('+1 (555) 010-0003');
    await carol.page.getByRole('button', { name: 'Send code' }).click();
    const code = await server.codeFor('+15550100003');
    await carol.page.getByLabel('Code').fill(code === '111111' ? '222222' : '111111');
    await carol.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await carol.page.getByRole('alert').waitFor();
    await carol.page.getByLabel('Code').fill(code);
    await carol.page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await carol.page.getByLabel('Your name').fill('Carol');
    await carol.page.getByRole('button', { name: 'Start' }).click();
    await carol.page.getByText('No chats yet').waitFor();

    await carol.page.reload();
    await carol.page.getByText('No chats yet').waitFor();
    await carol.page.getByRole('button', { name: 'Account of Carol' }).click();
    await carol.page.getByRole('button', { name: 'Sign out' }).click();
    await carol.page.getByLabel('Phone number').waitFor();
    expect(await carol.page.evaluate('Object.keys(localStorage).join()')).not.toContain('session');
    expect(carol.complaints).toEqual([]);
  });
});
