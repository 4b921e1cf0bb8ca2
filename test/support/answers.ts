// Every answer in every test is checked against the schema that its route declares.

import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import { expect } from 'vitest';
import type { Server } from '../../src/server.ts';

interface Operation {
  pattern: RegExp;
  method: string;
  /** By status: what judges the answer, made when it is first needed. */
  answers: Map<string, (() => ValidateFunction) | null>;
}

const known = new WeakMap<Server['app'], Operation[]>();
/** By description: most servers of a process have the same. */
const compiled = new Map<string, Operation[]>();

/** Fails if a 2xx answer is not what its route declares, or an error is not one that clients can read. */
export function checkAnswer(server: Server, method: string, path: string, status: number, body: unknown): void {
  const [plain = '/'] = path.split('?', 1);
  const about = `${method} ${plain} → ${status} ${JSON.stringify(body)?.slice(0, 500)}`;
  expect(status, about).not.toBe(500);
  if (status >= 400) return expect(readable(body), `no readable error: ${about}`).toBe(true);
  const operation = operationsOf(server).find((one) => one.method === method && one.pattern.test(plain));
  if (!operation) throw new Error(`not in /openapi.json: ${about}`);
  const declared = operation.answers.get(String(status));
  if (status === 204 && declared === null) return expect(body, about).toBeUndefined();
  const validate = declared?.();
  if (!validate) throw new Error(`no declared schema: ${about}`);
  expect(validate(body), `${about} is not as declared: ${JSON.stringify(validate.errors)}`).toBe(true);
}

/** URGE's clients read `detail` if it is text, else the first item's `msg`, else `message`. */
function readable(body: unknown): boolean {
  const { detail, message } = (body ?? {}) as { detail?: unknown; message?: unknown };
  if (typeof detail === 'string' && detail !== '') return true;
  if (Array.isArray(detail)) return typeof (detail[0] as { msg?: unknown } | undefined)?.msg === 'string';
  return typeof message === 'string' && message !== '';
}

function operationsOf(server: Server): Operation[] {
  const mine = known.get(server.app);
  if (mine) return mine;
  const document = server.app.swagger() as unknown as Document;
  const text = JSON.stringify(document);
  const operations = compiled.get(text) ?? compile(document);
  compiled.set(text, operations);
  known.set(server.app, operations);
  return operations;
}

interface Document {
  paths: Record<
    string,
    Record<string, { responses?: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
}

function compile(document: Document): Operation[] {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  formats.default(ajv);
  ajv.addSchema(document, 'api');
  const operations: Operation[] = [];
  // Fixed paths first: they win over parameters, here as in the router.
  const paths = Object.keys(document.paths).sort((a, b) => a.split('{').length - b.split('{').length);
  for (const path of paths) {
    for (const [method, { responses = {} }] of Object.entries(document.paths[path]!)) {
      const answers: Operation['answers'] = new Map();
      for (const [status, { content }] of Object.entries(responses)) {
        const schema = content?.['application/json']?.schema;
        let validate: ValidateFunction | undefined;
        answers.set(status, schema ? () => (validate ??= ajv.compile(closed(schema))) : null);
      }
      const pattern = new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{[^}]+\}/g, '[^/]+')}/?$`);
      operations.push({ pattern, method: method.toUpperCase(), answers });
    }
  }
  return operations;
}

/** The serializer drops what is not declared; here a field that is missing or undeclared is a fault. */
function closed(schema: object): object {
  return JSON.parse(JSON.stringify(schema), (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('properties' in value)) return value;
    return { additionalProperties: false, ...value };
  }) as object;
}
