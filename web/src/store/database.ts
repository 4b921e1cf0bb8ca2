// What this browser keeps for one account: messages not sent yet, and what was last seen, to show while offline.

/** Outgoing messages by key; the newest messages by conversation; lists by name. */
const tables = ['outbox', 'timelines', 'lists'] as const;

type Table = (typeof tables)[number];

let opened: Promise<IDBDatabase> | null = null;

function open(): Promise<IDBDatabase> {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open('parlance', 1);
    request.addEventListener('upgradeneeded', () => {
      for (const table of tables) request.result.createObjectStore(table);
    });
    request.addEventListener('success', () => resolve(request.result));
    request.addEventListener('error', () => reject(request.error ?? new Error('no database')));
  });
  return opened;
}

async function act<T>(
  table: Table,
  mode: IDBTransactionMode,
  work: (rows: IDBObjectStore) => IDBRequest<T>,
): Promise<T> {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(table, mode);
    const request = work(transaction.objectStore(table));
    transaction.addEventListener('complete', () => resolve(request.result));
    transaction.addEventListener('abort', () => reject(transaction.error ?? new Error('not stored')));
    // A page that is on its way out need not live to see the answer.
    if (mode === 'readwrite') transaction.commit();
  });
}

export const database = {
  get: <T>(table: Table, key: string): Promise<T | undefined> => act(table, 'readonly', (rows) => rows.get(key)),
  all: <T>(table: Table): Promise<T[]> => act(table, 'readonly', (rows) => rows.getAll()),
  put: async (table: Table, key: string, value: unknown): Promise<void> =>
    void (await act(table, 'readwrite', (rows) => rows.put(value, key))),
  remove: (table: Table, key: string): Promise<void> => act(table, 'readwrite', (rows) => rows.delete(key)),
  /** Everything goes: on signing out. */
  clear: async (): Promise<void> => {
    for (const table of tables) await act(table, 'readwrite', (rows) => rows.clear());
  },
};

/**
 * Keeps what `read` answers under a key: at once, and all that changes while that is being stored in one go after it. What
 * is on the screen is there again after a reload. `read` answers undefined where there is nothing to keep.
 */
export function keeper(table: Table, key: string, read: () => unknown): () => Promise<void> {
  let storing: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  const store = async () => {
    const value = read();
    // A browser that keeps nothing (private, or full) goes on without.
    if (value !== undefined) await database.put(table, key, value).catch(() => undefined);
  };
  return function keep(): Promise<void> {
    if (storing === null) {
      storing = store().finally(() => (storing = null));
      return storing;
    }
    next ??= storing.then(() => {
      next = null;
      return keep();
    });
    return next;
  };
}
