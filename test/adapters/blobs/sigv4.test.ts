// Amazon's published examples of signatures, against what signs here and against what verifies in the tests.

import { AwsV4Signer } from 'aws4fetch';
import { describe, expect, test } from 'vitest';
import { signatureFault } from '../../support/s3-server.ts';

const secrets = { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' };
const nothing = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855';
const host = 'examplebucket.s3.amazonaws.com';
const at = Date.parse('2013-05-24T00:00:00Z');

interface Example {
  method: string;
  target: string;
  headers: Record<string, string>;
  signature: string;
}

/** "Authenticating Requests: Using the Authorization Header" and "Using Query Parameters", Amazon S3 API Reference. */
const byHeader: Record<string, Example> = {
  'GET Object': {
    method: 'GET',
    target: '/test.txt',
    headers: { range: 'bytes=0-9', 'x-amz-content-sha256': nothing },
    signature: 'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  },
  'PUT Object': {
    method: 'PUT',
    target: '/test%24file.text',
    headers: {
      date: 'Fri, 24 May 2013 00:00:00 GMT',
      'x-amz-storage-class': 'REDUCED_REDUNDANCY',
      'x-amz-content-sha256': '44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072',
    },
    signature: '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  },
  'GET Bucket Lifecycle': {
    method: 'GET',
    target: '/?lifecycle=',
    headers: { 'x-amz-content-sha256': nothing },
    signature: 'fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543',
  },
  'GET Bucket (List Objects)': {
    method: 'GET',
    target: '/?max-keys=2&prefix=J',
    headers: { 'x-amz-content-sha256': nothing },
    signature: '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  },
};

const byQuery = 'aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404';

describe.each(Object.entries(byHeader))('%s', (_name, { method, target, headers, signature }) => {
  const options = {
    ...secrets,
    method,
    region: 'us-east-1',
    service: 's3',
    datetime: '20130524T000000Z',
    allHeaders: true,
  };

  test('is signed as published', async () => {
    const signed = await new AwsV4Signer({ ...options, url: `https://${host}${target}`, headers }).sign();
    expect(signed.headers.get('authorization')).toContain(`Signature=${signature}`);
  });

  test('is verified as published, and not when anything is changed', async () => {
    const names = ['host', 'x-amz-date', ...Object.keys(headers)].toSorted().join(';');
    const credential = `${secrets.accessKeyId}/20130524/us-east-1/s3/aws4_request`;
    const authorization = `AWS4-HMAC-SHA256 Credential=${credential},SignedHeaders=${names},Signature=${signature}`;
    const request = { method, target, headers: { ...headers, host, 'x-amz-date': '20130524T000000Z', authorization } };
    expect(signatureFault(request, secrets, at)).toBeNull();
    expect(signatureFault({ ...request, target: `${target}x` }, secrets, at)).toBe('SignatureDoesNotMatch');
    expect(signatureFault({ ...request, method: 'DELETE' }, secrets, at)).toBe('SignatureDoesNotMatch');
    for (const name of Object.keys(headers)) {
      const changed = { ...request, headers: { ...request.headers, [name]: 'other' } };
      expect(signatureFault(changed, secrets, at), name).toBe('SignatureDoesNotMatch');
    }
    expect(signatureFault(request, { ...secrets, secretAccessKey: 'other' }, at)).toBe('SignatureDoesNotMatch');
    expect(signatureFault(request, secrets, at + 1e6)).toBe('AccessDenied');
  });
});

describe('an address', () => {
  const query =
    'X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request' +
    '&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host';

  test('is signed as published', async () => {
    const signed = await new AwsV4Signer({
      ...secrets,
      method: 'GET',
      url: `https://${host}/test.txt?X-Amz-Expires=86400`,
      region: 'us-east-1',
      service: 's3',
      datetime: '20130524T000000Z',
      signQuery: true,
      allHeaders: true,
    }).sign();
    expect(signed.url.searchParams.get('X-Amz-Signature')).toBe(byQuery);
  });

  test('is verified as published, until it expires', () => {
    const request = { method: 'GET', target: `/test.txt?${query}&X-Amz-Signature=${byQuery}`, headers: { host } };
    expect(signatureFault(request, secrets, at)).toBeNull();
    expect(signatureFault({ ...request, method: 'PUT' }, secrets, at)).toBe('SignatureDoesNotMatch');
    expect(signatureFault(request, secrets, at + 86_401_000)).toBe('AccessDenied');
  });
});
