// GIFs of KLIPY, which speaks as Tenor did before it closed: clients still ask for it by that name.

import type { Gifs } from '../../core/ports.ts';
import { askVendor, at, gifOf, listAt, vendorLanguage, type VendorOptions } from './vendor.ts';

export function createKlipy(options: VendorOptions): Gifs {
  return {
    name: 'tenor',
    async find({ text, language, limit, offset }) {
      const body = await askVendor('KLIPY', options, `/v2/${text === null ? 'featured' : 'search'}`, {
        key: options.key,
        ...(text !== null && { q: text }),
        limit,
        // Its own word for where a page begins; the first has none.
        ...(offset > 0 && { pos: offset }),
        locale: vendorLanguage(language),
        contentfilter: 'high',
        media_filter: 'gif,gifpreview',
      });
      const gifs = listAt(body, 'results').flatMap((one) => {
        const dims: unknown = at(one, 'media_formats', 'gif', 'dims');
        const [width, height]: unknown[] = Array.isArray(dims) ? dims : [];
        return gifOf({
          id: at(one, 'id'),
          title: at(one, 'content_description'),
          url: at(one, 'media_formats', 'gif', 'url'),
          width,
          height,
          previewUrl: at(one, 'media_formats', 'gifpreview', 'url'),
          tags: at(one, 'tags'),
        });
      });
      return { attribution: 'Powered by KLIPY', gifs, total: gifs.length };
    },
  };
}
