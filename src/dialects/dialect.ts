// What a dialect is: routes that parse, execute and present; encoders that turn events into frames; perhaps a socket.

import type { FastifyInstance } from 'fastify';
import type { DialectName, Member } from '../core/context.ts';
import type { Event, EventType } from '../core/events.ts';
import type { Messenger } from '../core/execute.ts';
import type { AccountId, ConversationId } from '../core/ids.ts';
import type { WordNotice } from '../core/notifications/notice.ts';
import type { Small } from '../core/ports.ts';
import type { Language } from '../texts/index.ts';
import type { LanguageRules } from '../texts/wanted.ts';
import type { Links } from './links.ts';
import type { PublicIds } from './public-ids.ts';

/** What every dialect is handed. */
export interface Surroundings {
  messenger: Messenger;
  ids: PublicIds;
  links: Links;
  /** Which files may be brought, where a product's documents leave that to the operator. */
  files: FileRules;
  /** Log files of the product's own, where its documents promise them. */
  journal?: Journal;
  /** Absent: as `usualLanguages` says. */
  languages?: LanguageRules;
  /** Who is believed to bring in text messages. Absent: nobody. */
  inboundSms?: InboundSms;
}

export interface FileRules {
  /** In bytes. */
  readonly most: number;
  /** Without dots, in lower case. */
  readonly extensions: readonly string[];
  /** How their small pictures are made. */
  readonly small: Small;
}

/** Writes one line to the named log file. Never a secret, never what somebody said. */
export type Journal = (file: string, level: 'INFO' | 'WARNING' | 'ERROR', text: string) => void;

/** The far end of a telephone network, as a webhook meets it. */
export interface InboundSms {
  /** The webhook's address as the vendor calls it; null: as the request says. */
  readonly url: string | null;
  /** Whether the vendor really sent this. `fields` are a form's; null: the body is something else. */
  isGenuine(request: { url: string; signature: string; fields: Record<string, string> | null; body: string }): boolean;
}

export interface Dialect {
  name: DialectName;
  /** The log files of its own that it writes to. */
  readonly journalFiles?: readonly string[];
  /** Paths that browsers may call from any origin, whatever CORS_ORIGINS says. Default: none. */
  readonly openPaths?: RegExp;
  /** Paths on which an unknown route is answered in the caller’s language, which the answer names. Default: none. */
  readonly languagePaths?: RegExp;
  /** Adds its HTTP routes. Called inside a Fastify plugin of its own, so hooks and error handlers stay inside. */
  routes(app: FastifyInstance, around: Surroundings): void;
  /** What it says of what happens; an event type not listed is not said. */
  encoders(around: Surroundings): Encoders;
  /** How durable events are said to whoever goes by cursors: to all of the core's audience, whatever `encoders` leave out. */
  synced?(around: Surroundings): Encoders;
  /** The same for a product whose frames need more than the event says. Absent: as `synced`. */
  tell?(around: Surroundings): Tell;
  /** How devices that registered through it are told of something. Absent: none can register. */
  wording?(around: Surroundings): WordNotice;
  /** Absent: the product has no socket. */
  socket?(around: Surroundings): SocketProtocol;
}

/** What happened, in frames as wire text, for one member who hears one language. */
export type Tell = (member: Member, events: readonly Event[], language: Language) => Promise<readonly string[]>;

/** One open connection, as encoders see it. */
export interface Listener {
  readonly connectionId: string;
  readonly member: Member;
  readonly language: Language;
  /** Conversations this one connection asked not to hear (URGE's `leave:conversation`). */
  readonly left: Set<ConversationId>;
  /** Conversations this one connection asked to hear, in dialects where that must be asked (NeruTalk, Pythia). */
  readonly joined: Set<ConversationId>;
}

/** For whom a frame is written: one language, and one person where `by` says so. */
export interface View {
  language: Language;
  viewer: AccountId | null;
}

export interface Encoding<T extends EventType> {
  /**
   * The frames, as wire text, in order. The same bytes go to every connection that sees the same. For Socket.IO the wire
   * text is the JSON array of the event's name and its arguments; the transport puts its packet type before it.
   */
  frames(event: Event<T>, view: View): readonly string[];
  /** Narrows the core's audience, never widens it. Absent: all of it. */
  hears?(event: Event<T>, listener: Listener): boolean;
  /** How many versions of the frame there are, of all such events or of this one. Default `all`. */
  by?: Versions | ((event: Event<T>) => Versions);
}

/** One; one a language; or one a person. */
export type Versions = 'all' | 'language' | 'viewer';

export type Encoders = { [T in EventType]?: Encoding<T> };

/** The server's end of one open connection. */
export interface Socket extends Listener {
  /** Queues wire text, as `Encoding.frames` writes it; what one tick gathers leaves in one write. */
  send(frame: string): void;
  close(code: number, reason: string): void;
}

export interface SocketProtocol {
  /** Socket.IO's engine, or plain WebSocket frames. */
  readonly transport: 'socket.io' | 'ws';
  /** After the handshake: greets. */
  opened(socket: Socket): Promise<void>;
  /**
   * One frame from the client: text for `ws`; for `socket.io` the event's name, its arguments and the acknowledgement,
   * if the client asked for one. Must answer every malformed input in the dialect's own form and never throw.
   */
  received(socket: Socket, frame: string | SocketIoFrame): Promise<void>;
  /** The connection is gone: typing ends. */
  closed(socket: Socket): Promise<void>;
  /** What is said of cursors. Absent: its clients cannot go by them. */
  readonly cursors?: CursorFrames;
}

/** Frames, as wire text, for whoever goes by cursors. */
export interface CursorFrames {
  /** All before this cursor was said. */
  cursor(cursor: string, language: string): string;
  /** The log does not reach back so far: all is to be read anew, after which it goes on from this cursor. */
  reset(cursor: string, language: string): string;
}

export interface SocketIoFrame {
  event: string;
  args: readonly unknown[];
  acknowledge?: (...args: unknown[]) => void;
}
