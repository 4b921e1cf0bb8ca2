// Calls at the page: they ring wherever one is, film and sound arrive, and what was missed is remembered.

import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { objections } from '../support/accessibility.ts';
import { describeInBrowser, directOf, enter, go, openBrowser, visit, type Visitor } from '../support/browser.ts';
import { call } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let alice: Visitor;
let bob: Visitor;
let mallory: Visitor;
let chat: string;

/** Lets a story ask the page's connections what came over them. */
const watchConnections = `
  globalThis.connections = [];
  globalThis.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options) {
      super(options);
      globalThis.connections.push(this);
    }
  };
`;

/** How many pictures came in and were decoded, over all lines that are open, by line. */
async function decoded(page: Page): Promise<number[]> {
  return page.evaluate<number[]>(`(async () => {
    const open = connections.filter((each) => each.connectionState === 'connected');
    const reports = await Promise.all(open.map((each) => each.getStats()));
    return reports.map((report) =>
      [...report.values()].find((each) => each.type === 'inbound-rtp' && each.kind === 'video')?.framesDecoded ?? 0);
  })()`);
}

/** Waits until film comes in from so many, and goes on coming. */
async function filmArrives(page: Page, lines = 1): Promise<void> {
  const enough = async (least: number) => {
    const now = await decoded(page);
    return now.length === lines && now.every((frames) => frames > least);
  };
  await expect.poll(() => enough(3), { timeout: 30_000 }).toBe(true);
  const sofar = Math.max(...(await decoded(page)));
  await expect.poll(() => enough(sofar), { timeout: 30_000 }).toBe(true);
}

/** How wide the pictures of somebody are, as they are shown. */
const widthOf = (page: Page, name: string) =>
  page.evaluate<number>(`(({ dataset, videoWidth }) => (dataset.seen === 'true' ? videoWidth : 0))(
    document.querySelector('video[aria-label="Video of ${name}"]'))`);

const ring = (page: Page, name: string) => page.getByRole('alertdialog', { name: new RegExp(`^${name} is calling`) });
const callWith = (page: Page, names: string) => page.getByLabel(`Call with ${names}`);
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();

const someone = (name: string) => visit(browser, server, name, {}, watchConnections);

describeInBrowser('a call', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
    [alice, bob, mallory] = await Promise.all([someone('Alice'), someone('Bob'), someone('Mallory')]);
    chat = await directOf(server, alice, bob);
    await directOf(server, alice, mallory);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** After each: it rang for nobody else, and no page complained. */
  async function allIsWell(): Promise<void> {
    expect([...alice.complaints, ...bob.complaints, ...mallory.complaints]).toEqual([]);
    expect(await mallory.page.getByRole('alertdialog').count()).toBe(0);
  }

  test(
    'rings anywhere, shows both to each other, survives a reload, and ends for both',
    { timeout: 120_000 },
    async () => {
      await enter(alice, chat);
      await go(bob, '/saved');
      const elsewhere = await bob.context.newPage();
      await elsewhere.goto(`${server.url}/app`);
      await press(alice.page, 'Video call to Bob');
      await callWith(alice.page, 'Bob').getByText('Ringing …').waitFor();

      await ring(elsewhere, 'Alice').waitFor();
      await ring(bob.page, 'Alice').waitFor();
      expect(await objections(bob.page)).toEqual([]);
      await press(bob.page, 'Answer');
      await elsewhere.getByText('Answered on another device.').waitFor();
      expect(await ring(elsewhere, 'Alice').count()).toBe(0);
      await Promise.all([filmArrives(alice.page), filmArrives(bob.page)]);
      await expect.poll(() => widthOf(alice.page, 'Bob')).toBeGreaterThan(0);
      await expect.poll(() => widthOf(bob.page, 'Alice')).toBeGreaterThan(0);
      expect(await objections(alice.page)).toEqual([]);

      await press(bob.page, 'Mute');
      await callWith(alice.page, 'Bob').getByText('muted').waitFor({ state: 'attached' });
      await press(bob.page, 'Turn camera off');
      await expect.poll(() => widthOf(alice.page, 'Bob')).toBe(0);
      await press(bob.page, 'Make small');
      await bob.page.getByRole('heading', { name: 'Saved' }).waitFor();
      expect(await objections(bob.page)).toEqual([]);
      await elsewhere.close();

      await bob.page.reload();
      await Promise.all([filmArrives(alice.page), filmArrives(bob.page)]);
      await expect.poll(() => widthOf(alice.page, 'Bob')).toBeGreaterThan(0);

      await press(bob.page, 'Hang up');
      await alice.page.getByText('The call is over.').waitFor();
      expect(await callWith(alice.page, 'Bob').count()).toBe(0);
      await go(bob, '/calls');
      await bob.page.getByRole('listitem').filter({ hasText: 'Incoming' }).getByText('Alice').waitFor();
      expect(await objections(bob.page)).toEqual([]);
      await allIsWell();
    },
  );

  test('is declined, and missed, and both are remembered', { timeout: 60_000 }, async () => {
    await enter(alice, chat);
    await go(bob, '/calls');
    await press(alice.page, 'Call Bob');
    await ring(bob.page, 'Alice').waitFor();
    await press(bob.page, 'Decline');
    await alice.page.getByText('The call was declined.').waitFor();
    await bob.page.getByRole('listitem').filter({ hasText: 'Declined' }).waitFor();

    await press(alice.page, 'Call Bob');
    await ring(bob.page, 'Alice').waitFor();
    await press(alice.page, 'Hang up');
    await ring(bob.page, 'Alice').waitFor({ state: 'detached' });
    await bob.page.getByRole('listitem').filter({ hasText: 'Missed' }).waitFor();

    // Whoever closes the page while it rings has hung up.
    await press(alice.page, 'Call Bob');
    await ring(bob.page, 'Alice').waitFor();
    await alice.page.goto(`${server.url}/app/calls`);
    await ring(bob.page, 'Alice').waitFor({ state: 'detached' });
    await alice.page.getByRole('listitem').filter({ hasText: 'Not answered' }).first().waitFor();
    await go(mallory, '/calls');
    await mallory.page.getByText('No calls yet').waitFor();
    await allIsWell();
  });

  test('of three shows everybody to everybody, and goes on when one leaves', { timeout: 120_000 }, async () => {
    const carol = await someone('Carol');
    const { body } = await call(server, 'POST', '/api/groups', {
      body: { name: 'Trio', member_ids: [bob.id, carol.id] },
      token: alice.token,
    });
    await enter(alice, body.id);
    await press(alice.page, 'Video call to Trio');
    for (const { page } of [bob, carol]) {
      await ring(page, 'Alice').waitFor();
      await press(page, 'Answer');
    }
    await Promise.all([alice, bob, carol].map(({ page }) => filmArrives(page, 2)));
    expect(await objections(carol.page)).toEqual([]);
    await press(bob.page, 'Hang up');
    await callWith(alice.page, 'Carol').waitFor();
    await filmArrives(carol.page);
    await press(alice.page, 'Hang up');
    await carol.page.getByText('The call is over.').waitFor();
    expect(carol.complaints).toEqual([]);
    await carol.context.close();
    await allIsWell();
  });

  test('is not begun where the microphone is locked, and it is said why', { timeout: 60_000 }, async () => {
    const refuse = `
      navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError'));
    `;
    const locked = await visit(browser, server, 'Dave', {}, refuse);
    await enter(locked, await directOf(server, locked, bob));
    await press(locked.page, 'Call Bob');
    await locked.page.getByRole('dialog', { name: 'The microphone is locked' }).waitFor();
    expect(await objections(locked.page)).toEqual([]);
    expect(await ring(bob.page, 'Dave').count()).toBe(0);
    expect((await call(server, 'GET', '/api/v1/video-calls/history', { token: locked.token })).body).toEqual([]);
    await locked.context.close();
    await allIsWell();
  });
});
