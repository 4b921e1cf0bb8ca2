// What all parts of NeruTalk are handed, and what each part may bring.

import type { FastifyInstance } from 'fastify';
import type { Socket, Surroundings } from '../dialect.ts';
import { createLostAnswers, type LostAnswers } from '../fastapi.ts';
import { readIds, type Ids } from './ids.ts';
import { createPresenters, type Presenters } from './presenters.ts';

export interface Kit extends Surroundings {
  present: Presenters;
  read: Ids;
  lost: LostAnswers;
}

export function createKit(around: Surroundings): Kit {
  return { ...around, present: createPresenters(around.ids), read: readIds(around.ids), lost: createLostAnswers() };
}

/** Adds routes to a scope in which everybody has a token. */
export type Routes = (scope: FastifyInstance, kit: Kit) => void;

/** A client's frame: its `data`, and the language of the answer. */
export interface Request {
  data: Record<string, unknown>;
  language: string;
}

/** Answers one type of frame; what it returns goes back to the sender. Throws DomainError and InvalidRequest to refuse. */
export type Handler = (socket: Socket, request: Request) => Promise<Answer | Answer[] | void>;

export interface Answer {
  type: string;
  data: object;
}

/** By the frame's type. */
export type Handlers = Record<string, Handler>;
