// Lets so many in at once; the others wait, in the order in which they came.

export type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Makes a gate that lets `most` in at once. */
export function createGate(most: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= most) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      // The place is handed on, not given up.
      const next = waiting.shift();
      if (next) next();
      else inside -= 1;
    }
  };
}
