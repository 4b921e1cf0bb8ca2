// NeruTalk's WebSocket: the envelope, errors, and who answers which frame (contract, section 7).

import { DomainError } from '../../core/errors.ts';
import { say, type Language } from '../../texts/index.ts';
import { languageOfExactly } from '../../texts/wanted.ts';
import type { Socket, SocketProtocol } from '../dialect.ts';
import { describeIssue, InvalidRequest, screen } from '../fastapi.ts';
import { callHandlers } from './calls-socket.ts';
import { chatHandlers } from './chats-socket.ts';
import { frame } from './encoders.ts';
import type { Answer, Handlers, Kit } from './kit.ts';
import { locationHandlers } from './location-socket.ts';
import { sentence } from './manners.ts';
import { cursors } from './synced.ts';
import { createTyping } from './typing.ts';

type Fields = Record<string, unknown>;

export function createSocket(kit: Kit): SocketProtocol {
  const typing = createTyping(kit.messenger);
  const handlers: Handlers = {
    ...chatHandlers(kit, typing),
    ...callHandlers(kit),
    ...locationHandlers(kit),
    async ping(_socket, { data }) {
      return { type: 'pong', data: { timestamp: data['timestamp'] ?? null } };
    },
  };

  async function answer(socket: Socket, envelope: Fields, language: Language): Promise<readonly Answer[]> {
    const { type, data = {} } = envelope;
    const handler = typeof type === 'string' && Object.hasOwn(handlers, type) ? handlers[type] : undefined;
    if (!handler) throw invalid('type', 'Unknown message type');
    if (!isObject(data)) throw invalid('data', 'Input should be an object');
    screen(data, 'data');
    return [(await handler(socket, { data, language })) ?? []].flat();
  }

  return {
    transport: 'ws',
    cursors,

    async opened(socket) {
      const { member, connectionId, language } = socket;
      const data = { user_id: kit.present.userId(member.accountId), connection_id: connectionId };
      socket.send(frame('connection_established', data, language));
    },

    async received(socket, text) {
      const envelope = read(text as string);
      const language = languageOfExactly(envelope?.['language']) ?? socket.language;
      try {
        if (envelope === null) throw invalid('data', 'A frame is a JSON object');
        for (const { type, data } of await answer(socket, envelope, language)) socket.send(frame(type, data, language));
      } catch (error) {
        const type = envelope?.['type'];
        const data = { message: wording(error, language), ...(typeof type === 'string' && { request_type: type }) };
        socket.send(frame('error', data, language));
        if (!(error instanceof DomainError || error instanceof InvalidRequest)) throw error;
      }
    },

    closed: (socket) => typing.gone(socket),
  };
}

/** What a frame says; null if that is no JSON object. */
function read(text: string): Fields | null {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function invalid(field: string, msg: string): InvalidRequest {
  return new InvalidRequest({ type: 'value_error', loc: [field], msg });
}

function wording(error: unknown, language: Language): string {
  if (error instanceof DomainError) return sentence(error, language);
  if (!(error instanceof InvalidRequest)) return say(language, 'internal_server_error');
  const { issues } = error;
  return language === 'en' && issues[0] ? describeIssue(issues[0]) : say(language, 'validation_error');
}
