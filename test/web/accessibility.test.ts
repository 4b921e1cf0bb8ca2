// For everybody: axe finds nothing on any screen in either theme, the keyboard reaches all, and it fits small and enlarged.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { objections } from '../support/accessibility.ts';
import { call } from '../support/people.ts';
import {
  describeInBrowser,
  directOf,
  enter,
  go,
  message,
  openBrowser,
  say,
  visit,
  writing,
  type Visitor,
} from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let alice: Visitor;
let bob: Visitor;
let chat: string;
let group: string;

describeInBrowser('for everybody', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
    [alice, bob] = await Promise.all([visit(browser, server, 'Alice'), visit(browser, server, 'Bob')]);
    chat = await directOf(server, alice, bob);
    const made = await call(server, 'POST', '/api/groups', {
      body: { name: 'Choir', member_ids: [bob.id] },
      token: alice.token,
    });
    group = made.body.id;
    for (const content of ['Good morning!', 'See https://example.org and `code`, @alice', '🎉']) {
      for (const conversation_id of [chat, group]) {
        await call(server, 'POST', '/api/messages', { body: { conversation_id, content }, token: bob.token });
      }
    }
    await call(server, 'POST', '/api/v1/channels/', {
      body: { name: 'general', description: 'All of us' },
      token: bob.token,
    });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('axe finds nothing', { timeout: 120_000 }, async () => {
    const { page } = alice;
    const found: Record<string, string[]> = {};
    const look = async (name: string, shown = page) => {
      const list = await objections(shown);
      if (list.length > 0) found[name] = list;
    };

    const stranger = await visit(browser, server, null);
    await stranger.page.getByLabel('Phone number').waitFor();
    await look('door', stranger.page);
    await stranger.context.close();

    await go(alice, '/');
    await page.getByRole('link', { name: /Bob/ }).first().waitFor();
    await look('list');
    await enter(alice, chat);
    await message(alice, '🎉').waitFor();
    await look('room');
    await message(alice, 'Good morning!').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Reply' }).waitFor();
    await look('menu');
    await page.keyboard.press('Escape');
    await enter(alice, group);
    await page.getByRole('button', { name: 'Details of Choir' }).click();
    await page.getByRole('button', { name: 'Copy invitation' }).waitFor();
    await look('details');
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Emoji, stickers and GIFs' }).click();
    await page.getByRole('tab', { name: 'Emoji' }).waitFor();
    await look('picker');
    for (const [path, sign] of [
      ['/channels', 'Join general'],
      ['/search?q=morning', 'Good'],
      ['/saved', 'No stars yet'],
    ] as const) {
      await go(alice, path);
      await page
        .getByText(sign)
        .or(page.getByRole('button', { name: sign }))
        .first()
        .waitFor();
      await look(path);
    }
    expect(found).toEqual({});
  });

  test('a whole talk by keyboard', { timeout: 60_000 }, async () => {
    const { page } = alice;
    await go(alice, '/');
    const row = page.getByRole('link', { name: /Choir/ });
    await row.waitFor();
    await page.getByRole('searchbox', { name: 'Filter chats' }).focus();
    await page.keyboard.press('Tab');
    for (let steps = 0; steps < 5 && !(await row.evaluate((link) => link.matches(':focus'))); steps += 1) {
      await page.keyboard.press('ArrowDown');
    }
    await page.keyboard.press('Enter');
    await writing(page).waitFor();
    await page.locator('textarea:focus').waitFor();
    await page.keyboard.type('By keys alone');
    await page.keyboard.press('Enter');
    await message(alice, 'By keys alone')
      .getByRole('img', { name: /Sent|Delivered/ })
      .waitFor();
    // From the composer up to the messages, to the one before, and its menu.
    await page.keyboard.press('Alt+ArrowUp');
    await page.locator('article:focus').waitFor();
    await page.keyboard.press('ArrowUp');
    await page.locator('article:focus').filter({ hasText: '🎉' }).waitFor();
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Star' }).focus();
    await page.keyboard.press('Enter');
    await message(alice, '🎉').getByRole('img', { name: 'Starred' }).waitFor();
    await go(alice, '/saved');
    await page.getByRole('link', { name: /🎉/ }).waitFor();
  });

  test('fits a phone of 360 px, and a page enlarged to 200 %', { timeout: 60_000 }, async () => {
    const { page } = alice;
    const isWider = 'document.documentElement.scrollWidth > innerWidth';
    for (const size of [
      { width: 360, height: 640 },
      { width: 640, height: 400 },
    ]) {
      await page.setViewportSize(size);
      await go(alice, '/');
      await page.getByRole('link', { name: /Choir/ }).waitFor();
      expect(await page.evaluate(isWider), `list at ${size.width}`).toBe(false);
      await enter(alice, group);
      await say(alice, `Wide ${'w'.repeat(200)}`);
      await message(alice, 'Wide').first().waitFor();
      expect(await page.evaluate(isWider), `room at ${size.width}`).toBe(false);
      const send = await page.getByRole('button', { name: 'Record a voice message' }).boundingBox();
      expect(send!.x + send!.width).toBeLessThanOrEqual(size.width);
    }
    expect(alice.complaints).toEqual([]);
  });
});
