// Settings: text messages, mail and notifications.

import { filePath, onOrOff, someText, webAddress, wholeNumber, type Setting, type Type } from './setting.ts';

/** Given by Twilio; what stands in a manual's example is none. */
const twilioKey: Type<string | null> = {
  expects: 'what Twilio gave you',
  parse: (text, warn) => {
    if (!/^your[-_ ]/i.test(text)) return text;
    warn('TWILIO_ACCOUNT_SID or TWILIO_AUTH_TOKEN is an example from a manual: no text messages are sent.');
    return null;
  },
};

/** Google takes these no more; whoever gives one should know. */
const formerKey: Type<null> = {
  expects: 'a key',
  parse: (_text, warn) => {
    warn('FCM_SERVER_KEY is of an interface that Google has closed: give FIREBASE_CREDENTIALS_PATH instead.');
    return null;
  },
};

/** As Standard Webhooks write it. */
const signingKey: Type<Uint8Array> = {
  expects: 'whsec_ and 24 to 64 bytes as base64, for instance from: echo whsec_$(openssl rand -base64 32)',
  parse(text) {
    const [, base64 = ''] = /^whsec_([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
    const key = Buffer.from(base64, 'base64');
    return key.length >= 24 && key.length <= 64 ? key : undefined;
  },
};

const contact: Type<string> = {
  expects: 'an address such as mailto:me@example.org or https://example.org',
  parse: (text) => (/^(mailto:[^@\s]+@[^@\s]+|https:\/\/\S+)$/.test(text) ? text : undefined),
};

const phoneNumber: Type<string> = {
  expects: 'a phone number such as +15551234567',
  parse: (text) => (/^\+?\d[\d ()-]{4,20}$/.test(text) ? text.replace(/[^\d+]/g, '') : undefined),
};

const mailAddress: Type<string> = {
  expects: 'an address such as chat@example.org',
  parse: (text) => (/^[^@\s<>,]+@[^@\s<>,]+$/.test(text) ? text : undefined),
};

export const telling = {
  twilioAccount: {
    name: 'TWILIO_ACCOUNT_SID',
    type: twilioKey,
    default: null,
    otherwise: 'codes are printed in development, and not sent in production',
    meaning: 'The Twilio account that sends text messages; it needs TWILIO_AUTH_TOKEN and TWILIO_PHONE_NUMBER too.',
  },
  twilioToken: {
    name: 'TWILIO_AUTH_TOKEN',
    type: twilioKey,
    default: null,
    meaning: 'The Twilio account’s token: to send with, and to check what comes in.',
    secret: true,
  },
  twilioNumber: {
    name: 'TWILIO_PHONE_NUMBER',
    type: phoneNumber,
    default: null,
    meaning: 'The number that text messages come from.',
  },
  twilioWebhookUrl: {
    name: 'TWILIO_WEBHOOK_URL',
    type: webAddress,
    default: null,
    otherwise: 'the address that each request was sent to',
    meaning: 'The address of /twilio_webhook as it was told to Twilio, who signs it. TWILIO_AUTH_TOKEN checks it.',
  },
  twilioBaseUrl: {
    name: 'TWILIO_BASE_URL',
    type: webAddress,
    default: 'https://api.twilio.com',
    meaning: 'Where Twilio is.',
  },
  codesPerDay: {
    name: 'SMS_CODES_PER_DAY',
    type: wholeNumber(1, 10_000_000),
    default: '2000',
    meaning:
      'One-time codes sent within 24 hours at most. One country gets half of them, and an eighth within an hour; one number 20, and 10 within an hour; one network address 300, and 100 within an hour.',
  },
  smtpHost: {
    name: 'SMTP_HOST',
    type: someText,
    default: null,
    otherwise: 'codes are printed in development, and not sent in production',
    meaning: 'The server that sends mail: codes that prove an e-mail address.',
  },
  smtpPort: {
    name: 'SMTP_PORT',
    type: wholeNumber(1, 65_535),
    default: '587',
    meaning: 'The mail server’s port; on 465 it speaks TLS from the first byte.',
  },
  smtpUsername: {
    name: 'SMTP_USERNAME',
    type: someText,
    default: null,
    meaning: 'Who signs in at the mail server; it needs SMTP_PASSWORD too.',
  },
  smtpPassword: {
    name: 'SMTP_PASSWORD',
    type: someText,
    default: null,
    meaning: 'The password for SMTP_USERNAME.',
    secret: true,
  },
  smtpTls: {
    name: 'SMTP_USE_TLS',
    type: onOrOff,
    default: 'on',
    meaning: 'Whether mail goes out only through TLS. Off: where the server offers it.',
  },
  smtpFrom: {
    name: 'SMTP_FROM',
    type: mailAddress,
    default: null,
    otherwise: 'SMTP_USERNAME if it is an address, else no-reply at SMTP_HOST',
    meaning: 'The address that mail comes from.',
  },
  fcmCredentials: {
    name: 'FIREBASE_CREDENTIALS_PATH',
    aliases: ['FCM_CREDENTIALS_FILE'],
    type: filePath,
    default: null,
    otherwise: 'apps get no notifications; in development they are printed',
    meaning: 'The file of a Firebase service account, for notifications to apps.',
  },
  fcmProject: {
    name: 'FCM_PROJECT_ID',
    aliases: ['FIREBASE_PROJECT_ID'],
    type: someText,
    default: null,
    otherwise: 'the service account’s own',
    meaning: 'The Firebase project whose apps are notified.',
  },
  fcmServerKey: {
    name: 'FCM_SERVER_KEY',
    aliases: ['FIREBASE_SERVER_KEY'],
    type: formerKey,
    default: null,
    meaning: 'What Firebase took before it wanted FIREBASE_CREDENTIALS_PATH. Nothing is sent with it.',
    secret: true,
  },
  fcmBaseUrl: {
    name: 'FCM_BASE_URL',
    type: webAddress,
    default: 'https://fcm.googleapis.com',
    meaning: 'Where Firebase Cloud Messaging is.',
  },
  notificationDays: {
    name: 'NOTIFICATION_CLEANUP_DAYS',
    type: wholeNumber(1, 3_650),
    default: '30',
    meaning: 'How many days it is remembered what was sent to devices.',
  },
  vapidSubject: {
    name: 'VAPID_SUBJECT',
    type: contact,
    default: 'mailto:nobody@users.invalid',
    meaning: 'Whom a browser’s push service may write to about this server; some refuse one that cannot be.',
  },
  webPushPrivate: {
    name: 'WEB_PUSH_PRIVATE_ENDPOINTS',
    type: onOrOff,
    default: 'off',
    meaning:
      'Whether browsers may subscribe, and the webhook be, at plain http and private addresses. Off keeps this server’s ' +
      'network closed.',
  },
  webhookUrl: {
    name: 'WEBHOOK_URL',
    type: webAddress,
    default: null,
    otherwise: 'nobody is told',
    meaning: 'An address of yours that is told of every change, message texts included; it needs WEBHOOK_SECRET too.',
  },
  webhookSecret: {
    name: 'WEBHOOK_SECRET',
    type: signingKey,
    default: null,
    meaning: 'What the webhook’s requests are signed with, as Standard Webhooks say.',
    secret: true,
  },
} as const satisfies Record<string, Setting>;
