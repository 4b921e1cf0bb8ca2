// Who is signed in here, with which tokens. One token is good for every dialect; refreshing belongs to the one it came from.

import { createStore, useStore } from '../store/store.ts';

export interface Me {
  id: string;
  name: string;
  avatarUrl: string | null;
}

export interface Session {
  accessToken: string;
  refreshToken: string;
  /** Who issued the tokens. */
  dialect: 'urge' | 'nerutalk';
  me: Me;
}

const key = 'parlance.session';

function stored(): Session | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') as Session | null;
  } catch {
    return null;
  }
}

export const session = createStore<Session | null>(stored());

session.subscribe(() => {
  const now = session.get();
  if (now === null) localStorage.removeItem(key);
  else localStorage.setItem(key, JSON.stringify(now));
});

// Another tab signed in or out, or refreshed the tokens.
addEventListener('storage', (event) => {
  if (event.key === key || event.key === null) session.set(stored());
});

/** Whoever is signed in. Only on screens that are for members. */
export function useMe(): Me {
  const now = useStore(session);
  if (now === null) throw new Error('Nobody is signed in.');
  return now.me;
}

/** Outside of components; the same. */
export function me(): Me {
  const now = session.get();
  if (now === null) throw new Error('Nobody is signed in.');
  return now.me;
}
