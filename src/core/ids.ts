// Identities: one number per row, branded so that the compiler keeps the kinds apart.

declare const kind: unique symbol;
type Id<Kind extends string> = number & { readonly [kind]: Kind };

export type AccountId = Id<'account'>;
export type SessionId = Id<'session'>;
export type ConversationId = Id<'conversation'>;
export type MembershipId = Id<'membership'>;
export type MessageId = Id<'message'>;

/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Dialects spell it as their contract says. */
export type Moment = number;
