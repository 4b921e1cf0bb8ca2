// Places at the page: who shows whom where they are, on the map and in words; fences; where one was.

import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { objections } from '../support/accessibility.ts';
import { describeInBrowser, directOf, openBrowser, visit, type Visitor } from '../support/browser.ts';
import { call } from '../support/people.ts';
import { startTestServer, type TestServer } from '../support/server.ts';

let server: TestServer;
let browser: Browser;
let alice: Visitor;
let bob: Visitor;
let mallory: Visitor;

const berlin = { latitude: 52.52, longitude: 13.405 };
const potsdam = { latitude: 52.4, longitude: 13.06 };

const someone = (name: string) =>
  visit(browser, server, name, {
    geolocation: { ...berlin, accuracy: 10 },
    permissions: ['geolocation'],
    // A map that flies is drawn over and over.
    reducedMotion: 'reduce',
    viewport: { width: 1000, height: 600 },
  });

const move = ({ context }: Visitor, to: { latitude: number; longitude: number }) =>
  context.setGeolocation({ ...to, accuracy: 10 });

const open = ({ page }: Visitor) => page.goto(`${server.url}/app/location`);
const part = ({ page }: Visitor, name: string) => page.getByRole('tab', { name, exact: true }).click();
const press = ({ page }: Visitor, name: string) => page.getByRole('button', { name, exact: true }).click();
const list = ({ page }: Visitor, name: string) => page.getByRole('list', { name });
const showsMe = (viewer: Visitor, name: string) =>
  list(viewer, 'They show you where they are').getByRole('button', { name });
/** Somebody's face on the map. */
const face = ({ page }: Visitor, person: Visitor) => page.locator(`[data-person="${person.id}"]`);
const map = ({ page }: Visitor) => page.getByRole('region', { name: 'Map' });

async function share(from: Visitor, tab: string, name: string, closely: string): Promise<void> {
  await open(from);
  await part(from, 'Mine');
  await press(from, 'Share my location');
  const dialog = from.page.getByRole('dialog');
  await dialog.getByRole('tab', { name: tab }).click();
  await dialog.getByRole('button', { name }).click();
  await dialog.getByRole('radio', { name: '15 minutes' }).check();
  await dialog.getByRole('radio', { name: closely }).check();
  await dialog.getByRole('button', { name: 'Share', exact: true }).click();
  await list(from, 'You show it to').getByText(name).waitFor();
}

const placeOf = async (viewer: Visitor, person: Visitor) =>
  (await call(server, 'GET', `/api/v1/location/current/${person.id}`, { token: viewer.token })).status;

describeInBrowser('places', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    server = await startTestServer();
    [alice, bob, mallory] = await Promise.all([someone('Alice'), someone('Bob'), someone('Mallory')]);
    await directOf(server, alice, bob);
    await directOf(server, alice, mallory);
    await open(mallory);
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await server?.close();
  });

  /** After each: a stranger has seen nothing, and no page complained. */
  async function allIsWell(): Promise<void> {
    await mallory.page.getByText('Nobody shows you where they are').waitFor();
    expect(await face(mallory, alice).count()).toBe(0);
    expect(await placeOf(mallory, alice)).toBe(404);
    expect([...alice.complaints, ...bob.complaints, ...mallory.complaints]).toEqual([]);
  }

  test(
    'shown to somebody, are on their map and list as they change, until they are not',
    { timeout: 90_000 },
    async () => {
      await open(bob);
      await bob.page.getByText('Nobody shows you where they are').waitFor();
      await share(alice, 'Person', 'Bob', 'Exact');
      const row = showsMe(bob, 'Alice');
      await row.getByText('52.5200° N, 13.4050° E').waitFor();
      await row.getByText('15 minutes left').waitFor();
      await face(bob, alice).waitFor();
      await move(alice, { latitude: 52.53, longitude: 13.41 });
      await row.getByText('52.5300° N, 13.4100° E').waitFor();
      expect(await objections(alice.page)).toEqual([]);

      await part(bob, 'Mine');
      await press(bob, 'Update now');
      await part(bob, 'People');
      await list(bob, 'Nearby').getByText('Alice').waitFor({ state: 'detached' });
      await bob.page.getByLabel('Within').selectOption({ label: '5 km' });
      await list(bob, 'Nearby').getByRole('button', { name: 'Alice' }).getByText('1.2 km away').waitFor();
      expect(await objections(bob.page)).toEqual([]);

      // Also from another section the page goes on telling.
      await alice.page.goto(`${server.url}/app/saved`);
      await move(alice, { latitude: 52.54, longitude: 13.42 });
      await row.getByText('52.5400° N, 13.4200° E').waitFor();

      await open(alice);
      await part(alice, 'Mine');
      await press(alice, 'Stop sharing with Bob');
      await bob.page.getByText('Nobody shows you where they are').waitFor();
      expect(await face(bob, alice).count()).toBe(0);
      expect(await placeOf(bob, alice)).toBe(404);
      await allIsWell();
    },
  );

  test('shown to a group, are seen as closely as was said', { timeout: 60_000 }, async () => {
    await call(server, 'POST', '/api/groups', { body: { name: 'Choir', member_ids: [bob.id] }, token: alice.token });
    await move(alice, berlin);
    await share(alice, 'Group', 'Choir', 'District');
    await open(bob);
    await showsMe(bob, 'Alice').getByText('District').waitFor();
    await face(bob, alice).waitFor();
    expect(await showsMe(bob, 'Alice').textContent()).not.toContain('52.5200');
    await press(alice, 'Stop sharing with Choir');
    await list(alice, 'You show it to').getByRole('listitem').waitFor({ state: 'detached' });
    expect(await placeOf(bob, alice)).toBe(404);
    await allIsWell();
  });

  test('have fences, drawn by hand or by number, that tell of coming and going', { timeout: 90_000 }, async () => {
    await move(alice, potsdam);
    await open(alice);
    await part(alice, 'Fences');
    await press(alice, 'New fence');
    const form = alice.page.getByRole('form', { name: 'New fence' });
    await form.getByLabel('Name').fill('Choir room');
    const before = await form.getByLabel('Latitude').inputValue();
    await map(alice).click({ position: { x: 200, y: 200 } });
    await expect.poll(() => form.getByLabel('Latitude').inputValue()).not.toBe(before);
    await form.getByLabel('Latitude').fill(String(berlin.latitude));
    await form.getByLabel('Longitude').fill(String(berlin.longitude));
    const radius = form.getByRole('slider', { name: /Radius/ });
    await radius.press('Home');
    for (let step = 0; step < 8; step += 1) await radius.press('ArrowRight');
    await form.getByText('125 m').waitFor();
    expect(await objections(alice.page)).toEqual([]);
    await press(alice, 'Save');
    await list(alice, 'Fences').getByText('52.5200° N, 13.4050° E · 125 m').waitFor();

    await move(alice, berlin);
    await alice.page.getByRole('status').getByText('Arrived: Choir room').waitFor();
    await move(alice, potsdam);
    await alice.page.getByRole('status').getByText('Left: Choir room').waitFor();
    const events = list(alice, 'What happened').getByRole('listitem');
    await expect.poll(() => events.count()).toBe(2);
    expect(await objections(alice.page)).toEqual([]);

    await press(alice, 'Remove Choir room');
    await alice.page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    await list(alice, 'Fences').getByText('Choir room').waitFor({ state: 'detached' });
    await allIsWell();
  });

  test('that one was at are on a slider of time', { timeout: 60_000 }, async () => {
    await open(alice);
    await part(alice, 'History');
    const slider = alice.page.getByRole('slider', { name: /Time/ });
    const rows = list(alice, 'History').getByRole('button');
    const told = () => slider.getAttribute('aria-valuetext');
    await slider.press('Home');
    await expect.poll(told).toContain('52.5200° N, 13.4050° E');
    await slider.press('ArrowRight');
    const [second] = await rows.nth(1).locator('span').allTextContents();
    await expect.poll(told).toContain(second);
    await rows.filter({ hasText: '52.5300° N, 13.4100° E' }).first().click();
    await expect.poll(told).toContain('52.5300° N, 13.4100° E');
    expect(await rows.and(alice.page.locator('[aria-pressed="true"]')).count()).toBe(1);
    expect(await objections(alice.page)).toEqual([]);
    expect(bob.complaints).toEqual([]);
    await allIsWell();
  });

  test('are told by nobody who does not let the browser', { timeout: 60_000 }, async () => {
    const carol = await visit(browser, server, 'Carol');
    await open(carol);
    await part(carol, 'Mine');
    await press(carol, 'Update now');
    await carol.page.getByRole('alert').getByText('The browser does not tell this page where you are.').waitFor();
    expect(await objections(carol.page)).toEqual([]);
    expect((await call(server, 'GET', '/api/v1/location/current', { token: carol.token })).body).toBeNull();
    await carol.context.close();
    await allIsWell();
  });
});
