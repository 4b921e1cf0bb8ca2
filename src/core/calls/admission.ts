// What one person needs to be on the line of a call: theirs alone.

import type { Asking, Member } from '../context.ts';
import { DomainError } from '../errors.ts';
import type { Calls, IceServer, Ticket } from '../ports.ts';
import { callOnChannel } from './history.ts';
import type { Call, CallParticipant } from './shape.ts';

export interface Admission {
  /** Null: the call is over for this person, or there is no vendor in between. */
  ticket: Ticket | null;
  /** The person's number in the call; null without a ticket. */
  uid: number | null;
  /** For so long ticket and credentials are good. */
  seconds: number;
  iceServers: IceServer[];
}

/** How the caller gets on the line of a call they are in, or are invited to. */
export async function admission(asking: Asking<Member>, { call }: { call: Call }): Promise<Admission> {
  return admissionTo(asking, call, true);
}

/** What stands beside a call that nobody is about to join: nothing that would let anyone in. */
export async function noAdmission({ ports }: Asking<Member>, _input: object): Promise<Admission> {
  return outside(ports.calls);
}

/**
 * A fresh ticket to a live call of the caller's, found by its channel; `uid` is checked if it is given. Throws
 * `not_found` (`no_such_call`) and `forbidden` (`not_your_uid`).
 */
export async function renewedAdmission(
  asking: Asking<Member>,
  { channel, uid, speaks }: { channel: string; uid?: number | undefined; speaks: boolean },
): Promise<{ admission: Admission; uid: number }> {
  const call = await callOnChannel(asking, { channel });
  const own = seatOf(asking.actor, call);
  if (!own) throw new DomainError('not_found', 'no_such_call', 'Call not found.');
  if (uid !== undefined && uid !== 0 && uid !== own.uid) {
    throw new DomainError('forbidden', 'not_your_uid', 'This is somebody else’s number.');
  }
  return { admission: admissionTo(asking, call, speaks), uid: own.uid };
}

function admissionTo({ actor, ports, now }: Asking<Member>, call: Call, speaks: boolean): Admission {
  const { calls } = ports;
  const own = seatOf(actor, call);
  if (!own) return outside(calls);
  const ticket = calls.ticket({ channel: call.channelName, uid: own.uid, speaks }, now);
  return {
    ticket,
    uid: ticket && own.uid,
    seconds: calls.seconds,
    iceServers: calls.iceServers(String(own.uid), now),
  };
}

function outside(calls: Calls): Admission {
  return { ticket: null, uid: null, seconds: calls.seconds, iceServers: calls.iceServers(null, 0) };
}

/** Who has left, or has heard it end, has none any more. */
function seatOf({ accountId }: Member, call: Call): CallParticipant | undefined {
  if (call.status === 'ended') return undefined;
  return call.participants.find((each) => each.accountId === accountId && each.leftAt === null);
}
