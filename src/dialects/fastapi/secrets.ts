// Names of what must be neither echoed nor logged.

const secret = /pass(word|phrase|code)|secret|token|credential|authorization|(^|_)(code|otp|pin)$/i;

/** Whether a field of this name holds something that only its owner should see. */
export function isSecret(name: string): boolean {
  return secret.test(name);
}

/** A URL as it may be logged: values of secret query fields are hidden. */
export function maskUrl(url: string): string {
  const start = url.indexOf('?');
  if (start < 0) return url;
  const query = url.slice(start + 1).replaceAll(/([^&=]+)=[^&]*/g, (pair, name: string) => {
    return isSecret(name) || name.includes('%') ? `${name}=***` : pair;
  });
  return `${url.slice(0, start)}?${query}`;
}
