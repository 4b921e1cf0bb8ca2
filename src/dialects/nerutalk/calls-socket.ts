// Calls on NeruTalk's socket (contract, 7.3 and 7.4). Whom a frame names does not matter: the call knows who is in it.

import { answerCall, declineCall, endCall, joinCall, leaveCall, signal as passSignal } from '../../core/calls/calls.ts';
import { call as readCall } from '../../core/calls/history.ts';
import type { Member } from '../../core/context.ts';
import { DomainError } from '../../core/errors.ts';
import type { AccountId, CallId } from '../../core/ids.ts';
import type { Encoders, Listener } from '../dialect.ts';
import { InvalidRequest, valueError } from '../fastapi.ts';
import { createCallPresenters } from './calls-presenters.ts';
import { readInteger } from './ids.ts';
import type { Handlers, Kit, Request } from './kit.ts';
import { saying } from './saying.ts';

const longestReason = 100;
/** A description of all that a browser can do is some 10 kB. */
const longestSignal = 65_536;

/** What clients say of calls. A step that was taken already is no error, and nobody is told again. */
export function callHandlers({ messenger, read }: Pick<Kit, 'messenger' | 'read'>): Handlers {
  const idIn = ({ data }: Request) => readInteger(data['call_id'], ['body', 'call_id']) as CallId;

  /** Says no to a call, unless it is over without one: both may hang up at once. */
  async function decline(member: Member, id: CallId): Promise<void> {
    try {
      await messenger.execute(member, declineCall, { id });
    } catch (error) {
      if (!(error instanceof DomainError) || error.reason !== 'call_over') throw error;
      const call = await messenger.ask(member, readCall, { id });
      const own = call.participants.find((one) => one.accountId === member.accountId);
      if (call.status !== 'ended' || own?.joinedAt !== null) throw error;
    }
  }

  return {
    async call_initiated({ member }, request) {
      const call = await messenger.ask(member, readCall, { id: idIn(request) });
      return { type: 'call_initiated_success', data: { call_id: call.id, channel_name: call.channelName } };
    },

    async call_answered({ member }, request) {
      const id = idIn(request);
      if (request.data['accepted'] !== true) return decline(member, id);
      await messenger.execute(member, answerCall, { id });
    },

    call_declined: ({ member }, request) => decline(member, idIn(request)),

    async call_ended({ member }, request) {
      const { end_reason: reason } = request.data;
      await messenger.execute(member, endCall, {
        id: idIn(request),
        reason: typeof reason === 'string' && reason !== '' ? reason.slice(0, longestReason) : undefined,
      });
    },

    async call_participant_joined({ member }, request) {
      await messenger.execute(member, joinCall, { id: idIn(request) });
    },

    async call_participant_left({ member }, request) {
      await messenger.execute(member, leaveCall, { id: idIn(request) });
    },

    /** Ours: how two browsers meet without a vendor. */
    async call_signal({ member }, request) {
      const { to_user_id, signal } = request.data;
      await messenger.execute(member, passSignal, {
        id: idIn(request),
        to: read.account(to_user_id, ['body', 'to_user_id']),
        signal: readSignal(signal),
      });
    },
  };
}

/** `{type: "offer" | "answer" | "candidate", …}`, where the rest is the browsers' own. */
function readSignal(value: unknown): Record<string, unknown> {
  const signal = typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  if (!['offer', 'answer', 'candidate'].includes(String(signal['type']))) {
    throw new InvalidRequest(valueError(['body', 'signal', 'type'], 'must be offer, answer or candidate'));
  }
  if (JSON.stringify(signal).length > longestSignal) {
    throw new InvalidRequest(valueError(['body', 'signal'], `must be ${longestSignal} characters at most`));
  }
  return signal;
}

/** What is said of calls: not to whoever did it, who has an answer. */
export function callEncoders({ ids, present: { userId } }: Kit): Encoders {
  const present = createCallPresenters(ids);
  const nobodyOr = (id: AccountId | null) => id && userId(id);
  const isAnothers = ({ by }: { by: AccountId | null }, { member }: Listener) => by !== member.accountId;
  return {
    'call.ringing': saying(
      ({ call }) => ['call_initiated', 'incoming_call'].map((type) => ({ type, data: present.ringing(call) })),
      isAnothers,
    ),
    'call.answered': saying(
      ({ call, by }) => [
        {
          type: 'call_answered',
          data: { call_id: call.id, callee_id: nobodyOr(by), channel_name: call.channelName },
        },
      ],
      isAnothers,
    ),
    'call.declined': saying(
      ({ call, by }) => [{ type: 'call_declined', data: { call_id: call.id, callee_id: nobodyOr(by) } }],
      isAnothers,
    ),
    'call.ended': saying(
      ({ call, by }) => [
        {
          type: 'call_ended',
          data: { call_id: call.id, ended_by: nobodyOr(by), end_reason: call.endReason, duration: call.duration },
        },
      ],
      isAnothers,
    ),
    'call.joined': saying(
      ({ call, by }) => [{ type: 'call_participant_joined', data: present.moved(call, by) }],
      isAnothers,
    ),
    'call.left': saying(
      ({ call, by }) => [{ type: 'call_participant_left', data: present.moved(call, by) }],
      isAnothers,
    ),
    'call.signal': saying(({ callId, from, signal }) => [
      { type: 'call_signal', data: { call_id: callId, from_user_id: userId(from), signal } },
    ]),
  };
}
