// Identities: one number per row, branded so that the compiler keeps the kinds apart.

declare const kind: unique symbol;
type Id<Kind extends string> = number & { readonly [kind]: Kind };

export type AccountId = Id<'account'>;
export type SessionId = Id<'session'>;
export type ConversationId = Id<'conversation'>;
export type MembershipId = Id<'membership'>;
export type MessageId = Id<'message'>;
export type CallId = Id<'call'>;
export type DeviceId = Id<'device'>;
/** Words sent to devices. */
export type AnnouncementId = Id<'announcement'>;
export type MediaId = Id<'media'>;
/** Leave to bring a file. */
export type UploadId = Id<'upload'>;
/** Of a group: a meeting, a party. */
export type EventId = Id<'event'>;
export type BadgeRequestId = Id<'badge-request'>;
export type RoleId = Id<'role'>;
export type ReportId = Id<'report'>;
export type ReactionId = Id<'reaction'>;
/** What a moderator did. */
export type ActionId = Id<'action'>;

/** A moment, in milliseconds since 1970-01-01T00:00:00Z. Dialects spell it as their contract says. */
export type Moment = number;
