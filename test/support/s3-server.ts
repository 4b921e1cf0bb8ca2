// A small S3 that believes nobody: each request's signature is verified as Amazon's document says, by code that shares
// nothing with what signs. `sigv4.test.ts` holds it against Amazon's published examples.

import { createHash, createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Signed {
  method: string;
  /** Path and query as they stand in the request's first line. */
  target: string;
  /** In lower case. */
  headers: Readonly<Record<string, string>>;
}

export interface Secrets {
  accessKeyId: string;
  secretAccessKey: string;
}

/** What is wrong with the signature; null: nothing. */
export function signatureFault(request: Signed, { accessKeyId, secretAccessKey }: Secrets, now: number): string | null {
  const [path = '', search = ''] = request.target.split('?', 2);
  const query =
    search === '' ? [] : search.split('&').map((pair) => [...pair.split('='), ''].slice(0, 2) as [string, string]);
  const presigned = Object.fromEntries(query.map(([name, value]) => [name, decodeURIComponent(value)]));
  const header = /^AWS4-HMAC-SHA256 Credential=(\S+?),\s*SignedHeaders=(\S+?),\s*Signature=([0-9a-f]{64})$/.exec(
    request.headers.authorization ?? '',
  );
  const credential = header?.[1] ?? presigned['X-Amz-Credential'];
  const names = header?.[2] ?? presigned['X-Amz-SignedHeaders'];
  const signature = header?.[3] ?? presigned['X-Amz-Signature'];
  const date = header ? request.headers['x-amz-date'] : presigned['X-Amz-Date'];
  if (!credential || !names || !signature || !date) return 'AccessDenied';
  const [keyId, day = '', region = '', service = '', end] = credential.split('/');
  if (keyId !== accessKeyId) return 'InvalidAccessKeyId';
  if (end !== 'aws4_request' || service !== 's3' || !date.startsWith(day)) return 'AuthorizationHeaderMalformed';

  const signed = names.split(';');
  if (!signed.includes('host')) return 'AccessDenied';
  const canonical = [
    request.method,
    path,
    query
      .filter(([name]) => name !== 'X-Amz-Signature')
      .sort(([a, x], [b, y]) => (a < b || (a === b && x < y) ? -1 : 1))
      .map((pair) => pair.join('='))
      .join('&'),
    ...signed.map((name) => `${name}:${(request.headers[name] ?? '').trim().replace(/ +/g, ' ')}`),
    '',
    names,
    header ? (request.headers['x-amz-content-sha256'] ?? '') : 'UNSIGNED-PAYLOAD',
  ].join('\n');
  const scope = [day, region, service, 'aws4_request'];
  const text = ['AWS4-HMAC-SHA256', date, scope.join('/'), createHash('sha256').update(canonical).digest('hex')].join(
    '\n',
  );
  const key = scope.reduce<Buffer | string>((last, part) => hmac(last, part), `AWS4${secretAccessKey}`);
  if (hmac(key, text).toString('hex') !== signature) return 'SignatureDoesNotMatch';

  const at = Date.parse(date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  const until = header ? at + 900_000 : at + Number(presigned['X-Amz-Expires']) * 1_000;
  return now > until ? 'AccessDenied' : null;
}

function hmac(key: Buffer | string, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

export interface S3Server extends Secrets {
  endpoint: string;
  region: string;
  /** What is stored, by path with the bucket. */
  objects: Map<string, { bytes: Buffer; headers: Record<string, string> }>;
  /** The next so many requests are answered with this, or not at all (0). */
  fail(times: number, status: number): void;
  requests: string[];
  close(): Promise<void>;
}

/** Starts one with an empty bucket of any name. */
export async function startS3Server(): Promise<S3Server> {
  const secrets = { accessKeyId: 'AKIDTEST', secretAccessKey: 'a secret of the test' };
  const objects: S3Server['objects'] = new Map();
  const requests: string[] = [];
  let failing = { times: 0, status: 500 };

  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    const { method = '', url = '' } = request;
    requests.push(`${method} ${url.split('?', 1)[0]}`);
    if (failing.times > 0) {
      failing.times -= 1;
      if (failing.status === 0) return void request.socket.destroy();
      request.resume();
      return void response.writeHead(failing.status).end('<Error><Code>InternalError</Code></Error>');
    }
    const refuse = (status: number, code: string) => {
      request.resume();
      response.writeHead(status, { 'content-type': 'application/xml' }).end(`<Error><Code>${code}</Code></Error>`);
    };
    const fault = signatureFault({ method, target: url, headers }, secrets, Date.now());
    if (fault !== null) return refuse(403, fault);

    const path = decodeURIComponent(url.split('?', 1)[0]!);
    const found = objects.get(path);
    const kept = ({ 'content-type': type = '', 'content-disposition': disposition = '' }: typeof headers) => ({
      'content-type': type,
      ...(disposition && { 'content-disposition': disposition }),
    });
    if (method === 'PUT' && headers['x-amz-copy-source'] !== undefined) {
      const source = objects.get(decodeURIComponent(headers['x-amz-copy-source']));
      if (!source) return refuse(404, 'NoSuchKey');
      objects.set(path, { bytes: source.bytes, headers: kept(headers) });
      return void response.writeHead(200).end('<CopyObjectResult><ETag>x</ETag></CopyObjectResult>');
    }
    if (method === 'PUT') {
      if (headers['content-length'] === undefined) return refuse(411, 'MissingContentLength');
      objects.set(path, { bytes: await buffer(request), headers: kept(headers) });
      return void response.writeHead(200).end();
    }
    if (method === 'DELETE') {
      objects.delete(path);
      return void response.writeHead(204).end();
    }
    if (!found) return refuse(404, 'NoSuchKey');
    const [, from, to] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    const bytes = from === undefined ? found.bytes : found.bytes.subarray(Number(from), Number(to) + 1);
    response.writeHead(from === undefined ? 200 : 206, { ...found.headers, 'content-length': bytes.length });
    response.end(method === 'HEAD' ? undefined : bytes);
  };

  const server = createServer((request, response) => {
    handle(request, response).catch(() => request.socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    ...secrets,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    objects,
    requests,
    fail: (times, status) => (failing = { times, status }),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
