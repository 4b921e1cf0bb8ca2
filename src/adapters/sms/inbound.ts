// Text messages that come in through Twilio's webhook: whether a request is Twilio's own.

/** What a webhook needs to know of the vendor behind it. */
interface Inbound {
  readonly url: string | null;
  isGenuine(request: { url: string; signature: string; fields: Record<string, string> | null; body: string }): boolean;
}

export interface InboundSmsOptions {
  environment: 'development' | 'production' | 'test';
  /** Twilio signs with it; null: signatures are not checked, which production does not accept. */
  authToken: string | null;
  /** The webhook's address as it was told to Twilio; null: as each request says. */
  url: string | null;
}

/** Resolves to null where anybody could pretend to be Twilio and must not. */
export async function openInboundSms({ environment, authToken, url }: InboundSmsOptions): Promise<Inbound | null> {
  if (authToken === null) return environment === 'production' ? null : { url, isGenuine: () => true };
  const { validateRequest, validateRequestWithBody } = await import('twilio/lib/webhooks/webhooks.js');
  return {
    url,
    isGenuine(request) {
      if (!URL.canParse(request.url)) return false;
      if (request.fields) return validateRequest(authToken, request.signature, request.url, request.fields);
      // Of a body that is no form the signature covers only the digest in the query.
      if (!new URL(request.url).searchParams.has('bodySHA256')) return false;
      return validateRequestWithBody(authToken, request.signature, request.url, request.body);
    },
  };
}
