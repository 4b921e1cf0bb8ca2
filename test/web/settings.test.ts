// Settings at the page: language and theme at once, a face cut from a picture, who sees what, a second factor, sessions,
// and all of it as a file or gone.

import { readFile } from 'node:fs/promises';
import { TOTP } from 'otpauth';
import type { Browser, Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { objectionsTo } from '../support/accessibility.ts';
import { describeInBrowser, go, openBrowser, visit, type Visitor } from '../support/browser.ts';
import { call } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let alice: Visitor;
let bob: Visitor;

const parts = ['profile', 'look', 'notifications', 'privacy', 'security', 'sessions', 'reports', 'data'];

const open = (visitor: Visitor, part: string) => go(visitor, `/settings/${part}`);
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
/** A radio button, by the words beside it. */
const choose = (page: Page, words: string) => page.locator('label.option', { hasText: words }).click();
const ask = async ({ token }: Visitor, path: string) => (await call(server, 'GET', path, { token })).body;

/** On a machine that is busy with others too. */
const until = (check: () => unknown) => vi.waitFor(check, { timeout: 15_000, interval: 50 });

/** Presses a switch, which stands there at once as it is going to be. */
async function turn(page: Page, name: string, isOn: boolean): Promise<void> {
  const one = page.getByRole('switch', { name });
  await one.click();
  await until(async () => expect(await one.isChecked()).toBe(isOn));
}

describeInBrowser('settings', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
    [alice, bob] = await Promise.all([visit(browser, server, 'Alice'), visit(browser, server, 'Bob')]);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  test('another language and theme hold at once, everywhere, and stay', { timeout: 60_000 }, async () => {
    const dora = await visit(browser, server, 'Dora');
    const { page } = dora;
    await open(dora, 'look');
    await choose(page, '日本語');
    await page.getByRole('heading', { name: '言語と外観' }).waitFor();
    await page.getByRole('link', { name: 'チャット' }).waitFor();
    expect(await page.locator('html').getAttribute('lang')).toBe('ja');
    await until(async () => expect(await ask(dora, '/api/v1/settings/app')).toMatchObject({ language: 'jp' }));

    await choose(page, 'ダーク');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.reload();
    await page.getByRole('heading', { name: '言語と外観' }).waitFor();
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await choose(page, 'English');
    await choose(page, 'As the system');
    await page.getByRole('heading', { name: 'Language and look' }).waitFor();
    expect(dora.complaints).toEqual([]);
    await dora.context.close();
  });

  test('a piece of a picture, chosen by keys and pointer, becomes one’s face', { timeout: 60_000 }, async () => {
    const { page } = alice;
    // Red on the left, blue on the right: what is kept tells where the square was.
    const half = (background: string) => sharp({ create: { width: 400, height: 400, channels: 3, background } }).png();
    const buffer = await sharp({ create: { width: 800, height: 400, channels: 3, background: 'red' } })
      .composite([{ input: await half('blue').toBuffer(), left: 400, top: 0 }])
      .png()
      .toBuffer();
    await open(alice, 'profile');
    const bring = () =>
      page.locator('input[type=file]').setInputFiles({ name: 'me.png', mimeType: 'image/png', buffer });
    const kept = async () => {
      const { avatarUrl } = JSON.parse(await page.evaluate('localStorage.getItem("parlance.session")')).me;
      const bytes = Buffer.from(await (await fetch(avatarUrl)).arrayBuffer());
      const [red, , blue] = await sharp(bytes).resize(1, 1).removeAlpha().raw().toBuffer();
      return red! > blue! ? 'red' : 'blue';
    };
    const faces = () => page.locator('.rail-me img').getAttribute('src');

    await bring();
    const area = page.getByRole('application', { name: 'Part of the picture that is shown' });
    await area.focus();
    for (let steps = 0; steps < 4; steps += 1) await page.keyboard.press('Shift+ArrowRight');
    await page.keyboard.press('+');
    await press(page, 'Use it');
    await page.getByText('Saved', { exact: true }).last().waitFor();
    const first = await faces();
    expect(await kept()).toBe('blue');

    await bring();
    const box = (await area.boundingBox())!;
    await page.mouse.move(box.x + 20, box.y + box.height / 2);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width - 20, box.y + box.height / 2, { steps: 4 });
    await page.mouse.up();
    await press(page, 'Use it');
    await until(async () => expect(await faces()).not.toBe(first));
    expect(await kept()).toBe('red');

    await page.getByLabel('Your name').fill('Alice Liddell');
    await press(page, 'Save');
    await page.getByRole('button', { name: 'Account of Alice Liddell' }).waitFor();
    await press(page, 'Remove picture');
    await page.locator('.rail-me img').waitFor({ state: 'detached' });
  });

  test('switches hold, and whoever was blocked is free again', { timeout: 60_000 }, async () => {
    const { page } = alice;
    await call(server, 'POST', `/api/settings/privacy/block/${bob.id}`, { token: alice.token });
    await open(alice, 'privacy');
    await turn(page, 'That I have read', false);
    await turn(page, 'By my phone number', false);
    await until(async () =>
      expect(await ask(alice, '/api/settings/privacy')).toMatchObject({
        show_read_receipts: false,
        show_online_status: true,
      }),
    );
    await press(page, 'Unblock Bob');
    await page.getByText('Nobody is blocked.').waitFor();
    expect(await ask(alice, `/api/settings/privacy/blocked/check/${bob.id}`)).toMatchObject({ is_blocked: false });
    await page.reload();
    await page.getByText('Nobody is blocked.').waitFor();
    for (const name of ['That I have read', 'By my phone number']) {
      expect(await page.getByRole('switch', { name }).isChecked()).toBe(false);
    }

    await open(alice, 'notifications');
    await turn(page, 'What was said', false);
    await until(async () =>
      expect((await ask(alice, '/api/notifications/settings')).settings).toMatchObject({ show_preview: false }),
    );
  });

  test('a second factor is set up by its code and turned off by a backup code', { timeout: 60_000 }, async () => {
    const { page } = alice;
    await open(alice, 'security');
    await press(page, 'Set up');
    await page.getByRole('img', { name: 'QR code for an authenticator app' }).waitFor();
    const secret = (await page.locator('.factor-secret code').innerText()).replaceAll(' ', '');
    await page.getByLabel('Code', { exact: true }).fill('000000');
    await press(page, 'Turn on');
    await page.locator('.factor [slot=errorMessage]').waitFor();
    await page.getByLabel('Code', { exact: true }).fill(new TOTP({ secret }).generate());
    await press(page, 'Turn on');
    const codes = page.getByRole('list', { name: 'Backup codes' }).getByRole('listitem');
    await codes.first().waitFor();
    expect(await codes.count()).toBe(8);
    const spare = await codes.first().innerText();
    await press(page, 'I kept them');
    await page.getByText('It is on').waitFor();
    expect(await ask(alice, '/api/settings/security/2fa/status')).toMatchObject({ enabled: true });

    await press(page, 'Turn off');
    await page.getByLabel('Code', { exact: true }).fill(spare);
    await press(page, 'Turn off');
    await page.getByText('It is off').waitFor();
  });

  test('sessions elsewhere are seen and ended, and a new password ends them too', { timeout: 60_000 }, async () => {
    const person = { username: 'carol', email: 'carol@example.org', password: 'Secret123' };
    await call(server, 'POST', '/api/v1/register', { body: { ...person, name: 'Carol' } });
    const elsewhere = async (password = 'Secret123') => {
      const body = { email: 'carol', password };
      const headers = { 'user-agent': 'Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) Version/18.0 Mobile Safari/605.1' };
      const answer = await call(server, 'POST', '/api/v1/login', { body, headers });
      return { status: answer.status, token: answer.body.access_token as string };
    };
    const works = async ({ token }: { token: string }) =>
      (await call(server, 'GET', '/api/auth/me', { token })).status === 200;
    const [first, second, third] = [await elsewhere(), await elsewhere(), await elsewhere()];

    const carol = await visit(browser, server, null);
    const { page } = carol;
    await press(page, 'With a name and password');
    await page.getByLabel('Username or e-mail').fill('carol');
    await page.getByLabel('Password').fill('Secret123');
    await press(page, 'Sign in');
    await page.getByRole('heading', { name: 'Chats', exact: true }).waitFor();
    await open(carol, 'sessions');
    const ends = page.getByRole('button', { name: 'End Safari, iPhone' });
    await until(async () => expect(await ends.count()).toBe(3));
    // The latest stands first.
    await ends.first().click();
    await until(async () =>
      expect([await ends.count(), await works(third), await works(second)]).toEqual([2, false, true]),
    );
    await press(page, 'End all others');
    await page.getByRole('dialog').getByRole('button', { name: 'End all others' }).click();
    await page.getByText('You are signed in nowhere else.').waitFor();
    await until(async () => expect([await works(first), await works(second)]).toEqual([false, false]));

    const fourth = await elsewhere();
    await open(carol, 'security');
    await page.getByLabel('Current password').fill('Secret123');
    await page.getByLabel('New password', { exact: true }).fill('Other1234');
    await page.getByLabel('New password again').fill('Other1234');
    await press(page, 'Change password');
    await page.getByText('The password is changed').waitFor();
    await until(async () => expect(await works(fourth)).toBe(false));
    expect([(await elsewhere()).status, (await elsewhere('Other1234')).status]).toEqual([401, 200]);

    await open(carol, 'data');
    const [download] = await Promise.all([page.waitForEvent('download'), press(page, 'Download')]);
    expect(JSON.parse(await readFile(await download.path(), 'utf8'))).toMatchObject({ profile: { username: 'carol' } });
    await press(page, 'Delete my account');
    const remove = page.getByRole('button', { name: 'Delete for good' });
    expect(await remove.isDisabled()).toBe(true);
    await page.getByLabel('Write “Carol” to go on').fill('Carol');
    await remove.click();
    await page.getByText('Welcome to Parlance').waitFor();
    expect((await elsewhere('Other1234')).status).toBe(401);
    expect(carol.complaints).toEqual([]);
    await carol.context.close();
  });

  test('axe finds nothing, and all of it fits small and enlarged', { timeout: 240_000 }, async () => {
    const { page } = bob;
    expect(await objectionsTo(page, parts, (part) => open(bob, part))).toEqual({});

    // On a phone the names make room for what they lead to, and lead back; keys go with them.
    await page.setViewportSize({ width: 390, height: 844 });
    await go(bob, '/');
    await press(page, 'Account of Bob');
    await page.getByRole('link', { name: 'Settings' }).last().click();
    await page.getByRole('link', { name: 'Privacy' }).click();
    await page.locator('h1:focus', { hasText: 'Privacy' }).waitFor();
    await page.getByRole('link', { name: 'Settings' }).last().click();
    await page.getByRole('link', { name: 'Privacy' }).waitFor();
    expect([alice.complaints, bob.complaints]).toEqual([[], []]);
  });
});
