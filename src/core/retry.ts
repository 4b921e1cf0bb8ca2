// Which database errors mean "try again": the transaction lost a race, or the database is away.

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

/** pg has no codes for these. */
const lostConnection = /^Connection terminated|^timeout (expired|exceeded when)|is not queryable$/;
/** What Node says of a server that is not there, or not any more. */
const unreachable =
  /^E(CONN(REFUSED|RESET|ABORTED)|PIPE|TIMEDOUT|HOST(UNREACH|DOWN)|NET(UNREACH|DOWN)|NOTFOUND|AI_AGAIN)$/;

/**
 * True when the database cannot be spoken to at the moment: it is not there, starts or stops, has no connection left, or
 * the one in use was lost. What was asked for may have been stored if the connection was lost while it was committed.
 */
export function isAway(error: unknown): boolean {
  const code = sqlState(error);
  if (code === undefined) return error instanceof Error && lostConnection.test(error.message);
  return /^(08...|57P..|53300)$/.test(code) || unreachable.test(code);
}

function sqlState(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
