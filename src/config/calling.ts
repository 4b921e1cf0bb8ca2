// Settings: calls and places.

import { listed, someText, wholeNumber, type Setting, type Type } from './setting.ts';

/** Given by Agora; what stands in a manual's example is none. */
const agoraKey: Type<string | null> = {
  expects: 'what Agora gave you',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('AGORA_APP_ID or AGORA_APP_CERTIFICATE is an example from a manual: calls go without Agora.');
    return null;
  },
};

const iceAddresses: Type<readonly string[]> = {
  expects: 'addresses such as stun:stun.example.org:3478, as a comma list',
  parse(text) {
    const named = listed(text);
    return named.length > 0 && named.every((address) => /^(stun|turn)s?:[^\s/]+$/.test(address)) ? named : undefined;
  },
};

const tileAddress: Type<string> = {
  expects: 'an address with {z}, {x} and {y}, such as https://tiles.example.org/{z}/{x}/{y}.png',
  parse(text) {
    const isPlain = URL.canParse(text) && /^https?:\/\/[^/?#@\s]+\/\S*$/i.test(text);
    return isPlain && ['{z}', '{x}', '{y}'].every((part) => text.includes(part)) ? text : undefined;
  },
};

export const calling = {
  agoraAppId: {
    name: 'AGORA_APP_ID',
    type: agoraKey,
    default: null,
    otherwise: 'browsers meet without a vendor',
    meaning: 'With AGORA_APP_CERTIFICATE: calls go through Agora.',
  },
  agoraCertificate: {
    name: 'AGORA_APP_CERTIFICATE',
    type: agoraKey,
    default: null,
    meaning: 'The certificate of AGORA_APP_ID.',
    secret: true,
  },
  callTokenHours: {
    name: 'AGORA_TOKEN_EXPIRY_HOURS',
    type: wholeNumber(1, 720),
    default: '24',
    meaning: 'How long what lets somebody into a call is good: Agora’s tokens, and credentials for TURN_URL.',
  },
  iceServers: {
    name: 'ICE_SERVERS',
    type: iceAddresses,
    default: null,
    otherwise: 'stun:stun.agora.io with Agora, else none, which is enough in one network',
    meaning: 'STUN servers, by which browsers learn their own addresses: a comma list.',
  },
  turnUrls: {
    name: 'TURN_URL',
    type: iceAddresses,
    default: null,
    meaning: 'Relays for browsers that cannot reach each other, such as turn:turn.example.org:3478: a comma list.',
  },
  turnSecret: {
    name: 'TURN_SECRET',
    type: someText,
    default: null,
    meaning: 'What the relays and this server both know: coturn’s static-auth-secret, with use-auth-secret.',
    secret: true,
  },
  locationDays: {
    name: 'LOCATION_HISTORY_RETENTION_DAYS',
    type: wholeNumber(1, 3_650),
    default: '90',
    meaning: 'How many days it is remembered where somebody was.',
  },
  geofenceRadius: {
    name: 'GEOFENCE_MAX_RADIUS',
    type: wholeNumber(1, 1_000_000),
    default: '10000',
    meaning: 'How far a geofence may reach from its centre, in metres.',
  },
  mapTiles: {
    name: 'MAP_TILES_URL',
    type: tileAddress,
    default: null,
    otherwise: 'outlines of the countries, which come with the server',
    meaning: 'Where the web client has its maps from: pictures, by zoom and place. Whose they are is said beside them.',
  },
} as const satisfies Record<string, Setting>;
