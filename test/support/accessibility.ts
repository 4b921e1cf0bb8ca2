// What axe finds on a page.

import { AxeBuilder } from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** What fades in has come, in the page. */
const settled = `new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))).then(() =>
  Promise.all(document.getAnimations()
    .filter(({ effect }) => effect && effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished.catch(() => undefined))))`;

const themes = ['light', 'dark'] as const;

/** What it objects to in both themes, in a line each. */
export async function objections(page: Page): Promise<string[]> {
  const found: string[] = [];
  // No colour is on its way to another.
  await page.emulateMedia({ reducedMotion: 'reduce' });
  for (const colorScheme of themes) {
    await page.emulateMedia({ colorScheme });
    await page.evaluate(settled);
    // Nothing is framed: axe needs no page of its own to put frames together, and only what is wrong is gathered.
    const { violations } = await new AxeBuilder({ page })
      .setLegacyMode()
      .options({ resultTypes: ['violations'] })
      .analyze();
    for (const { id, nodes } of violations) {
      found.push(
        ...nodes.map(({ html, any }) => `${colorScheme} ${id}: ${html.slice(0, 160)} ${any[0]?.message ?? ''}`),
      );
    }
  }
  return found;
}

const isWider = 'document.documentElement.scrollWidth > innerWidth';

/** By part: what axe objects to, and where it is wider than a phone or than a window enlarged twice. None: it has none. */
export async function objectionsTo(
  page: Page,
  parts: readonly string[],
  open: (part: string) => Promise<unknown>,
): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {};
  for (const part of parts) {
    await page.setViewportSize({ width: 1280, height: 800 });
    await open(part);
    await page.locator('.part h1').waitFor();
    await page.getByRole('status', { name: 'Loading' }).first().waitFor({ state: 'detached' });
    const list = await objections(page);
    for (const size of [
      { width: 360, height: 640 },
      { width: 640, height: 400 },
    ]) {
      await page.setViewportSize(size);
      if (await page.evaluate(isWider)) list.push(`wider than ${size.width}`);
    }
    if (list.length > 0) found[part] = list;
  }
  return found;
}
