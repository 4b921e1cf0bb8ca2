// Tests reach nothing but this machine: a connection or a look-up that would leave it fails at once, and says so.

import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|::1|\[::1\]|::ffff:127(\.\d{1,3}){3})$/i;

class NotOnThisMachine extends Error {
  constructor(host: string) {
    super(`Tests reach only this machine, and ${host} is elsewhere.`);
    this.name = 'NotOnThisMachine';
  }
}

const done = Symbol.for('parlance.offline');
if (!(done in globalThis)) {
  guard(net.Socket.prototype, 'connect', hostOf);
  guard(dns, 'lookup', ([host]) => String(host));
  guard(dns.promises, 'lookup', ([host]) => String(host));
  syncBuiltinESMExports();
  Object.assign(globalThis, { [done]: true });
}

/** Lets a method through only for hosts on this machine. */
function guard<K extends string>(owner: Record<K, object>, method: K, hostIn: (args: unknown[]) => string): void {
  owner[method] = new Proxy(owner[method], {
    apply(original, self, args: unknown[]) {
      const host = hostIn(args);
      if (!LOOPBACK.test(host)) throw new NotOnThisMachine(host);
      return Reflect.apply(original as () => unknown, self, args);
    },
  });
}

/** `connect` takes (options), (port, host) or (path), and from inside Node one array of these. */
function hostOf(args: unknown[]): string {
  const [first, second] = Array.isArray(args[0]) ? args[0] : args;
  if (typeof first === 'object' && first !== null) {
    const isLocal = 'path' in first && typeof first.path === 'string';
    return !isLocal && 'host' in first && typeof first.host === 'string' ? first.host : 'localhost';
  }
  return typeof second === 'string' ? second : 'localhost';
}
