// Where a bucket is reached.

export interface BucketPlace {
  region: string;
  bucket: string;
  /** Null: Amazon's own, with the bucket in the host's name; else the bucket begins the path. */
  endpoint: string | null;
}

/** The address below which its files are, without a slash at its end. */
export function bucketAddress({ endpoint, bucket, region }: BucketPlace): string {
  if (endpoint !== null) return `${endpoint}/${bucket}`;
  const host = `s3.${region}.amazonaws.com`;
  // A dot in a bucket's name is in no certificate.
  return bucket.includes('.') ? `https://${host}/${bucket}` : `https://${bucket}.${host}`;
}
