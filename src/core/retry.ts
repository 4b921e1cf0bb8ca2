// Which database errors mean "try again": the transaction lost a race, nothing is wrong with it.

const transient = new Set(['40001', '40P01']);

/** True for a serialization failure or a deadlock. */
export function isTransient(error: unknown): boolean {
  return transient.has(sqlState(error) ?? '');
}

/** True for a unique violation, of this constraint if one is named. */
export function isUniqueViolation(error: unknown, constraint?: string): boolean {
  if (sqlState(error) !== '23505') return false;
  return constraint === undefined || (error as { constraint?: unknown }).constraint === constraint;
}

/** True when the database itself refused, so that certainly nothing was stored. */
export function wasRolledBack(error: unknown): boolean {
  const state = sqlState(error);
  return state !== undefined && /^[0-9A-Z]{5}$/.test(state) && !state.startsWith('08') && !state.startsWith('57');
}

function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
