// A number as a UUID and back: a keyed permutation, so that no look-up, column or join is needed.

/** Kinds of row that have a UUID; the kind is part of what is enciphered, so one kind's UUID is no other's. */
export const idKinds = ['account', 'conversation', 'message', 'session'] as const;
export type IdKind = (typeof idKinds)[number];

export interface PublicIds {
  toUuid(kind: IdKind, id: number): string;
  /** Null when it is not a UUID of this kind made with this key. */
  fromUuid(kind: IdKind, uuid: string): number | null;
}
