// Without a line: what is written waits in the browser, is sent once when the line is back, and what was missed is caught up.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../support/people.ts';
import { describeInBrowser, directOf, enter, message, openBrowser, say, visit, writing } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;

describeInBrowser('without a line', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('messages wait over a reload, go once, and the missed are caught up', { timeout: 90_000 }, async () => {
    const [alice, bob] = await Promise.all([visit(browser, server, 'Alice'), visit(browser, server, 'Bob')]);
    const chat = await directOf(server, alice, bob);
    await enter(alice, chat);
    await say(alice, 'Before');
    await message(alice, 'Before').getByRole('img', { name: 'Delivered' }).waitFor();
    // The worker must have the page before the line is cut, and what this page loaded without it.
    const isKept = `(async () => {
      const loaded = performance.getEntriesByType('resource').filter(({ name }) => name.includes('/app/assets/'));
      const urls = ['/app', ...loaded.map(({ name }) => name)];
      const found = await Promise.all(urls.map((url) => caches.match(url, { ignoreVary: true })));
      return found.every(Boolean);
    })()`;
    await expect.poll(() => alice.page.evaluate(isKept), { timeout: 15_000 }).toBe(true);
    await say(alice, 'A moment ago');
    await message(alice, 'A moment ago').getByRole('img', { name: 'Delivered' }).waitFor();
    await alice.context.setOffline(true);
    await alice.page.reload();
    await message(alice, 'Before').waitFor();
    await message(alice, 'A moment ago').getByRole('img', { name: 'Delivered' }).waitFor();
    await say(alice, 'Written in a tunnel');
    await say(alice, 'And once more');
    await message(alice, 'And once more').getByRole('img', { name: 'Sending' }).waitFor();
    const body = { conversation_id: chat, content: 'Are you there?' };
    await call(server, 'POST', '/api/messages', { body, token: bob.token });

    await alice.page.reload();
    await message(alice, 'Before').waitFor();
    await message(alice, 'Written in a tunnel').getByRole('img', { name: 'Sending' }).waitFor();
    await writing(alice.page).fill('A draft');
    await alice.context.setOffline(false);
    await message(alice, 'And once more').getByRole('img', { name: 'Delivered' }).waitFor({ timeout: 30_000 });
    await message(alice, 'Are you there?').waitFor();

    const history = await call(server, 'GET', `/api/conversations/${chat}/messages`, { token: bob.token });
    const said = history.body.messages.map(({ content }: { content: string }) => content);
    expect(said).toEqual(['Before', 'A moment ago', 'Are you there?', 'Written in a tunnel', 'And once more']);
    await alice.page.reload();
    await message(alice, 'And once more').waitFor();
    expect(await message(alice, 'Written in a tunnel').count()).toBe(1);
    expect(await writing(alice.page).inputValue()).toBe('A draft');
    expect(alice.complaints).toEqual([]);
  });

  test('a lost answer makes no second message', { timeout: 60_000 }, async () => {
    const [carol, dave] = await Promise.all([visit(browser, server, 'Carol'), visit(browser, server, 'Dave')]);
    const chat = await directOf(server, carol, dave);
    await enter(carol, chat);
    let lost = 0;
    await carol.page.route('**/api/messages', async (route) => {
      if (lost > 0) return route.continue();
      lost += 1;
      // It reaches the server; its answer does not come back.
      const { url, headers, postData } = {
        url: route.request().url(),
        headers: await route.request().allHeaders(),
        postData: route.request().postData(),
      };
      await fetch(url, {
        method: 'POST',
        headers: {
          authorization: headers.authorization!,
          'content-type': 'application/json',
          'idempotency-key': headers['idempotency-key']!,
        },
        body: postData,
      });
      return route.abort('connectionreset');
    });
    await say(carol, 'Only once');
    await message(carol, 'Only once').getByRole('img', { name: 'Delivered' }).waitFor();
    const history = await call(server, 'GET', `/api/conversations/${chat}/messages`, { token: dave.token });
    expect(history.body.messages).toHaveLength(1);
    expect(await message(carol, 'Only once').count()).toBe(1);
    expect(lost).toBe(1);
  });

  test('what the server refuses is shown so, and can be tried again', { timeout: 60_000 }, async () => {
    const [erin, frank] = await Promise.all([visit(browser, server, 'Erin'), visit(browser, server, 'Frank')]);
    const chat = await directOf(server, erin, frank);
    await enter(erin, chat);
    await call(server, 'POST', `/api/settings/privacy/block/${erin.id}`, { token: frank.token });
    await say(erin, 'Hello?');
    await message(erin, 'Hello?').getByText('Not sent').first().waitFor();
    await call(server, 'DELETE', `/api/settings/privacy/unblock/${erin.id}`, { token: frank.token });
    await message(erin, 'Hello?').getByRole('button', { name: 'Try again' }).click();
    await message(erin, 'Hello?')
      .getByRole('img', { name: /Sent|Delivered/ })
      .waitFor();
  });
});
