// What the core stands on, in its own words. A port exists where there are two implementations; the embedded one is the
// default and the test double. Implementations are in `src/adapters/<port>/`.

import type { Readable } from 'node:stream';
import type { Kysely } from 'kysely';
import type { Event } from './events.ts';
import type { AccountId, ConversationId, Moment } from './ids.ts';
import type { Schema } from './schema.ts';

/**
 * What processes share and may forget: events in flight, presence, counters. Losing it loses live delivery for that
 * time, never data. Adapters: memory (one process), Redis.
 */
export interface Cluster {
  /** Hands events to the listener of this process, and of each that follows what they concern. Never throws. */
  publish(events: readonly Event[]): void;
  /** The one listener of this process. */
  listen(listener: (events: readonly Event[]) => void): void;
  /**
   * This process wants to hear of these; what concerns everybody it hears anyway. Resolves when nothing that is published
   * from now on is missed, as far as that can be promised. Never rejects.
   */
  follow(what: Interest): Promise<void>;
  /** It need not hear of these any more. */
  unfollow(what: Interest): void;
  /** The one listener of this process to presence that no connection of its own has changed. */
  watch(listener: PresenceListener): void;
  /**
   * A connection opened, or a visit began. True for the account's first connection anywhere, and for a visit of one that
   * was not here at all.
   */
  arrive(account: AccountId, sign: string, how?: Sign): Promise<boolean>;
  /** A connection closed, or a visit is over. True if the account is not here any more, anywhere, by either. */
  depart(account: AccountId, sign: string, how?: Sign): Promise<boolean>;
  /** Which of these accounts have an open connection: what happens reaches them by itself. */
  listening(accounts: readonly AccountId[]): Promise<ReadonlySet<AccountId>>;
  /** Which of these accounts are here, by a connection or a visit: what others are shown. */
  online(accounts: readonly AccountId[]): Promise<ReadonlySet<AccountId>>;
  /** How many accounts have an open connection. */
  connected(): Promise<number>;
  close(): Promise<void>;
}

/** What happens in conversations, and to accounts. */
export interface Interest {
  readonly conversations?: readonly ConversationId[];
  readonly accounts?: readonly AccountId[];
}

/** By what somebody is here: an open connection, which is what is meant if nothing is said; or lately made requests. */
export type Sign = 'connection' | 'visit';

/**
 * Accounts that lost a connection or a visit with the process that died, or that were given up with theirs and are here
 * after all. Who is gone by one may be here by the other: ask.
 */
export type PresenceListener = (accounts: readonly AccountId[], isOnline: boolean) => void;

/** Work promised by a command and done after its commit, at least once. Ids only: no secrets, no message text. */
export interface Job {
  name:
    | 'send-code'
    | 'send-email-code'
    | 'collect-upload'
    | 'describe-media'
    | 'remove-media'
    | 'forget-media'
    | 'announce';
  data: Record<string, string | number | boolean | null>;
  /** Seconds until it is due; not said: at once. */
  after?: number;
}

/** The queue. `enqueue` writes in the caller's transaction; `wake` hints after the commit that there is something. */
export interface Jobs {
  enqueue(tx: Kysely<Schema>, job: Job): Promise<void>;
  wake(job: Job['name']): void;
}

/**
 * Sends one text message. Resolves to the vendor's id for it; what it throws holds neither number nor text, and is a
 * NotSent where it knows what that means. Adapters: console, Twilio.
 */
export interface Sms {
  /** For the ledger. */
  readonly name?: string;
  send(to: string, text: string, about: { phone: string; code: string }): Promise<string>;
}

/** Sends one letter. Resolves and throws as `Sms` does. `id`: its line in the ledger. Adapters: console, SMTP. */
export interface Mail {
  /** For the ledger. */
  readonly name: string;
  send(to: string, letter: { subject: string; text: string }, about: { code: string; id: number }): Promise<string>;
}

/**
 * Why something was not sent.
 * - `later`: it certainly was not, and may be if tried again.
 * - `refused`: it was not, and never will be.
 * - `unsure`: it was handed over and nobody said what became of it. It is not tried again: nobody is told twice.
 */
export type NotSentKind = 'later' | 'refused' | 'unsure';

/** A message that a vendor did not take. `reason` is for the operator: a short word or two, nothing personal. */
export class NotSent extends Error {
  readonly kind: NotSentKind;
  readonly reason: string;

  constructor(kind: NotSentKind, reason: string) {
    super(`Not sent (${kind}): ${reason}`);
    this.name = 'NotSent';
    this.kind = kind;
    this.reason = reason;
  }
}

/** Through what a device hears: its maker's service for apps, or the one its browser subscribed at. */
export type PushService = 'app' | 'browser';

export interface PushDevice {
  readonly service: PushService;
  readonly platform: 'ios' | 'android' | 'web';
  /** An app's token, or the URL that a browser subscribed at. A capability: neither logged nor shown. */
  readonly address: string;
  /** What is sent to a browser is encrypted to these. */
  readonly keys: { readonly p256dh: string; readonly auth: string } | null;
}

export interface PushNotification {
  /** The same in every attempt: a service that shows something twice in spite of all shows it once. */
  readonly id: string;
  readonly title: string;
  readonly body: string;
  readonly data: Readonly<Record<string, string>>;
  readonly sound: boolean;
  readonly vibration: boolean;
  /** What an Android app opens; not said: its start. */
  readonly clickAction?: string;
  /** The number on an Apple app's icon. */
  readonly badge?: number;
  /** A picture beside the text, where the device shows one. */
  readonly imageUrl?: string;
  /** What a device that sleeps is woken for; not said: high. */
  readonly urgency?: 'low' | 'normal' | 'high';
  /** Seconds after which it is not worth showing any more; not said: a day. */
  readonly lifetime?: number;
}

export type PushOutcome =
  | { readonly kind: 'delivered'; readonly vendorId: string | null }
  /** The device is not there any more, and is not to be tried again. */
  | { readonly kind: 'gone'; readonly reason: string }
  /** `retryAfter`: the seconds its service asked for. */
  | { readonly kind: NotSentKind; readonly reason: string; readonly retryAfter?: number };

/** Notifies one device. Adapters: console, FCM for apps, Web Push for browsers. */
export interface Push {
  /** Who serves which devices, by name; those of a service that is not here are not notified. */
  readonly adapters: Readonly<Partial<Record<PushService, string>>>;
  /** The key that browsers subscribe with; null where they are not served. */
  readonly browserKey: string | null;
  /** Never throws, and takes a minute at most. */
  send(device: PushDevice, notification: PushNotification): Promise<PushOutcome>;
}

/** What is written beside a blob, for those who fetch it from the store itself and not through this server. */
export interface BlobAbout {
  readonly type: string;
  /** It is to be saved and never shown in place: it could be a program. */
  readonly download: boolean;
}

/** What a signed address lets one client store, once signed not to be changed. */
export interface UploadTerms {
  readonly type: string;
  /** Exactly so many bytes; null: as many as `most`. */
  readonly size: number | null;
  readonly most: number;
  readonly expiresAt: Moment;
}

/** A client's upload as it arrived at an address that `uploadUrl` gave. */
export interface Upload {
  /** What followed in the address, as it was written there. */
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly key: string;
  readonly type: string;
  /** As declared; null: not declared. */
  readonly size: number | null;
  readonly bytes: Readable;
}

/**
 * Where bytes are kept, by key. A key is made by the core: segments of letters, digits and `._-`, joined by `/`; any
 * other is a fault. What is stored appears whole or not at all, whatever breaks on the way, and replaces what was there.
 * Nothing is held in memory beyond what is on its way. A store that does not answer throws `unavailable`.
 * Adapters: disk, S3.
 */
export interface Blobs {
  /** Stores `size` bytes; `bytes` is asked for them again when it must be tried again. Fewer or more are a fault. */
  put(key: string, size: number, bytes: () => Readable, about: BlobAbout): Promise<void>;
  /** How many bytes there are; null: no such blob. */
  find(key: string): Promise<{ readonly size: number } | null>;
  /** The bytes, or those from `start` to `end`, which count; null: no such blob. */
  read(key: string, part?: { readonly start: number; readonly end: number }): Promise<Readable | null>;
  /** Gives a blob another key. False: no such blob. */
  move(from: string, to: string, about: BlobAbout): Promise<boolean>;
  /** Removes what is there; nothing is as good. */
  remove(key: string): Promise<void>;
  /**
   * Where a client may PUT the blob, without any other right: an address, or a path on this server. It is good for one
   * method, key and type, for the size if there is one, and until it expires.
   */
  uploadUrl(key: string, terms: UploadTerms): Promise<string>;
  /**
   * Takes an upload to an address of its own; absent where clients upload to the store itself. Throws `forbidden`
   * (`bad_upload_url`) unless all is as signed, and `invalid` (`too_large`); nothing is kept then.
   */
  receive?(upload: Upload): Promise<void>;
}

/** A file on this machine, for as long as somebody works on it. */
export interface Piece {
  readonly path: string;
  readonly size: number;
  /** What the bytes are by themselves, whatever was claimed; null: nothing known. */
  readonly type: string | null;
  open(): Readable;
  discard(): Promise<void>;
}

/** How a small picture is made: no side longer, and as good as JPEG's scale from 1 to 100 says. */
export interface Small {
  readonly side: number;
  readonly quality: number;
}

/** A picture with nothing in it but the picture, upright. */
export interface Picture {
  readonly piece: Piece;
  readonly width: number;
  readonly height: number;
  /** JPEG. */
  readonly thumbnail: Uint8Array;
}

/** What a film or a recording says of itself; null where it does not. */
export interface Recording {
  readonly seconds: number | null;
  readonly width: number | null;
  readonly height: number | null;
  /** JPEG. */
  readonly poster: Uint8Array | null;
}

/**
 * Looks into media and makes pictures of them: few at a time, off the event loop, within bounds of pixels and time.
 * Adapter: sharp, and the system's ffmpeg where there is one.
 */
export interface MediaTools {
  /** What the bytes that begin so are; null: nothing known. */
  recognize(head: Uint8Array): Promise<string | null>;
  /** Takes a stream into a file. Throws `invalid` (`too_large`) past `most` bytes; nothing is left then. */
  take(bytes: Readable, most: number): Promise<Piece>;
  /**
   * Draws the picture anew, and small: within 320 pixels, if nothing else is said. Throws `invalid` (`bad_picture`) if
   * it is none, or too large for this world.
   */
  clean(piece: Piece, small?: Small): Promise<Picture>;
  /** The same of a picture of somebody: as JPEG, and small a square of that side. */
  portray(piece: Piece, small: Small): Promise<Picture>;
  /** Whether films can be looked into here. */
  canPlay(): Promise<boolean>;
  /** Looks into a film or a recording of this type; what cannot be read says nothing of itself. */
  play(piece: Piece, type: string): Promise<Recording>;
  /** What is shown for a film that has no picture of itself: JPEG. */
  placeholder(): Promise<Uint8Array>;
}

/** One server that helps two browsers find a way to each other. */
export interface IceServer {
  readonly urls: string;
  readonly username?: string;
  readonly credential?: string;
}

/** Where one person joins a call, as the number they have in it. */
export interface Seat {
  readonly channel: string;
  /** 1 to 2^31 − 1. */
  readonly uid: number;
  /** False: to look on only. */
  readonly speaks: boolean;
}

/** A vendor's leave for one seat. */
export interface Ticket {
  readonly appId: string;
  readonly token: string;
  readonly expiresAt: Moment;
}

/**
 * How the media of a call travel. Adapters: WebRTC (people meet through our own signalling), Agora.
 */
export interface Calls {
  /** For so long a ticket, and a relay's credentials, are good. */
  readonly seconds: number;
  /** What lets one person onto a vendor's line; null: there is no vendor. */
  ticket(seat: Seat, now: Moment): Ticket | null;
  /** The servers to find a way with. `user`: whose the credentials for a relay are; null: only what needs none. */
  iceServers(user: string | null, now: Moment): IceServer[];
}

/** A moving picture that somebody drew for all to use. */
export interface Gif {
  readonly id: string;
  readonly title: string;
  /** Of its own server; or a path of ours. */
  readonly url: string;
  /** The same, standing still. */
  readonly previewUrl: string;
  readonly width: number;
  readonly height: number;
  readonly tags: readonly string[];
}

/** Some GIFs of a catalogue, and how many there are. */
export interface GifPage {
  /** Who is to be named beside them. */
  readonly attribution: string;
  readonly gifs: readonly Gif[];
  readonly total: number;
}

export interface GifRequest {
  /** What is sought; null: what many like at the moment. */
  readonly text: string | null;
  readonly language: string;
  readonly limit: number;
  readonly offset: number;
}

/**
 * A catalogue of GIFs. One that does not answer, or not as it should, throws `unavailable` (`no_gifs`). Adapters:
 * bundled, Giphy, KLIPY.
 */
export interface Gifs {
  /** For answers and messages. */
  readonly name: string;
  find(request: GifRequest): Promise<GifPage>;
}

/** By the names that clients ask for. */
export type GifProviders = Readonly<Record<'giphy' | 'tenor', Gifs>>;

export interface Ports {
  readonly cluster: Cluster;
  readonly jobs: Jobs;
  readonly sms: Sms;
  readonly mail: Mail;
  readonly push: Push;
  readonly blobs: Blobs;
  readonly media: MediaTools;
  readonly calls: Calls;
  readonly gifs: GifProviders;
}
