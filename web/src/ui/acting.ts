// Doing something that may fail: what went wrong is said at the edge of the screen.

import { Refused, Unreachable } from '../api/http.ts';
import { say } from '../texts/texts.ts';
import { note } from './pieces.tsx';

/** A sentence for whoever is looking. */
export function sentence(error: unknown): string {
  if (error instanceof Refused && error.message !== '') return error.message;
  if (error instanceof Unreachable) return say('common.unreachable');
  return say('common.failed');
}

/** Starts something; a failure is noted. Answers whether it went well. */
export async function attempt(work: () => Promise<unknown>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof DOMException && error.name === 'AbortError')) note(sentence(error), 'error');
    return false;
  }
}

/** The same from an event handler, which waits for nothing. */
export function act(work: () => Promise<unknown>): void {
  attempt(work).catch(() => undefined);
}
