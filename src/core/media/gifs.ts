// Looking for GIFs, in whichever catalogue there is.

import type { Asking, Member } from '../context.ts';
import type { GifPage, GifProviders, GifRequest } from '../ports.ts';

/** A page of GIFs, and whose they are. Throws `unavailable` (`no_gifs`). */
export async function findGifs(
  { ports }: Asking<Member>,
  { provider, ...request }: GifRequest & { provider: keyof GifProviders },
): Promise<GifPage & { source: string }> {
  const catalogue = ports.gifs[provider];
  return { ...(await catalogue.find(request)), source: catalogue.name };
}
