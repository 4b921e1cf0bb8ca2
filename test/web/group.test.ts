// A group with media: three people, a picture, a document, a voice, reactions, mentions, replies, and what is changed later.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { call } from '../support/people.ts';
import {
  describeInBrowser,
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

const picture = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

let server: TestServer;
let browser: Browser;
let alice: Visitor;
let bob: Visitor;
let room: string;

describeInBrowser('a group with media', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
    [alice, bob] = await Promise.all([visit(browser, server, 'Alice'), visit(browser, server, 'Bob')]);
    const made = await call(server, 'POST', '/api/groups', {
      body: { name: 'Choir', member_ids: [bob.id] },
      token: alice.token,
    });
    room = made.body.id;
    await Promise.all([enter(alice, room), enter(bob, room)]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  async function choose(...files: { name: string; mimeType: string; buffer: Buffer }[]): Promise<void> {
    await alice.page.locator('input[type=file]').setInputFiles(files);
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
  }

  test('a picture with words arrives, and opens as large as the screen', { timeout: 60_000 }, async () => {
    await alice.page
      .locator('input[type=file]')
      .setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: picture });
    await alice.page.getByLabel('Caption').fill('Our stage');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Send' }).click();
    await message(bob, 'Our stage').getByRole('img', { name: 'Our stage' }).waitFor();
    await message(bob, 'Our stage').getByRole('button', { name: 'Open Our stage' }).click();
    await bob.page.getByRole('dialog', { name: 'Our stage' }).waitFor();
    await expect.poll(() => bob.page.evaluate('document.querySelector(".viewer img").naturalWidth')).toBeGreaterThan(0);
    await bob.page.keyboard.press('Escape');
    await bob.page.getByRole('dialog').waitFor({ state: 'detached' });
  });

  test('a file that is on its way can be called back', { timeout: 60_000 }, async () => {
    // It arrives only once it may.
    const uploads = /\/media\/.*[?&]/;
    await alice.page.route(uploads, (route) => (route.request().method() === 'PUT' ? undefined : route.fallback()));
    await choose({ name: 'wrong.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 wrong one') });
    await message(alice, 'wrong.pdf').getByRole('button', { name: 'Cancel' }).click();
    await message(alice, 'wrong.pdf').waitFor({ state: 'detached' });
    await alice.page.unroute(uploads);
    await choose({ name: 'right.pdf', mimeType: 'application/pdf', buffer: Buffer.from('%PDF-1.4 right one') });
    await message(bob, 'right.pdf').waitFor();
    await alice.page.reload();
    await message(alice, 'right.pdf').waitFor();
    expect(await message(alice, 'wrong.pdf').count()).toBe(0);
    expect(await message(bob, 'wrong.pdf').count()).toBe(0);
  });

  test('a GIF is found by a word, and sent', { timeout: 60_000 }, async () => {
    await alice.page.getByRole('button', { name: 'Emoji, stickers and GIFs' }).click();
    await alice.page.getByRole('tab', { name: 'GIFs' }).click();
    await alice.page.getByRole('searchbox', { name: 'Find GIFs' }).fill('fish');
    const fish = alice.page.getByRole('button', { name: /^Send GIF.*fish/i });
    await fish.waitFor();
    await expect.poll(() => alice.page.getByRole('button', { name: /^Send GIF/ }).count()).toBe(1);
    await fish.click();
    await expect
      .poll(() =>
        bob.page.evaluate('[...document.images].some(({ src, naturalWidth }) => /fish/.test(src) && naturalWidth > 0)'),
      )
      .toBe(true);
  });

  test('a document is offered to be saved, never shown', { timeout: 60_000 }, async () => {
    const html = Buffer.from('<script>alert(1)</script>');
    await choose({ name: 'notes.html', mimeType: 'text/html', buffer: html });
    const link = message(bob, 'notes.html').getByRole('link');
    await link.waitFor();
    const answer = await fetch((await link.getAttribute('href'))!);
    expect(answer.headers.get('content-disposition')).toContain('attachment');
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
  });

  test('what is too large is said before it is sent', { timeout: 60_000 }, async () => {
    const large = { name: 'huge.png', mimeType: 'image/png', buffer: Buffer.alloc(10 * 1024 * 1024 + 1) };
    await alice.page.locator('input[type=file]').setInputFiles(large);
    await alice.page.getByText('Too large: at most 10 MB').waitFor();
    expect(await alice.page.getByRole('dialog').getByRole('button', { name: 'Send' }).isDisabled()).toBe(true);
    await alice.page.getByRole('button', { name: 'Cancel' }).click();
  });

  test('a voice is recorded, sent and played', { timeout: 60_000 }, async () => {
    await alice.context.grantPermissions(['microphone']);
    await alice.page.getByRole('button', { name: 'Record a voice message' }).click();
    await alice.page.getByRole('timer').getByText('0:01').waitFor();
    await alice.page.getByRole('button', { name: 'Send' }).click();
    const play = bob.page.getByRole('button', { name: 'Play' });
    await play.waitFor();
    await play.click();
    await expect.poll(() => bob.page.evaluate('document.querySelector("audio").currentTime')).toBeGreaterThan(0);
  });

  test(
    'reactions, replies, mentions, edits and deletions are seen by the other at once',
    { timeout: 60_000 },
    async () => {
      await say(alice, 'Who sings on Sunday?');
      const question = message(bob, 'Who sings on Sunday?');
      await question.hover();
      await question.getByRole('button', { name: 'React' }).click();
      await bob.page.getByRole('dialog').getByRole('button', { name: '🎉' }).click();
      await message(alice, 'Who sings on Sunday?')
        .getByRole('button', { name: /^🎉 by/ })
        .waitFor();

      await question.hover();
      await question.getByRole('button', { name: 'Reply' }).click();
      await writing(bob.page).pressSequentially('Me, and @ali');
      await bob.page.getByRole('option', { name: /Alice/ }).waitFor();
      await bob.page.keyboard.press('Escape');
      await writing(bob.page).press('Enter');
      const answer = message(alice, 'Me, and @ali');
      await answer.getByRole('link', { name: /Who sings on Sunday/ }).waitFor();

      await writing(bob.page).press('ArrowUp');
      await bob.page.getByText('Edit message').waitFor();
      await writing(bob.page).fill('Me, on Sunday');
      await writing(bob.page).press('Enter');
      await message(alice, 'Me, on Sunday').getByText('edited').waitFor();

      await message(bob, 'Me, on Sunday').click({ button: 'right', position: { x: 5, y: 5 } });
      await message(bob, 'Me, on Sunday').focus();
      await bob.page.keyboard.press('Escape');
      await message(bob, 'Me, on Sunday')
        .getByRole('button', { name: 'More about this message' })
        .click({ force: true });
      await bob.page.getByRole('menuitem', { name: 'Delete' }).click();
      await bob.page.getByRole('button', { name: 'Delete' }).click();
      await message(alice, 'Me, on Sunday').waitFor({ state: 'detached' });
    },
  );

  test('what was said is handed on, to a channel that one joins first', { timeout: 60_000 }, async () => {
    const made = await call(server, 'POST', '/api/v1/channels/', {
      body: { name: 'Announcements', description: 'What everybody should know', is_public: true },
      token: bob.token,
    });
    await alice.page.getByRole('link', { name: 'Channels' }).click();
    await alice.page.getByRole('searchbox', { name: 'Filter channels' }).fill('announce');
    await alice.page.getByRole('button', { name: 'Join Announcements' }).click();
    await writing(alice.page).waitFor();
    expect(alice.page.url()).toContain(made.body.id);

    await enter(alice, room);
    const said = alice.page.getByRole('article', { name: /^You: Who sings on Sunday/ });
    await said.hover();
    await said.getByRole('button', { name: 'More about this message' }).click();
    await alice.page.getByRole('menuitem', { name: 'Forward' }).click();
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Announcements' }).click();
    await alice.page.getByText('Forwarded to Announcements').waitFor();
    await go(bob, `/c/${made.body.id}`);
    await message(bob, 'Who sings on Sunday?').getByText('Forwarded').waitFor();
    await enter(bob, room);
  });

  test('a name is completed after an @, and the named are told', { timeout: 60_000 }, async () => {
    await bob.page.getByRole('link', { name: 'Channels' }).click();
    await writing(alice.page).pressSequentially('Hello @bo');
    await alice.page.getByRole('option', { name: /Bob/ }).waitFor();
    await writing(alice.page).press('Enter');
    expect(await writing(alice.page).inputValue()).toMatch(/^Hello @\w+ $/);
    await writing(alice.page).press('Enter');
    await bob.page.getByText(/mentioned you in Choir/).waitFor();
  });

  test('a newcomer enters by the link, and a stranger sees nothing', { timeout: 60_000 }, async () => {
    const { body } = await call(server, 'GET', `/api/groups/${room}`, { token: alice.token });
    const [carol, mallory] = await Promise.all([visit(browser, server, 'Carol'), visit(browser, server, 'Mallory')]);
    await go(carol, `/join/${body.settings.invite_link}`);
    await carol.page.getByRole('button', { name: 'Join' }).click();
    await message(carol, 'Who sings on Sunday?').waitFor();
    await go(mallory, `/c/${room}`);
    await mallory.page.getByText('This chat is not there').waitFor();
    expect([alice, bob, carol, mallory].flatMap((each) => each.complaints)).toEqual([]);
  });
});
