// Addresses that leave the server: whole, so that whatever shows a picture can fetch it.

import type { FastifyRequest } from 'fastify';

export interface Links {
  /** A path of this server as a whole address; what is whole already stays as it is. */
  here(request: FastifyRequest, path: string): string;
  /** Where the bytes of a file are read: at the CDN, if there is one, else at this path. */
  file(request: FastifyRequest, key: string, path: string): string;
}

export interface LinkOptions {
  /** How clients reach the server; null: as each of them just did. */
  publicUrl: string | null;
  cdnUrl: string | null;
}

/** A host as a client may name it. Whoever lies about it is answered with the lie, and nobody else. */
const plainHost = /^([\w-]+(\.[\w-]+)*\.?|\[[\da-f:.]+\])(:\d{1,5})?$/i;

export function createLinks({ publicUrl, cdnUrl }: LinkOptions): Links {
  const here: Links['here'] = (request, path) => {
    if (/^https?:/.test(path)) return path;
    if (publicUrl !== null) return publicUrl + path;
    const { protocol, host } = request;
    return `${protocol}://${plainHost.test(host) ? host : 'localhost'}${path}`;
  };
  return {
    here,
    file: (request, key, path) =>
      cdnUrl === null ? here(request, path) : `${cdnUrl}/${key.split('/').map(encodeURIComponent).join('/')}`,
  };
}
