// Where bytes are kept here.

import { join } from 'node:path';
import type { Settings } from '../../config.ts';
import type { Blobs } from '../../core/ports.ts';
import { bucketAddress } from './bucket.ts';
import { openDisk } from './disk.ts';

type BucketSettings = Pick<Settings, 's3AccessKeyId' | 's3SecretAccessKey' | 's3Region' | 's3Bucket' | 's3Endpoint'>;

export interface BlobOptions {
  settings: BucketSettings & Pick<Settings, 'dataDir'>;
  /** Signs the addresses that clients upload to. */
  secret: Uint8Array;
  /** The path on this server under which it takes uploads to itself. */
  uploadPath: string;
  log: { warn(message: string): void };
}

/** Opens the store: the bucket if key, secret and name are there, else a folder in DATA_DIR. */
export async function openBlobs({ settings, secret, uploadPath, log }: BlobOptions): Promise<Blobs> {
  const { s3AccessKeyId: accessKeyId, s3SecretAccessKey: secretAccessKey, s3Bucket: bucket } = settings;
  if (accessKeyId === null || secretAccessKey === null || bucket === null) {
    return openDisk({ folder: join(settings.dataDir, 'blobs'), secret, uploadPath });
  }
  const { openS3 } = await import('./s3.ts');
  return openS3({
    accessKeyId,
    secretAccessKey,
    bucket,
    region: settings.s3Region,
    endpoint: settings.s3Endpoint,
    log,
  });
}

/** Whether there is a bucket: a CDN reads nothing else. */
export function keepsInBucket({ s3AccessKeyId, s3SecretAccessKey, s3Bucket }: BucketSettings): boolean {
  return s3AccessKeyId !== null && s3SecretAccessKey !== null && s3Bucket !== null;
}

/** Where browsers read files and bring them to, beside this server: the bucket and its CDN, if there are any. */
export function fileOrigins(settings: BucketSettings & Pick<Settings, 'cdnUrl'>): string[] {
  const { s3Region: region, s3Bucket: bucket, s3Endpoint: endpoint, cdnUrl } = settings;
  if (!keepsInBucket(settings) || bucket === null) return [];
  const addresses = [bucketAddress({ region, bucket, endpoint }), ...(cdnUrl === null ? [] : [cdnUrl])];
  return addresses.map((address) => new URL(address).origin);
}
