// What is asked for and shown, and kept for a while: TanStack Query. Messages and conversations have stores of their own.

import { QueryClient, type QueryKey } from '@tanstack/react-query';
import { Refused } from '../api/http.ts';

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      retry: (count, error) => !(error instanceof Refused) && count < 3,
    },
  },
});

/** Shows what will be the answer once a change is through; one on its way, of before the change, is not waited for. */
export function assume(queryKey: QueryKey, data: unknown): void {
  queries.cancelQueries({ queryKey }).catch(() => undefined);
  queries.setQueryData(queryKey, data);
}
