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
