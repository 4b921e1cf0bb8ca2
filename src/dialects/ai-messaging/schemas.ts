// The shapes of AI Messaging's answers (contract, section 4). What is not declared here does not leave.

import { Type, type Static } from 'typebox';
import { LooseInteger, Nullable } from '../fastapi.ts';

const text = Type.String();
const flag = Type.Boolean();
const number = Type.Integer();
/** UTC without a zone, as Python's `isoformat` writes it: no RFC 3339. */
const time = Type.String({ pattern: '^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{3})?$' });

/** 4.1 */
export const User = Type.Object({
  id: number,
  username: text,
  email: text,
  full_name: Nullable(text),
  bio: Nullable(text),
  phone_number: Nullable(text),
  is_active: flag,
  is_superuser: flag,
  created_at: time,
  updated_at: time,
});
export type User = Static<typeof User>;

/** 4.3 */
export const Token = Type.Object({ access_token: text, refresh_token: text, token_type: text });
export type Token = Static<typeof Token>;

/** 4.2 */
export const AuthResponse = Type.Object({ ...Token.properties, user: User });
export type AuthResponse = Static<typeof AuthResponse>;

/** Registering answers who is new, and that they are signed in (contract, Q1). */
export const Registered = Type.Object({ ...User.properties, ...AuthResponse.properties });

/** 4.4 */
export const Role = Type.Object({
  id: number,
  name: text,
  description: Nullable(text),
  created_at: time,
  updated_at: time,
});
export type Role = Static<typeof Role>;

/** 4.6 */
export const Session = Type.Object({
  id: number,
  user_id: number,
  device_info: Nullable(text),
  ip_address: Nullable(text),
  is_active: flag,
  expires_at: time,
  created_at: time,
});
export type Session = Static<typeof Session>;

/** 4.8 */
export const Message = Type.Object({
  id: number,
  sender_id: number,
  recipient_id: number,
  content: text,
  is_read: flag,
  parent_id: Nullable(number),
  conversation_id: text,
  created_at: time,
  updated_at: time,
});
export type Message = Static<typeof Message>;

/** 4.9 */
export const Summary = Type.Object({
  conversation_id: text,
  other_user_id: number,
  other_user_name: text,
  last_message: text,
  last_message_at: time,
  unread_count: number,
});
export type Summary = Static<typeof Summary>;

/** 4.11 */
export const Report = Type.Object({
  id: number,
  reporter_id: number,
  reporter_username: Nullable(text),
  title: text,
  content: text,
  status: Type.Enum(['open', 'in_progress', 'resolved']),
  comment: Nullable(text),
  resolved_at: Nullable(time),
  resolved_by: Nullable(number),
  resolver_username: Nullable(text),
  created_at: time,
  updated_at: time,
});
export type Report = Static<typeof Report>;

/** What superusers see besides: what a report points at. */
export const ReportWithSubject = Type.Object({
  ...Report.properties,
  message_id: Nullable(number),
  user_id: Nullable(number),
});
export type ReportWithSubject = Static<typeof ReportWithSubject>;

/** An action that answers nothing but that it was done. */
export const Ack = Type.Object({ message: text });

/** An id as requests write it, in a body or a path. An id that nobody has is 404, not invalid. */
export const id = LooseInteger({ minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER });
export const Id = Type.Object({ id });

/** `skip` and `limit`. The contract has no upper bound; ten thousand of anything are enough at once. */
export const page = {
  skip: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 0 }),
  limit: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER, default: 100 }),
};
const mostPerPage = 10_000;

export function pageOf({ skip, limit }: { skip: number; limit: number }): { limit: number; offset: number } {
  return { limit: Math.min(limit, mostPerPage), offset: skip };
}
