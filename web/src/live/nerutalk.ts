// NeruTalk's frames: what rings, and where people are. Whoever cares says of which type they want to hear.

import { openFrames, type Frame, type FrameLine } from './frames.ts';

type Data = Record<string, unknown>;
type Hearer = (data: Data) => void;

const hearers = new Map<string, Set<Hearer>>();
let line: FrameLine | null = null;

/** `connection_established` comes each time the line opened. The answer ends it. */
export function hear(type: string, hearer: Hearer): () => void {
  const all = hearers.get(type) ?? new Set();
  hearers.set(type, all.add(hearer));
  return () => void all.delete(hearer);
}

/** Says nothing while there is no line. */
export function tell(type: string, data: Data): void {
  line?.send({ type, data });
}

/** Opens the line, by cursors: it is told what happened while it was broken, and what I do elsewhere. */
export function openNerutalk(): FrameLine {
  const opened = openFrames(
    'nerutalk',
    ({ type, data }: Frame) => {
      for (const hearer of hearers.get(type) ?? []) hearer((data ?? {}) as Data);
    },
    undefined,
    true,
  );
  line = opened;
  return {
    send: opened.send,
    close() {
      opened.close();
      if (line === opened) line = null;
    },
  };
}
