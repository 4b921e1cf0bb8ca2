// Which keys there may be, in any store.

const part = /^[\p{L}\p{N}_-][\p{L}\p{N}._-]*$/u;

/** Throws an Error unless the key is one that the core makes: nothing that means more than a name to any store. */
export function checkKey(key: string): string {
  const parts = key.split('/');
  const isKey =
    Buffer.byteLength(key) <= 900 &&
    parts.length <= 10 &&
    parts.every((each) => part.test(each) && Buffer.byteLength(each) <= 255);
  if (!isKey) throw new Error('Not a key of a blob');
  return key;
}

/** A key as a path of a URL. */
export function keyPath(key: string): string {
  return checkKey(key).split('/').map(encodeURIComponent).join('/');
}
