// The closed list of ways to say no. Each dialect has one exhaustive table from code to status and phrase.

export type ErrorCode =
  'unauthenticated' | 'forbidden' | 'not_found' | 'invalid' | 'conflict' | 'too_many' | 'unavailable';

/** Facts a dialect may need to phrase or time its answer; never secrets. */
export interface ErrorDetails {
  /** The input field at fault, where one is. */
  field?: string;
  /** Seconds until it is worth trying again (`too_many`, `unavailable`). */
  retryAfter?: number;
  /** What the command wrote before refusing (a counted failure) is committed all the same. */
  keepsChanges?: true;
}

/**
 * A refusal that the caller may be told about. `reason` is a stable key (`wrong_code`, `not_a_member` …): dialects
 * match it to their own words and status; `message` is the plain English sentence used where a dialect has none.
 * Anything thrown that is not a DomainError is a fault: 500, logged, not shown.
 */
export class DomainError extends Error {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly details: ErrorDetails;

  constructor(code: ErrorCode, reason: string, message: string, details: ErrorDetails = {}) {
    super(message);
    this.name = 'DomainError';
    this.code = code;
    this.reason = reason;
    this.details = details;
  }
}
