// What a message sealed on a device carries beside its ciphertext: kept and given back word for word, never looked into.
// No source describes it; the shape is ours, and documented in docs/urge.md.

import { Type, type Static } from 'typebox';
import { Check, Clean } from 'typebox/value';

const base64 = (maxLength: number) => Type.String({ minLength: 1, maxLength, pattern: '^[A-Za-z0-9+/_-]+={0,2}$' });
const name = Type.String({ minLength: 1, maxLength: 255 });

export const Encryption = Type.Object({
  algorithm: Type.Enum(['AES-256-GCM']),
  iv: base64(64),
  tag: base64(64),
  /** Here, or as the message's `content`. */
  ciphertext: Type.Optional(base64(262_144)),
  /** Which key it is sealed under, where both sides hold that already. */
  key_id: Type.Optional(name),
  /** Whose public key the message key was agreed with. */
  sender_device_id: Type.Optional(name),
  sender_key: Type.Optional(base64(4096)),
  /** The message key, sealed for each device that is to read it. */
  keys: Type.Optional(
    Type.Array(
      Type.Object({
        user_id: name,
        device_id: name,
        wrapped_key: base64(4096),
        iv: Type.Optional(base64(64)),
        tag: Type.Optional(base64(64)),
      }),
      { maxItems: 1000 },
    ),
  ),
});
export type Encryption = Static<typeof Encryption>;

/** Whether a stored envelope is one that this API can show. */
export function isEncryption(envelope: unknown): envelope is Encryption {
  return envelope !== null && Check(Encryption, envelope);
}

/** From a socket, where no schema stands before it: unknown fields are dropped, and null is what is not of this shape. */
export function readEncryption(value: unknown): Encryption | null {
  const known = Clean(Encryption, structuredClone(value));
  return isEncryption(known) ? known : null;
}
