// GIFs of Giphy (contract: nerutalk.md, 6.4).

import type { Gifs } from '../../core/ports.ts';
import { askVendor, at, gifOf, listAt, vendorLanguage, type VendorOptions } from './vendor.ts';

export function createGiphy(options: VendorOptions): Gifs {
  return {
    name: 'giphy',
    async find({ text, language, limit, offset }) {
      const body = await askVendor('Giphy', options, `/v1/gifs/${text === null ? 'trending' : 'search'}`, {
        api_key: options.key,
        ...(text !== null && { q: text, lang: vendorLanguage(language) }),
        limit,
        offset,
        rating: 'g',
      });
      const gifs = listAt(body, 'data').flatMap((one) =>
        gifOf({
          id: at(one, 'id'),
          title: at(one, 'title'),
          url: at(one, 'images', 'fixed_height', 'url'),
          width: at(one, 'images', 'fixed_height', 'width'),
          height: at(one, 'images', 'fixed_height', 'height'),
          previewUrl: at(one, 'images', 'fixed_height_still', 'url'),
          tags: at(one, 'tags'),
        }),
      );
      const total = Number(at(body, 'pagination', 'total_count'));
      return { attribution: 'Powered by GIPHY', gifs, total: Number.isSafeInteger(total) ? total : gifs.length };
    },
  };
}
