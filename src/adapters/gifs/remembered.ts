// A catalogue that remembers what it was asked lately, so that many who look for the same ask its vendor once.

import type { GifPage, Gifs } from '../../core/ports.ts';

const keptFor = 600_000;
const mostKept = 500;

/** `now`: the clock, in milliseconds. Failures are not remembered. */
export function remembered(gifs: Gifs, now: () => number = Date.now): Gifs {
  const known = new Map<string, { until: number; page: Promise<GifPage> }>();

  return {
    name: gifs.name,
    find(request) {
      const { text, language, limit, offset } = request;
      const question = JSON.stringify([text?.trim().toLowerCase() ?? null, language, limit, offset]);
      const found = known.get(question);
      known.delete(question);
      if (found && found.until > now()) {
        // Asked for again, it is the last to be forgotten.
        known.set(question, found);
        return found.page;
      }
      const page = gifs.find(request);
      const entry = { until: now() + keptFor, page };
      known.set(question, entry);
      if (known.size > mostKept) known.delete(known.keys().next().value!);
      page.catch(() => {
        if (known.get(question) === entry) known.delete(question);
      });
      return page;
    },
  };
}
