// What is wrong with a request, item by item, in the form FastAPI's validation gave the products' clients.

import { loose } from './schemas.ts';
import { isSecret } from './secrets.ts';

/** One fault. `loc` starts with `body`, `query`, `path` or `header`, then names the field, or its index in a list. */
export interface Issue {
  type: string;
  loc: (string | number)[];
  msg: string;
  /** What was sent, if it is a plain value and no secret. */
  input?: string | number | boolean | null;
  ctx?: Record<string, unknown>;
}

/** A request that cannot be understood: always 422. Routes throw it for what a schema cannot say. */
export class InvalidRequest extends Error {
  readonly issues: readonly Issue[];

  constructor(...issues: readonly Issue[]) {
    super('The request is not valid');
    this.name = 'InvalidRequest';
    this.issues = issues;
  }
}

/** A fault of a value that has the right type, such as a phone number with too few digits. */
export function valueError(loc: Issue['loc'], why: string): Issue {
  return { type: 'value_error', loc, msg: `Value error, ${why}`, ctx: { error: why } };
}

/** An issue as one line, for contracts that want text: `user.name: Field required`. `body` is not part of the path. */
export function describeIssue(issue: Issue): string {
  const path = issue.loc[0] === 'body' ? issue.loc.slice(1) : issue.loc;
  return path.length === 0 ? issue.msg : `${path.join('.')}: ${issue.msg}`;
}

/** What Ajv says of one failed keyword; `data` and `parentSchema` by its `verbose` option. */
export interface SchemaFault {
  keyword: string;
  instancePath: string;
  params: Record<string, unknown>;
  message?: string;
  data?: unknown;
  parentSchema?: Record<string, unknown>;
}

/** A request could be wrong in very many places; nobody reads more of them. */
const mostIssues = 20;
const longestInput = 200;

const places: Record<string, string> = { body: 'body', querystring: 'query', params: 'path', headers: 'header' };

/** Ajv's faults of one part of a request (`body`, `querystring`, `params`, `headers`), one issue for each field. */
export function issuesOf(faults: readonly SchemaFault[], part: string): Issue[] {
  const place = places[part] ?? part;
  const found = new Map<string, Issue>();
  for (const fault of faults) {
    if (isBranch(fault)) continue;
    const issue = issueOf(fault, place);
    const field = JSON.stringify(issue.loc);
    if (!found.has(field)) found.set(field, issue);
    if (found.size === mostIssues) break;
  }
  return found.size > 0 ? [...found.values()] : [{ type: 'value_error', loc: [place], msg: 'Invalid value' }];
}

/** Of a union's branches only what the value should have been is worth telling, not that it also is not null. */
function isBranch({ keyword, params }: SchemaFault): boolean {
  return keyword === 'anyOf' || keyword === 'oneOf' || keyword === 'if' || params.type === 'null';
}

function issueOf(fault: SchemaFault, place: string): Issue {
  const loc: Issue['loc'] = [place, ...fault.instancePath.split('/').slice(1).map(segment)];
  if (fault.keyword === 'required') {
    return { type: 'missing', loc: [...loc, String(fault.params.missingProperty)], msg: 'Field required' };
  }
  if (loc.length === 1 && (fault.data ?? null) === null) {
    return { type: 'missing', loc, msg: 'Field required', input: null };
  }
  return { loc, ...phrase(fault, place), ...inputOf(fault.data, loc) };
}

function segment(text: string): string | number {
  const name = text.replaceAll('~1', '/').replaceAll('~0', '~');
  return /^\d{1,9}$/.test(name) ? Number(name) : name;
}

function inputOf(data: unknown, loc: Issue['loc']): Pick<Issue, 'input'> {
  if (loc.some((name) => typeof name === 'string' && isSecret(name))) return {};
  // The whole body as one text may hold anything.
  if (loc.length === 1 && loc[0] === 'body') return {};
  if (typeof data === 'string') return { input: data.slice(0, longestInput) };
  return typeof data === 'number' || typeof data === 'boolean' || data === null ? { input: data } : {};
}

type Phrase = Pick<Issue, 'type' | 'msg' | 'ctx'>;

function phrase(fault: SchemaFault, place: string): Phrase {
  const limit = Number(fault.params.limit);
  const characters = `${limit} character${limit === 1 ? '' : 's'}`;
  const items = `${limit} item${limit === 1 ? '' : 's'}`;
  switch (fault.keyword) {
    case 'type':
      return wrongType(fault, place);
    case 'minLength':
      return {
        type: 'string_too_short',
        msg: `String should have at least ${characters}`,
        ctx: { min_length: limit },
      };
    case 'maxLength':
      return { type: 'string_too_long', msg: `String should have at most ${characters}`, ctx: { max_length: limit } };
    case 'pattern':
      return {
        type: 'string_pattern_mismatch',
        msg: `String should match pattern '${String(fault.params.pattern)}'`,
        ctx: { pattern: fault.params.pattern },
      };
    case 'enum':
    case 'const':
      return oneOf(fault.params);
    case 'minimum':
      return {
        type: 'greater_than_equal',
        msg: `Input should be greater than or equal to ${limit}`,
        ctx: { ge: limit },
      };
    case 'maximum':
      return { type: 'less_than_equal', msg: `Input should be less than or equal to ${limit}`, ctx: { le: limit } };
    case 'exclusiveMinimum':
      return { type: 'greater_than', msg: `Input should be greater than ${limit}`, ctx: { gt: limit } };
    case 'exclusiveMaximum':
      return { type: 'less_than', msg: `Input should be less than ${limit}`, ctx: { lt: limit } };
    case 'minItems':
      return { type: 'too_short', msg: `List should have at least ${items}`, ctx: { min_length: limit } };
    case 'maxItems':
      return { type: 'too_long', msg: `List should have at most ${items}`, ctx: { max_length: limit } };
    case 'format':
      return wrongFormat(String(fault.params.format));
    default:
      return { type: 'value_error', msg: `Value error, ${fault.message ?? 'not valid'}` };
  }
}

function wrongType({ params, data, parentSchema }: SchemaFault, place: string): Phrase {
  const types = (Array.isArray(params.type) ? params.type : String(params.type).split(',')).map(String);
  const type = types.find((name) => name !== 'null') ?? 'object';
  const parsed = typeof data === 'string' && (place !== 'body' || parentSchema?.[loose] === true);
  switch (type) {
    case 'string':
      return { type: 'string_type', msg: 'Input should be a valid string' };
    case 'integer':
      return parsed
        ? {
            type: 'int_parsing',
            msg: 'Input should be a valid integer, unable to parse string as an integer',
          }
        : { type: 'int_type', msg: 'Input should be a valid integer' };
    case 'number':
      return parsed
        ? { type: 'float_parsing', msg: 'Input should be a valid number, unable to parse string as a number' }
        : { type: 'float_type', msg: 'Input should be a valid number' };
    case 'boolean':
      return parsed
        ? { type: 'bool_parsing', msg: 'Input should be a valid boolean, unable to interpret input' }
        : { type: 'bool_type', msg: 'Input should be a valid boolean' };
    case 'array':
      return { type: 'list_type', msg: 'Input should be a valid list' };
    default:
      return {
        type: 'model_attributes_type',
        msg: 'Input should be a valid dictionary or object to extract fields from',
      };
  }
}

function oneOf(params: Record<string, unknown>): Phrase {
  const allowed = Array.isArray(params.allowedValues) ? params.allowedValues : [params.allowedValue];
  const words = allowed.filter((value) => value !== null).map((value) => `'${String(value)}'`);
  const last = words.pop() ?? '';
  const expected = words.length > 0 ? `${words.join(', ')} or ${last}` : last;
  return { type: 'enum', msg: `Input should be ${expected}`, ctx: { expected } };
}

function wrongFormat(format: string): Phrase {
  const kind =
    { email: 'email address', uuid: 'UUID', 'date-time': 'date and time', date: 'date', uri: 'URL' }[format] ?? format;
  return { type: 'value_error', msg: `value is not a valid ${kind}`, ctx: { reason: `Not a valid ${kind}` } };
}
