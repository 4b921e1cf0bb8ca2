// What no schema says: which texts can be stored at all, how big a value may be, and how text becomes a number.

import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import { InvalidRequest, valueError, type Issue } from './issues.ts';
import { loose } from './schemas.ts';

/** Deeper or bigger than any honest request; bounds what validation can cost, which collects every fault. */
const deepest = 64;
const mostValues = 20_000;

/**
 * Makes every route of `app`, and of all inside it, look at path, query and body after all its `preValidation` hooks
 * (so that a dialect may authenticate first) and before its schemas:
 *
 * - text with NUL, which no database here stores, and names that could poison a prototype are refused (422);
 * - half of a surrogate pair, which is no text, becomes U+FFFD;
 * - in path and query, text becomes the integer, number, boolean or list that the schema asks for; in bodies only where
 *   the schema is a `LooseInteger`. What does not fit stays as it is, for the schema to refuse;
 * - no body counts as `{}` where the schema requires no field.
 */
export function screenRequests(app: FastifyInstance): void {
  app.addHook('onRoute', (route) => {
    const before = route.preValidation ?? [];
    route.preValidation = [...(Array.isArray(before) ? before : [before]), screenerFor(route)];
  });
}

function screenerFor(route: RouteOptions): (request: FastifyRequest) => Promise<void> {
  const { params, querystring, body } = (route.schema ?? {}) as Record<string, Schema | undefined>;
  const needed = body?.required?.filter((name) => body.properties?.[name]?.default === undefined) ?? [];
  const emptyBodyFits = body?.type === 'object' && needed.length === 0;
  const bodyIsLoose = body !== undefined && JSON.stringify(body).includes(`"${loose}":true`);

  return async (request) => {
    if (request.body === undefined && emptyBodyFits) request.body = {};
    screen(request.params, 'path');
    screen(request.query, 'query');
    screen(request.body, 'body');
    if (params) readFields(params, request.params, false);
    if (querystring) readFields(querystring, request.query, false);
    if (bodyIsLoose) read(body, request.body, true);
  };
}

/** Throws InvalidRequest if there is text in `value` that cannot be stored; mends what can be mended, in place. */
export function screen(value: unknown, place: string): void {
  if (value === null || typeof value !== 'object') return;
  const fault = faultIn(value as Container, { values: 0 }, 1);
  if (fault) throw new InvalidRequest(valueError([place, ...fault.path.slice(0, 8)], fault.why));
}

type Container = Record<string, unknown> | unknown[];

interface Fault {
  path: Issue['loc'];
  why: string;
}

function faultIn(container: Container, count: { values: number }, depth: number): Fault | null {
  if (depth > deepest) return { path: [], why: 'nested too deeply' };
  const isList = Array.isArray(container);
  for (const name of Object.keys(container)) {
    if (++count.values > mostValues) return { path: [], why: 'too many values' };
    const at = isList ? Number(name) : name;
    if (!isList && isForbiddenName(name, container)) return { path: [], why: 'a field has a name that is not allowed' };
    const value = (container as Record<string, unknown>)[name];
    if (typeof value === 'string') {
      if (value.includes('\0')) return { path: [at], why: 'text must not contain NUL characters' };
      if (hasLoneSurrogate(value)) (container as Record<string, unknown>)[name] = Buffer.from(value).toString();
    } else if (typeof value === 'object' && value !== null) {
      const fault = faultIn(value as Container, count, depth + 1);
      if (fault) return { path: [at, ...fault.path], why: fault.why };
    }
  }
  return null;
}

function isForbiddenName(name: string, within: Container): boolean {
  if (name === '__proto__' || name.includes('\0') || hasLoneSurrogate(name)) return true;
  if (name !== 'constructor') return false;
  const value = (within as Record<string, unknown>)[name];
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'prototype');
}

function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

/** As much of JSON Schema as reading needs. */
interface Schema {
  type?: string | string[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  default?: unknown;
  [loose]?: boolean;
}

const yes = ['true', '1', 'yes', 'on', 't', 'y'];
const no = ['false', '0', 'no', 'off', 'f', 'n'];

function readFields(schema: Schema, values: unknown, onlyLoose: boolean): void {
  const fields = values as Record<string, unknown>;
  for (const [name, field] of Object.entries(schema.properties ?? {})) {
    if (Object.hasOwn(fields, name)) fields[name] = read(field, fields[name], onlyLoose);
  }
}

/** What `value` stands for under `schema`, or `value` itself if it cannot stand for that. */
function read(schema: Schema, value: unknown, onlyLoose: boolean): unknown {
  for (const branch of schema.anyOf ?? []) {
    const meant = read(branch, value, onlyLoose);
    if (meant !== value) return meant;
  }
  const types = Array.isArray(schema.type) ? schema.type : [schema.type];
  if (onlyLoose) return readLoosely(schema, types, value);
  if (types.includes('array')) {
    const items = schema.items ?? {};
    return (Array.isArray(value) ? value : [value]).map((item) => read(items, item, false));
  }
  // A field given twice means its last value.
  const text: unknown = Array.isArray(value) ? value.at(-1) : value;
  if (typeof text !== 'string') return text;
  if (types.includes('integer')) return readInteger(text) ?? text;
  if (types.includes('number')) return readNumber(text) ?? text;
  if (types.includes('boolean')) return readBoolean(text) ?? text;
  return text;
}

function readLoosely(schema: Schema, types: readonly (string | undefined)[], value: unknown): unknown {
  if (schema[loose] && typeof value === 'string') return readInteger(value) ?? value;
  if (Array.isArray(value)) {
    const { items } = schema;
    if (items) for (const [at, item] of value.entries()) value[at] = read(items, item, true);
  } else if (types.includes('object') && typeof value === 'object' && value !== null) {
    readFields(schema, value, true);
  }
  return value;
}

function readBoolean(text: string): boolean | null {
  const word = text.toLowerCase();
  return yes.includes(word) ? true : no.includes(word) ? false : null;
}

function readInteger(text: string): number | null {
  const value = Number(text);
  return /^[+-]?\d{1,16}$/.test(text) && Number.isSafeInteger(value) ? value : null;
}

function readNumber(text: string): number | null {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) && Number.isFinite(Number(text)) ? Number(text) : null;
}
