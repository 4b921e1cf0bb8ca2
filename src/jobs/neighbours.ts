// Notices that another server uses the same database. Without Redis neither is told what the other does.

/** How often it looks: a server that stops is gone by the next time. */
const usualInterval = 15_000;

export interface NeighboursOptions {
  /** The names of the other servers there are now. */
  look(): Promise<readonly string[]>;
  /** Called once, when one was there at two looks in succession. */
  found(): void;
  log: { warn(about: object, message: string): void };
  /** Milliseconds between two looks. */
  interval?: number;
}

/** Starts looking, until there is something to tell. */
export function watchNeighbours({ look, found, log, interval = usualInterval }: NeighboursOptions): { close(): void } {
  let before: readonly string[] = [];
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    look()
      .then((now) => {
        if (now.some((name) => before.includes(name))) {
          clearInterval(timer);
          found();
        }
        before = now;
      })
      .catch((error: unknown) => log.warn({ err: error }, 'other servers could not be looked for'))
      .finally(() => (looking = false));
  }, interval).unref();
  return { close: () => clearInterval(timer) };
}
