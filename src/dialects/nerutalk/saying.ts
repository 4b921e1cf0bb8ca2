// Frames that are the same for all who hear them, but for the language they name.

import type { Event, EventType } from '../../core/events.ts';
import type { Encoding, Listener } from '../dialect.ts';
import { frame } from './encoders.ts';
import type { Answer } from './kit.ts';

/** How one kind of event is said; `hears` narrows to whom. */
export function saying<T extends EventType>(
  write: (event: Event<T>) => Answer[],
  hears?: (event: Event<T>, listener: Listener) => boolean,
): Encoding<T> {
  return {
    by: 'language',
    frames: (event, { language }) => write(event).map(({ type, data }) => frame(type, data, language)),
    ...(hears && { hears }),
  };
}
