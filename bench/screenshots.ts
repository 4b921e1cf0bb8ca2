// The pictures of the web client in docs/screenshots: `npx tsx bench/screenshots.ts --database=postgresql://…`. A server
// with people who have something to say to each other, and a browser that looks at the main screens.

import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { say } from './stage.ts';
import { launch, openWebStage, type Somebody } from './web-stage.ts';

const folder = join(import.meta.dirname, '..', 'docs', 'screenshots');
const scratch = await mkdtemp(join(tmpdir(), 'parlance-pictures-'));
const viewport = { width: 1280, height: 800 };

const landscape = `<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="800">
  <defs><linearGradient id="sky" y2="1" x2="0"><stop stop-color="#37517e"/><stop offset=".55" stop-color="#e58b6b"/>
  <stop offset="1" stop-color="#f9d08b"/></linearGradient>
  <linearGradient id="sea" y2="1" x2="0"><stop stop-color="#e9a87a"/><stop offset="1" stop-color="#24405f"/></linearGradient></defs>
  <rect width="1200" height="800" fill="url(#sky)"/><circle cx="760" cy="440" r="70" fill="#fff1c9"/>
  <path d="M0 470 L180 380 L320 440 L480 340 L640 450 L900 390 L1200 460 V520 H0 Z" fill="#3a3f5f"/>
  <rect y="500" width="1200" height="300" fill="url(#sea)"/>
  <path d="M690 520 h140 l-20 14 h-100 Z M660 560 h200 l-40 14 h-120 Z M630 620 h260 l-50 18 h-160 Z" fill="#fbe3ac" opacity=".7"/>
  <path d="M240 640 h220 l-40 60 h-140 Z" fill="#2a2438"/><path d="M345 640 V440 L450 620 Z" fill="#f3ede2"/>
  <path d="M335 640 V470 L260 620 Z" fill="#d9cfc2"/>
</svg>`;

const paper = Buffer.from(
  '%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Count 0/Kids[]>>endobj\n%%EOF\n',
);

const stage = await openWebStage({ RATE_LIMITS: 'off' });
const films = await Promise.all([
  film('maya.mjpeg', portrait('#e8c9b0', '#3c2a4d', '#b7d3c6', '#2f6f62')),
  film('jonas.mjpeg', portrait('#f0d2b8', '#6b4a2b', '#cfd8ea', '#3d5a98')),
]);
const [near, far] = await Promise.all(films.map((path) => launch(path)));

try {
  await mkdir(folder, { recursive: true });
  const names = ['Maya Lindqvist', 'Jonas Weber', 'Priya Nair', 'Tomás Ortega', 'Aiko Tanaka', 'Grace Okafor'];
  const people: Somebody[] = [];
  for (const name of names) people.push(await stage.signUp(name));
  const [maya, jonas, priya, tomas, aiko, grace] = people as [
    Somebody,
    Somebody,
    Somebody,
    Somebody,
    Somebody,
    Somebody,
  ];
  await stage.query(`update accounts set is_superuser = true where id = (select min(id) from accounts)`);

  const group = async (name: string, ...members: Somebody[]): Promise<string> =>
    (await stage.ask(maya, 'POST', '/api/groups', { name, member_ids: members.map(({ id }) => id) })).id;
  const direct = async (other: Somebody): Promise<string> =>
    (await stage.ask(maya, 'POST', '/api/conversations', { participant_ids: [other.id] })).id;

  /** Says something so many minutes ago. */
  const tell = async (room: string, by: Somebody, ago: number, content: string, more: object = {}): Promise<string> => {
    const { id } = await stage.ask(by, 'POST', '/api/messages', { conversation_id: room, content, ...more });
    await age(ago);
    return id;
  };
  const react = (by: Somebody, message_id: string, emoji: string) =>
    stage.ask(by, 'POST', '/api/v1/messages/reactions', { message_id, emoji });
  const read = (by: Somebody, room: string) => stage.ask(by, 'PUT', `/api/conversations/${room}/read`);

  // What they say, the oldest first.
  const books = await group('Book club', priya, aiko, grace);
  await tell(books, grace, 4_300, 'I finished it on the train and missed my stop.');
  await tell(books, priya, 4_290, 'That is the best review so far.');
  const tides = await direct(tomas);
  await tell(tides, tomas, 1_600, 'The boat is back in the water!');
  await tell(tides, maya, 1_590, 'At last. Saturday?');
  await tell(tides, tomas, 1_580, 'Saturday. Bring a warm jumper.');
  const kitchen = await direct(aiko);
  await tell(kitchen, aiko, 320, 'それ、いいですね！ See you at seven.');
  const harbour = await group('Harbour choir', jonas, priya, tomas, grace);
  await tell(harbour, jonas, 1_530, 'The hall is ours on Sunday from four to six.');
  const hall = await tell(harbour, priya, 1_527, 'Perfect. Who brings the *music stands*?');
  await tell(harbour, tomas, 1_525, 'I can take six of them in the car.', { reply_to_id: hall });
  const sunset = await stage.ask(maya, 'POST', '/api/messages', {
    conversation_id: harbour,
    ...(await picture(maya, 'harbour.png', landscape)),
    content: 'This is where we sing. The light at six is ours for free.',
    message_type: 'IMAGE',
  });
  await age(95);
  for (const [by, emoji] of [
    [jonas, '❤️'],
    [priya, '❤️'],
    [grace, '❤️'],
    [tomas, '🎉'],
  ] as const) {
    await react(by, sunset.id, emoji);
  }
  await tell(harbour, grace, 60, 'Then I want to stand on the left, where the sun is.');
  await tell(harbour, jonas, 31, 'Here is the programme, two pages.');
  await stage.ask(jonas, 'POST', '/api/messages', {
    conversation_id: harbour,
    ...(await picture(jonas, 'Programme for Sunday.pdf', null)),
    content: JSON.stringify({ name: 'Programme for Sunday.pdf', size: 48_210 }),
    message_type: 'DOCUMENT',
  });
  await age(30);
  const end = await tell(harbour, maya, 12, 'Printed it. See you all at a quarter to four, in good voice!');
  await react(grace, end, '👍');
  for (const one of [jonas, priya, tomas, grace]) await read(one, harbour);
  const office = await direct(jonas);
  await tell(office, jonas, 48, 'Have you seen the new score?');
  await tell(office, maya, 46, 'Just now. The second alto line is wonderful, and hard.');
  await tell(office, jonas, 44, 'We have three weeks. `bars 40 to 56` first?');
  await tell(
    office,
    maya,
    43,
    'Yes, slowly. I put the recording here: https://harbour-choir.example/recordings/spring',
  );
  await tell(office, jonas, 9, 'Listened to it twice on the way home 🎧');
  await tell(office, maya, 8, 'And?');
  await tell(office, jonas, 6, 'Goosebumps. Can we talk for five minutes tonight?');
  await read(jonas, office);
  const walks = await direct(priya);
  await tell(walks, priya, 4, 'Bridge at half past? I have the dog 🐕');
  await tell(walks, priya, 3, 'He says hello.');
  for (const room of [books, tides, harbour, office]) await read(maya, room);

  const windows = { viewport, reducedMotion: 'reduce' as const, timezoneId: 'Europe/Copenhagen' };
  const mine = await stage.open(
    maya,
    { ...windows, permissions: ['geolocation'], geolocation: { latitude: 55.63, longitude: 12.65, accuracy: 12 } },
    near,
  );
  const { page } = mine;

  await page.goto(`${stage.url}/app/c/${office}`);
  await page.getByRole('article').getByText('Goosebumps').waitFor();
  await still(page);
  await keep(page, 'chats');

  await page.goto(`${stage.url}/app/c/${harbour}`);
  await page.getByText('in good voice').last().waitFor();
  await loaded(page);
  await keep(page, 'group');
  await page.emulateMedia({ colorScheme: 'dark' });
  await still(page);
  await keep(page, 'group-dark');
  await page.emulateMedia({ colorScheme: 'light' });

  // Where they are: around the Sound.
  const places = [
    [maya, 55.63, 12.65],
    [jonas, 55.86, 12.5],
    [priya, 55.59, 13.02],
    [tomas, 56.03, 12.61],
    [grace, 55.7, 13.19],
  ] as const;
  for (const [one, latitude, longitude] of places) {
    if (one !== maya) {
      await stage.ask(one, 'POST', '/api/v1/location/shares', { target_user_id: maya.id, duration_minutes: 480 });
    }
    await stage.ask(one, 'POST', '/api/v1/location/update', { latitude, longitude, accuracy: 12 });
  }
  await stage.ask(maya, 'POST', '/api/v1/location/shares', { target_chat_id: harbour, duration_minutes: 60 });
  await page.goto(`${stage.url}/app/location`);
  for (const { id } of [jonas, priya, tomas, grace]) await page.locator(`[data-person="${id}"]`).waitFor();
  // The countries are laid flat in the background, which nothing tells of.
  await sleep(4_000);
  await keep(page, 'location');

  await stage.ask(maya, 'PUT', '/api/v1/profile', { bio: 'Alto, sailor, slow reader.' });
  await page.goto(`${stage.url}/app/settings`);
  await page.getByRole('heading', { level: 2 }).first().waitFor();
  await still(page);
  await keep(page, 'settings');

  // Something for the charts: a minute of people talking.
  await page.goto(`${stage.url}/app/console`);
  await page.getByRole('heading').first().waitFor();
  for (let n = 0; n < 240; n += 1) {
    const by = [aiko, priya, grace][n % 3]!;
    await stage.ask(by, 'POST', '/api/messages', { conversation_id: books, content: 'Chapter three it is.' });
    await sleep(60 + 90 * (1 + Math.sin(n / 12)));
  }
  await keep(page, 'console');

  const his = await stage.open(jonas, windows, far);
  await his.page.goto(`${stage.url}/app/c/${office}`);
  await page.goto(`${stage.url}/app/c/${office}`);
  await page.getByRole('button', { name: 'Video call to Jonas Weber', exact: true }).click();
  await his.page.getByRole('button', { name: 'Answer', exact: true }).click();
  await page.locator('video[aria-label="Video of Jonas Weber"][data-seen="true"]').waitFor();
  await sleep(4_000);
  await keep(page, 'call');
} finally {
  await Promise.all([near?.close(), far?.close()]);
  await stage.close();
  await rm(scratch, { recursive: true, force: true });
}

/** What was sent last was sent so many minutes ago. */
async function age(minutes: number): Promise<void> {
  await stage.query(
    `update messages set created_at = now() - $1 * interval '1 minute' where id = (select max(id) from messages)`,
    [minutes],
  );
  // Not in one statement: the server locks them the other way round.
  await stage.query(
    `update conversations c set last_message_at = m.created_at from messages m
    where m.id = (select max(id) from messages) and c.id = m.conversation_id`,
  );
}

/** Until every picture is there. */
async function loaded(page: Page): Promise<void> {
  await page.evaluate(`Promise.all([...document.images].map((each) => each.decode().catch(() => undefined)))`);
  await still(page);
}

/** Until nothing is on its way any more. */
async function still(page: Page): Promise<void> {
  await page.waitForLoadState('networkidle').catch(() => undefined);
  await sleep(1_000);
}

async function keep(page: Page, name: string): Promise<void> {
  const path = join(folder, `${name}.webp`);
  await writeFile(
    path,
    await sharp(await page.screenshot())
      .webp({ quality: 82, effort: 6 })
      .toBuffer(),
  );
  say(`${name}.webp: ${Math.round((await stat(path)).size / 1_000)} KB`);
}

/** Brings a file: a picture drawn from SVG, or without one a paper. Answers the fields of a message. */
async function picture(by: Somebody, name: string, svg: string | null): Promise<object> {
  const bytes = svg === null ? paper : await sharp(Buffer.from(svg)).png().toBuffer();
  const type = svg === null ? 'application/pdf' : 'image/png';
  const form = new FormData();
  form.append('file', new Blob([new Uint8Array(bytes)], { type }), name);
  const answer = await fetch(`${stage.url}/api/media/upload`, {
    method: 'POST',
    headers: { authorization: `Bearer ${by.token}` },
    body: form,
  });
  if (!answer.ok) throw new Error(await answer.text());
  const { file_url, thumbnail_url } = (await answer.json()) as { file_url: string; thumbnail_url: string | null };
  return { media_url: file_url, thumbnail_url };
}

/** A film of one picture, for a camera. */
async function film(name: string, svg: string): Promise<string> {
  const frame = await sharp(Buffer.from(svg)).jpeg({ quality: 90, chromaSubsampling: '4:2:0' }).toBuffer();
  const path = join(scratch, name);
  await writeFile(path, Buffer.concat(Array.from({ length: 30 }, () => frame)));
  return path;
}

function portrait(skin: string, hair: string, wall: string, shirt: string): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1280" height="720">
    <defs><linearGradient id="wall" x2="1" y2="1"><stop stop-color="${wall}"/><stop offset="1" stop-color="#8d99a6"/>
    </linearGradient></defs>
    <rect width="1280" height="720" fill="url(#wall)"/>
    <rect x="870" y="70" width="270" height="330" rx="6" fill="#f6f1e7"/>
    <rect x="890" y="90" width="230" height="290" fill="#b9cfe0"/><circle cx="960" cy="190" r="42" fill="#f4c95d"/>
    <path d="M890 380 L980 270 L1040 330 L1080 290 L1120 340 V380 Z" fill="#6f8f7a"/>
    <path d="M360 720 C370 560 470 500 560 490 H720 C810 500 910 560 920 720 Z" fill="${shirt}"/>
    <path d="M575 430 h130 v80 c-20 40 -110 40 -130 0 Z" fill="${skin}"/>
    <path d="M575 450 c40 40 90 40 130 0 v30 c-40 30 -90 30 -130 0 Z" opacity=".15"/>
    <path d="M490 330 C470 150 560 90 640 90 C730 90 810 150 790 330 L770 420 H510 Z" fill="${hair}"/>
    <ellipse cx="640" cy="320" rx="122" ry="150" fill="${skin}"/>
    <path d="M516 290 C530 200 600 190 640 190 C690 190 750 200 764 290 C700 270 640 230 600 230 C570 250 540 270 516 290 Z" fill="${hair}"/>
    <circle cx="590" cy="320" r="11" fill="#2b2b33"/><circle cx="690" cy="320" r="11" fill="#2b2b33"/>
    <path d="M590 390 Q640 435 690 390" fill="none" stroke="#9a4b43" stroke-width="9" stroke-linecap="round"/>
  </svg>`;
}
