// One event as each dialect says it: encoded once per dialect, language and view.

import type { DialectName } from '../core/context.ts';
import type { Event, EventType } from '../core/events.ts';
import type { Encoders, Encoding, Listener, Versions, View } from '../dialects/dialect.ts';
import { Frame } from './frame.ts';
import type { Log } from './log.ts';

export type Dialects = Partial<Record<DialectName, Encoders>>;

const silence: readonly Frame[] = [];

/** One event in one dialect. */
class Version {
  readonly #event: Event;
  readonly #encoding: Encoding<EventType>;
  readonly #failed: (error: unknown) => void;
  #by: Versions | null = null;
  #all: readonly Frame[] | null = null;
  #views: Map<string, readonly Frame[]> | null = null;
  #mute = false;

  constructor(event: Event, encoding: Encoding<EventType>, failed: (error: unknown) => void) {
    this.#event = event;
    this.#encoding = encoding;
    this.#failed = failed;
  }

  /** The frames this listener is to get: none if its dialect says nothing of it to them. */
  for(listener: Listener): readonly Frame[] {
    if (this.#mute) return silence;
    try {
      if (this.#encoding.hears && !this.#encoding.hears(this.#event, listener)) return silence;
      return this.#encode(listener);
    } catch (error) {
      this.#mute = true;
      this.#failed(error);
      return silence;
    }
  }

  #encode(listener: Listener): readonly Frame[] {
    if (this.#all) return this.#all;
    const by = (this.#by ??= this.#versions());
    if (by === 'all') return (this.#all = this.#frames('en', null));
    const viewer = by === 'viewer' ? listener.member.accountId : null;
    const view = `${listener.language} ${viewer}`;
    this.#views ??= new Map();
    let frames = this.#views.get(view);
    if (!frames) this.#views.set(view, (frames = this.#frames(listener.language, viewer)));
    return frames;
  }

  #versions(): Versions {
    const { by = 'all' } = this.#encoding;
    return typeof by === 'function' ? by(this.#event) : by;
  }

  #frames(language: View['language'], viewer: View['viewer']): readonly Frame[] {
    return this.#encoding.frames(this.#event, { language, viewer }).map((text) => new Frame(text));
  }
}

/** One event on its way out. An encoder that throws silences its dialect for this event, and no other. */
export class Rendering {
  readonly #event: Event;
  readonly #dialects: Dialects;
  readonly #synced: Dialects;
  readonly #log: Log;
  readonly #versions = new Map<DialectName, Version | null>();
  readonly #syncedVersions: Map<DialectName, Version | null>;

  /** `synced`: how durable events are said to whoever goes by cursors; what is transient is said to all alike. */
  constructor(event: Event, dialects: Dialects, synced: Dialects, log: Log) {
    this.#event = event;
    this.#dialects = dialects;
    const isDurable = event.change !== undefined || event.logged !== undefined;
    this.#synced = isDurable ? synced : dialects;
    this.#syncedVersions = isDurable ? new Map() : this.#versions;
    this.#log = log;
  }

  for(dialect: DialectName, listener: Listener, isSyncing = false): readonly Frame[] {
    const versions = isSyncing ? this.#syncedVersions : this.#versions;
    let version = versions.get(dialect);
    if (version === undefined) {
      version = this.#version(dialect, isSyncing ? this.#synced : this.#dialects);
      versions.set(dialect, version);
    }
    return version ? version.for(listener) : silence;
  }

  #version(dialect: DialectName, dialects: Dialects): Version | null {
    const { type } = this.#event;
    // The table holds, under each type, the encoding of that type: more than the compiler follows through a union.
    const encoding = dialects[dialect]?.[type] as Encoding<EventType> | undefined;
    if (!encoding) return null;
    return new Version(this.#event, encoding, (error) => {
      this.#log.error({ err: error, dialect, event: type }, 'an encoder failed; its dialect does not say this event');
    });
  }
}
