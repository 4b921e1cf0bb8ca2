// Brings a file to where the server said, and tells how far it is.

import { Refused, Unreachable } from './http.ts';
import { completeUpload, placeFor, type StoredFile } from './urge.ts';

const bytes = 'application/octet-stream';

export interface UploadOptions {
  folder?: 'avatars' | 'media' | 'voice';
  signal?: AbortSignal;
  /** From 0 to 1. */
  onProgress?: (part: number) => void;
}

/** Throws Refused, Unreachable, or what `signal` was aborted with. */
export async function upload(file: File, options: UploadOptions = {}): Promise<StoredFile> {
  const name = file.name.slice(-200) || 'file';
  let type = file.type === '' ? bytes : file.type.split(';', 1)[0]!;
  const place = await placeFor(name, type, options.folder ?? 'media').catch((error: unknown) => {
    // A kind the server does not know is kept as bytes, for whoever wants to save them.
    if (!(error instanceof Refused && error.status === 400) || type === bytes) throw error;
    type = bytes;
    return placeFor(name, type, options.folder ?? 'media');
  });
  await put(place.upload_url, file, type, options);
  return completeUpload(place, { name: file.name || 'file', type, size: file.size });
}

/** `fetch` does not say how far an upload is. */
function put(url: string, file: File, type: string, { signal, onProgress }: UploadOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sending = new XMLHttpRequest();
    sending.open('PUT', url);
    sending.setRequestHeader('Content-Type', type);
    sending.upload.addEventListener('progress', ({ loaded, total }) => onProgress?.(total > 0 ? loaded / total : 0));
    sending.addEventListener('load', () =>
      sending.status >= 200 && sending.status < 300
        ? resolve()
        : reject(new Refused(sending.status, sending.statusText)),
    );
    sending.addEventListener('error', () => reject(new Unreachable()));
    sending.addEventListener('abort', () => reject(signal?.reason ?? new DOMException('', 'AbortError')));
    signal?.addEventListener('abort', () => sending.abort());
    sending.send(file);
  });
}
