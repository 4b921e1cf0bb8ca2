// NeruTalk: signing in by name and password, stickers and GIFs. Calls and places have their own clients beside it.

import { request } from './http.ts';

export interface SignedIn {
  access_token: string;
  refresh_token: string;
}

const open = { open: true } as const;

export const register = (person: { username: string; email: string; password: string; name: string }) =>
  request<SignedIn>('POST', '/api/v1/register', { ...open, body: person });

/** By username or e-mail address. */
export const signIn = (name: string, password: string) =>
  request<SignedIn>('POST', '/api/v1/login', { ...open, body: { email: name, password } });

export interface Sticker {
  id: string;
  pack_id: string;
  name: string;
  url: string;
}

export interface StickerPack {
  id: string;
  name: string;
  stickers: Sticker[];
}

export const stickerPacks = async (): Promise<StickerPack[]> =>
  (await request<{ sticker_packs: StickerPack[] }>('GET', '/api/v1/media/stickers')).sticker_packs;

export const sendSticker = (chatId: string, sticker: Sticker, key: string) =>
  request<unknown>('POST', '/api/v1/media/stickers/send', {
    key,
    query: { chat_id: chatId, pack_id: sticker.pack_id, sticker_id: sticker.id },
  });

export interface Gif {
  id: string;
  title: string;
  url: string;
  preview_url: string;
  width: number;
  height: number;
  source: string;
}

/** What is sought; what is liked now, where nothing is. */
export const gifs = async (words: string, signal?: AbortSignal): Promise<Gif[]> => {
  const path = words === '' ? '/api/v1/media/gifs/trending' : '/api/v1/media/gifs/search';
  const query = { limit: 24, ...(words !== '' && { q: words }) };
  return (await request<{ gifs: Gif[] }>('GET', path, { query, ...(signal && { signal }) })).gifs;
};

export const sendGif = (chatId: string, gif: Gif, key: string) =>
  request<unknown>('POST', '/api/v1/media/gifs/send', {
    key,
    query: {
      chat_id: chatId,
      gif_id: gif.id,
      gif_url: gif.url,
      gif_title: gif.title,
      provider: gif.source,
      preview_url: gif.preview_url,
      width: gif.width,
      height: gif.height,
    },
  });
