// Hostile text: whatever people write, name themselves or link to, no markup comes of it and no script runs.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../support/people.ts';
import { describeInBrowser, directOf, enter, go, message, openBrowser, visit } from '../support/browser.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

const attacks = [
  '<img src=x onerror="window.hacked=1">',
  '<script>window.hacked=2</script>',
  '<svg/onload=window.hacked=3>',
  '[x](javascript:window.hacked=4) javascript:window.hacked=5',
  'https://example.org/"onmouseover="window.hacked=6',
  '**<b onclick=window.hacked=7>bold</b>** `<i>code</i>`',
  '{{constructor.constructor("window.hacked=8")()}} ${window.hacked=9}',
  `\u202Egnirts desrever ${'*'.repeat(5_000)}`,
  `${'`'.repeat(2_000)}${'@'.repeat(2_000)}`,
];

let server: TestServer;
let browser: Browser;

describeInBrowser('hostile text', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('stays text in messages, names, quotes, lists and search', { timeout: 90_000 }, async () => {
    const name = 'Mal<img src=x onerror=window.hacked=10>';
    const [alice, mallory] = await Promise.all([visit(browser, server, 'Alice'), visit(browser, server, name)]);
    const chat = await directOf(server, mallory, alice);
    const send = (body: object) =>
      call(server, 'POST', '/api/messages', { body: { conversation_id: chat, ...body }, token: mallory.token });
    for (const content of attacks) expect((await send({ content })).status).toBe(200);
    const [first] = (await call(server, 'GET', `/api/conversations/${chat}/messages`, { token: alice.token })).body
      .messages;
    await send({ content: 'an answer', reply_to_id: first.id });
    const media = 'javascript:window.hacked=11';
    await send({ content: '', message_type: 'IMAGE', media_url: media });
    await send({ content: '{"name":"<b>x</b>","size":1}', message_type: 'DOCUMENT', media_url: media });
    await send({ content: 'not json', message_type: 'LOCATION' });
    await send({ content: '[]', message_type: 'CONTACT' });

    await enter(alice, chat);
    await message(alice, 'an answer').waitFor();
    await message(alice, attacks[1]!).waitFor();
    await go(alice, '/search?q=hacked');
    await alice.page.getByText('window.hacked=2').first().waitFor();

    expect(await alice.page.evaluate('window.hacked')).toBeUndefined();
    await enter(alice, chat);
    await message(alice, 'an answer').waitFor();
    expect(await alice.page.evaluate('window.hacked')).toBeUndefined();
    expect(await alice.page.locator('[onerror], [onclick], [onload], [onmouseover]').count()).toBe(0);
    const links = await alice.page
      .locator('a')
      .evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
    expect(links.filter((href) => !/^(https?:\/\/|\/|#main$)/.test(href))).toEqual([]);
    expect(alice.complaints).toEqual([]);
  });
});
