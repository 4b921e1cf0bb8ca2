// What realtime says to whoever operates it. Pino's logger fits.

export interface Log {
  warn(facts: object, message: string): void;
  error(facts: object, message: string): void;
}
