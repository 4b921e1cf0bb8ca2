// Places on NeruTalk's socket (contract, 7.3 and 7.4).

import { reportPosition } from '../../core/location/positions.ts';
import { openShare, stopShare } from '../../core/location/shares.ts';
import type { Precision } from '../../core/location/geo.ts';
import type { Encoders } from '../dialect.ts';
import { InvalidRequest, valueError } from '../fastapi.ts';
import { readInteger } from './ids.ts';
import type { Handlers, Kit, Request } from './kit.ts';
import { mostMinutes } from './location-shares.ts';
import { readMoment } from './moments.ts';
import { time } from './presenters.ts';
import { saying } from './saying.ts';

type Fields = Request['data'];

/** What clients say of where they are. */
export function locationHandlers({ messenger, read, present: { userId } }: Kit): Handlers {
  return {
    async location_update({ member }, { data }) {
      const { position } = await messenger.execute(member, reportPosition, {
        latitude: required(numberIn(data, 'latitude', -90, 90), 'latitude'),
        longitude: required(numberIn(data, 'longitude', -180, 180), 'longitude'),
        accuracy: numberIn(data, 'accuracy', 0),
        altitude: numberIn(data, 'altitude'),
        speed: numberIn(data, 'speed', 0),
        heading: headingIn(data),
        at: typeof data['timestamp'] === 'string' ? readMoment(data['timestamp'], ['body', 'timestamp']) : undefined,
      });
      const { latitude, longitude, deviceAt } = position;
      return { type: 'location_updated', data: { latitude, longitude, timestamp: time(deviceAt) } };
    },

    async location_share_start({ member }, { data }) {
      const person = data['target_user_id'] ?? null;
      const chat = data['target_chat_id'] ?? null;
      if (person !== null && chat !== null) throw wrong('target_chat_id', 'must not stand beside target_user_id');
      const minutes = readInteger(data['duration_minutes'] ?? 60, ['body', 'duration_minutes']);
      if (minutes < 1 || minutes > mostMinutes) throw wrong('duration_minutes', `must be 1 to ${mostMinutes}`);
      const share = await messenger.execute(member, openShare, {
        with: person === null ? null : read.account(person, ['body', 'target_user_id']),
        in: chat === null ? null : read.conversation(chat, ['body', 'target_chat_id']),
        precision: precisionIn(data),
        expiresAt: Date.now() + minutes * 60_000,
        durationMinutes: minutes,
        isLive: true,
        updateInterval: 30,
      });
      const { id, targetAccountId, expiresAt } = share;
      const target = targetAccountId && userId(targetAccountId);
      return {
        type: 'location_share_started',
        data: { share_id: id, target_user_id: target, expires_at: time(expiresAt) },
      };
    },

    async location_share_stop({ member }, { data }) {
      const { id } = await messenger.execute(member, stopShare, {
        id: readInteger(data['share_id'], ['body', 'share_id']),
      });
      return { type: 'location_share_stopped', data: { share_id: id } };
    },
  };
}

function numberIn(data: Fields, name: string, least = -Infinity, most = Infinity): number | null {
  const value = data[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number') throw wrong(name, 'must be a number');
  if (value < least || value > most) throw wrong(name, `must be ${least} to ${most}`);
  return value;
}

function required(value: number | null, name: string): number {
  if (value !== null) return value;
  throw new InvalidRequest({ type: 'missing', loc: ['body', name], msg: 'Field required' });
}

function headingIn(data: Fields): number | null {
  const heading = numberIn(data, 'heading', 0, 360);
  if (heading === 360) throw wrong('heading', 'must be less than 360');
  return heading;
}

function precisionIn({ precision = 'exact' }: Fields): Precision {
  if (precision === 'exact' || precision === 'street' || precision === 'district') return precision;
  throw wrong('precision', 'must be exact, street or district');
}

function wrong(name: string, why: string): InvalidRequest {
  return new InvalidRequest(valueError(['body', name], why));
}

/** What is said of places, to whom the core says. */
export function locationEncoders({ present: { userId } }: Kit): Encoders {
  return {
    'position.moved': saying(({ position, shareId }) => [
      {
        type: 'shared_location_update',
        data: {
          user_id: userId(position.accountId),
          latitude: position.latitude,
          longitude: position.longitude,
          accuracy: position.accuracy,
          timestamp: time(position.deviceAt),
          share_id: shareId,
        },
      },
    ]),
    'share.started': saying(
      ({ share }) => [
        {
          type: 'location_share_received',
          data: { sharer_id: userId(share.accountId), share_id: share.id, expires_at: time(share.expiresAt) },
        },
      ],
      ({ share }, { member }) => member.accountId === share.targetAccountId,
    ),
    'share.stopped': saying(
      ({ share }) => [{ type: 'location_share_stopped', data: { share_id: share.id } }],
      // The connection that stopped it has its answer.
      ({ origin }, { connectionId }) => origin?.connectionId === undefined || origin.connectionId !== connectionId,
    ),
    'fence.crossed': saying(({ crossing: { fenceId, fenceName, kind, latitude, longitude, accuracy, createdAt } }) => [
      {
        type: 'geofence_event',
        data: {
          geofence_id: fenceId,
          geofence_name: fenceName,
          event_type: kind,
          location: { latitude, longitude, accuracy },
          timestamp: time(createdAt),
        },
      },
    ]),
  };
}
