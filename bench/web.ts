// The messenger in a browser: opening a room of 100,000 messages, going through its past, and writing in it while 50
// messages a second arrive. `npx tsx bench/web.ts --database=postgresql://… [--messages=100000] [--seconds=20]`. Browser,
// server and PostgreSQL share the machine: what others do on it is in the figures.

import { cpus, loadavg } from 'node:os';
import type { Page } from 'playwright-core';
import { percentile, say } from './stage.ts';
import { openWebStage, type Somebody } from './web-stage.ts';

const option = (name: string) => process.argv.find((one) => one.startsWith(`--${name}=`))?.slice(name.length + 3);
const messages = Number(option('messages') ?? 100_000);
const seconds = Number(option('seconds') ?? 20);
const openings = 10;
const perSecond = 50;
const crowd = 20;

/** Watches from the page's first line: long tasks, frames, keys until they are seen, and when a room is painted. */
const watch = `
  window.seen = { tasks: [], frames: [], keys: [] };
  const look = (type, into, options) =>
    new PerformanceObserver((list) => list.getEntries().forEach((each) => into.push(each.duration)))
      .observe({ type, ...options });
  look('longtask', seen.tasks);
  look('event', seen.keys, { durationThreshold: 16 });
  let before = performance.now();
  requestAnimationFrame(function next(now) {
    seen.frames.push(now - before);
    before = now;
    requestAnimationFrame(next);
  });
  window.expectRoom = () => (window.painted = new Promise((done) => (window.tell = done)));
  window.expectRoom();
  new MutationObserver(() => {
    const { tell } = window;
    if (!tell || !document.querySelector('.messages article')) return;
    window.tell = null;
    requestAnimationFrame(() => {
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => tell(performance.now());
      port2.postMessage(null);
    });
  }).observe(document, { childList: true, subtree: true });
`;

interface Seen {
  tasks: number[];
  frames: number[];
  keys: number[];
}

const forget = 'for (const all of Object.values(seen)) all.length = 0';

const stage = await openWebStage({ JOBS: 'off', LOG_LEVEL: 'warn' });
const reader = await stage.signUp('Robin Reader');
const others: Somebody[] = [];

try {
  for (let n = 1; n <= crowd; n += 1) others.push(await stage.signUp(`Person ${n}`));
  const member_ids = others.map(({ id }) => id);
  const { id: room } = await stage.ask(reader, 'POST', '/api/groups', { name: 'Everybody', member_ids });
  const { id: other } = await stage.ask(reader, 'POST', '/api/groups', { name: 'Few', member_ids });
  await fill();
  say(`${messages} messages in a room of ${crowd + 1}; ${cpus().length} cores, load ${load()}`);
  await opening(room);
  await again(room, other);
  await past(room);
  await writing(room);
} finally {
  await stage.close();
}

/** The page is loaded at the room: from the last byte of what it asked for until it is on the screen. */
async function opening(room: string): Promise<void> {
  const times: number[] = [];
  const tasks: number[] = [];
  for (let n = 0; n < openings; n += 1) {
    const { page, context } = await visit(`/c/${room}`);
    times.push(await sincePainted(page, room));
    tasks.push(Math.max(0, ...(await seenBy(page)).tasks));
    await context.close();
  }
  say(`opened with the page: data to paint ${spread(times)} ms; longest task of loading all ${spread(tasks)} ms`);
}

/** From another room, by the list: the first time from data to paint, then from the click. */
async function again(room: string, other: string): Promise<void> {
  const first: number[] = [];
  const later: number[] = [];
  for (let n = 0; n < openings; n += 1) {
    const { page, context } = await visit(`/c/${other}`);
    await page.locator('.messages').waitFor();
    await page.evaluate('window.expectRoom(), null');
    await page.locator(`a[href="/app/c/${room}"]`).click();
    first.push(await sincePainted(page, room));
    await page.locator(`a[href="/app/c/${other}"]`).click();
    await page.locator('.messages article').first().waitFor({ state: 'detached' });
    later.push(
      await page.evaluate<number>(`(async () => {
        window.expectRoom();
        const clicked = performance.now();
        document.querySelector('a[href="/app/c/${room}"]').click();
        return (await painted) - clicked;
      })()`),
    );
    await context.close();
  }
  say(`opened from the list: data to paint ${spread(first)} ms; again, click to paint ${spread(later)} ms`);
}

/** The wheel goes up and up. */
async function past(room: string): Promise<void> {
  const { page, context } = await visit(`/c/${room}`);
  await sincePainted(page, room);
  const box = (await page.locator('.messages').boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.evaluate(forget);
  let pages = 0;
  page.on('response', (response) => (pages += Number(response.url().includes(`${room}/messages`))));
  for (const end = Date.now() + seconds * 1_000; Date.now() < end;) await page.mouse.wheel(0, -400);
  sayTasks(`the past, ${pages * 50} messages of it`, await seenBy(page));
  await context.close();
}

/** Somebody writes while all the others do. */
async function writing(room: string): Promise<void> {
  const { page, context } = await visit(`/c/${room}`);
  await sincePainted(page, room);
  await page.evaluate(forget);
  let sent = 0;
  const sending: Promise<unknown>[] = [];
  const timer = setInterval(() => {
    const by = others[(sent += 1) % crowd]!;
    const body = { conversation_id: room, content: `Number ${sent}: something short, as people say it` };
    sending.push(stage.ask(by, 'POST', '/api/messages', body));
  }, 1_000 / perSecond);
  const began = performance.now();
  const words = 'What I say takes me a while, and meanwhile all the others talk. ';
  const field = page.getByRole('textbox', { name: /^Message to / });
  await field.focus();
  for (const end = Date.now() + seconds * 1_000; Date.now() < end;) {
    await field.pressSequentially(words, { delay: 60 });
    await field.fill('');
  }
  clearInterval(timer);
  await Promise.all(sending);
  const rate = (sent / (performance.now() - began)) * 1_000;
  await page.getByText(`Number ${sent}:`).first().waitFor();
  const seen = await seenBy(page);
  sayTasks(`writing while ${rate.toFixed(0)} messages a second arrive (${sent})`, seen);
  say(`  keys that took 16 ms or more to be seen: ${seen.keys.length}, ${spread(seen.keys)} ms`);
  await context.close();
}

async function visit(path: string) {
  const { page, context } = await stage.open(reader);
  await page.addInitScript(watch);
  await page.goto(`${stage.url}/app${path}`);
  return { page, context };
}

/** Milliseconds from the last answer that the room needs until it is painted. */
async function sincePainted(page: Page, room: string): Promise<number> {
  return page.evaluate<number>(`(async () => {
    const at = await painted;
    const answers = performance.getEntriesByType('resource').filter(({ name, responseEnd }) =>
      name.includes('${room}/messages') && responseEnd <= at);
    return at - Math.max(...answers.map(({ responseEnd }) => responseEnd));
  })()`);
}

async function seenBy(page: Page): Promise<Seen> {
  return page.evaluate<Seen>('seen');
}

function sayTasks(what: string, { tasks, frames }: Seen): void {
  say(
    `${what}: ${tasks.length} tasks over 50 ms, the longest ${Math.max(0, ...tasks).toFixed(0)}; ` +
      `frames every ${spread(frames)} ms; load ${load()}`,
  );
}

/** Median, 99th percentile and most. */
function spread(numbers: readonly number[]): string {
  return [percentile(numbers, 50), percentile(numbers, 99), Math.max(0, ...numbers)]
    .map((each) => each.toFixed(0))
    .join(' / ');
}

function load(): string {
  return loadavg()[0]!.toFixed(1);
}

/** As sending would leave it, over some weeks; the reader has read all. */
async function fill(): Promise<void> {
  await stage.query(
    `with place as (
      select id, last_message_no, last_change_no, greatest(log_xid, pg_current_xact_id()::text::bigint) as xid
      from conversations where name = 'Everybody' for update),
    people as (
      select account_id, row_number() over (order by id) - 1 as place from memberships
      where conversation_id = (select id from place)),
    sent as (
      insert into messages (conversation_id, message_no, sender_id, content, sent_in, created_at)
      select p.id, p.last_message_no + n, who.account_id,
        case n % 11 when 0 then 'See https://example.org/' || n || ' for *all* of it' when 5 then '👍'
          else repeat('What people say to each other, in some words. ', 1 + (n % 7) / 2) end,
        'urge', now() - ($1 - n) * interval '17 seconds'
      from place p, generate_series(1, $1::int) n join people who on who.place = (n / 3) % $2
      returning id, message_no),
    logged as (
      insert into changes (xid, conversation_id, change_no, kind, message_id)
      select p.xid, p.id, p.last_change_no + s.message_no - p.last_message_no, 'message.sent', s.id
      from sent s, place p order by s.message_no),
    done as (
      update conversations c set last_message_no = c.last_message_no + $1, last_change_no = c.last_change_no + $1,
        log_xid = p.xid, last_message_at = now()
      from place p where c.id = p.id returning c.id, c.last_message_no)
    update memberships m set read_no = done.last_message_no, delivered_no = done.last_message_no
    from done where m.conversation_id = done.id`,
    [messages, crowd + 1],
  );
  await stage.query('vacuum analyze');
}
