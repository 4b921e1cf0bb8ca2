// Settings: files, stickers and GIFs.

import { listed, webAddress, wholeNumber, type Setting, type Type } from './setting.ts';

/** Without dots, in lower case. */
const extensions: Type<readonly string[]> = {
  expects: 'endings such as jpg, as a comma list',
  parse(text) {
    const named = listed(text).map((ending) => ending.replace(/^\./, '').toLowerCase());
    return named.length > 0 && named.every((ending) => /^[a-z0-9]{1,8}$/.test(ending)) ? named : undefined;
  },
};

/** Given by a vendor; what stands in a manual's example is none. */
const gifKey: Type<string | null> = {
  expects: 'a key',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('GIPHY_API_KEY or KLIPY_API_KEY is an example from a manual: the GIFs that come with the server are used.');
    return null;
  },
};

export const sharing = {
  mostFileBytes: {
    name: 'MAX_FILE_SIZE',
    type: wholeNumber(1, 1_073_741_824),
    default: '10485760',
    meaning: 'The most bytes that a file may have which comes through NeruTalk.',
  },
  fileExtensions: {
    name: 'ALLOWED_FILE_EXTENSIONS',
    type: extensions,
    default: 'jpg,jpeg,png,gif,mp4,mov,pdf,doc,docx',
    meaning: 'The endings that a file’s name may have which comes through NeruTalk: a comma list.',
  },
  thumbnailSide: {
    name: 'THUMBNAIL_SIZE',
    type: wholeNumber(16, 1_024),
    default: '200',
    meaning: 'The longer side of NeruTalk’s small pictures, in pixels.',
  },
  thumbnailQuality: {
    name: 'THUMBNAIL_QUALITY',
    type: wholeNumber(1, 100),
    default: '85',
    meaning: 'How good NeruTalk’s small pictures are, on JPEG’s scale.',
  },
  giphyKey: {
    name: 'GIPHY_API_KEY',
    type: gifKey,
    default: null,
    otherwise: 'the GIFs that come with the server',
    meaning: 'Where clients ask for Giphy, its GIFs are looked through with this key.',
    secret: true,
  },
  giphyBaseUrl: {
    name: 'GIPHY_BASE_URL',
    type: webAddress,
    default: 'https://api.giphy.com',
    meaning: 'Where Giphy is.',
  },
  klipyKey: {
    name: 'KLIPY_API_KEY',
    aliases: ['TENOR_API_KEY'],
    type: gifKey,
    default: null,
    otherwise: 'the GIFs that come with the server',
    meaning: 'Where clients ask for Tenor, which is closed, KLIPY’s GIFs are looked through with this key.',
    secret: true,
  },
  klipyBaseUrl: {
    name: 'KLIPY_BASE_URL',
    aliases: ['TENOR_BASE_URL'],
    type: webAddress,
    default: 'https://api.klipy.com',
    meaning: 'Where KLIPY is, or another that speaks as Tenor did.',
  },
} as const satisfies Record<string, Setting>;
