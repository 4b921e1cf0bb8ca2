// The language in which each request wants to be answered.

import type { FastifyInstance } from 'fastify';
import type { Language } from '../../texts/index.ts';
import { usualLanguages, wantedLanguage, type LanguageRules } from '../../texts/wanted.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** What the caller wants to hear, of what we speak. */
    language: Language;
  }
}

/** Reads it from the headers of every request, those to unknown paths included. Before any route. */
export function hearLanguages(app: FastifyInstance, rules: LanguageRules = usualLanguages): void {
  app.decorateRequest('language', rules.fallback);
  app.addHook('onRequest', async (request) => {
    const { headers } = request;
    request.language = wantedLanguage({ codes: [headers['x-language']], accepted: headers['accept-language'] }, rules);
  });
}
