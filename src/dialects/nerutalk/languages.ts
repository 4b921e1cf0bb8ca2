// The languages it speaks, and which of them the caller hears (contract, 6.9). Open to everybody.

import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { say, type TextKey } from '../../texts/index.ts';
import { codeOf, languageCodes, usualLanguages, type LanguageCode } from '../../texts/wanted.ts';
import type { Surroundings } from '../dialect.ts';
import { languageOf } from './manners.ts';
import { flag, text } from './schemas.ts';

/** How each language is called: rows are named, columns name. */
const names: Record<LanguageCode, Record<LanguageCode, string>> = {
  en: { en: 'English', id: 'Bahasa Inggris', jp: '英語', ko: '영어', cn: '英语' },
  id: { en: 'Indonesian', id: 'Bahasa Indonesia', jp: 'インドネシア語', ko: '인도네시아어', cn: '印尼语' },
  jp: { en: 'Japanese', id: 'Bahasa Jepang', jp: '日本語', ko: '일본어', cn: '日语' },
  ko: { en: 'Korean', id: 'Bahasa Korea', jp: '韓国語', ko: '한국어', cn: '韩语' },
  cn: { en: 'Chinese', id: 'Bahasa Mandarin', jp: '中国語', ko: '중국어', cn: '中文' },
};

const shown = [
  'auth_success',
  'login_success',
  'message_sent',
  'call_initiated',
  'file_uploaded',
  'location_updated',
  'operation_successful',
] as const satisfies readonly TextKey[];

const Code = Type.Enum([...languageCodes]);
const Named = Type.Object({ code: Code, name: text, native_name: text });

export function languageRoutes(app: FastifyInstance, { languages = usualLanguages }: Surroundings): void {
  app.get(
    '/api/v1/languages',
    {
      schema: {
        operationId: 'neruLanguages',
        summary: 'The languages it speaks',
        response: {
          200: Type.Object({
            supported_languages: Type.Array(Named),
            current_language: Code,
            default_language: Code,
          }),
        },
      },
    },
    async (request) => {
      const current = codeOf(languageOf(request));
      return {
        supported_languages: languageCodes.map((code) => ({
          code,
          name: names[code][current],
          native_name: names[code][code],
        })),
        current_language: current,
        default_language: codeOf(languages.fallback),
      };
    },
  );

  app.get(
    '/api/v1/language/current',
    {
      schema: {
        operationId: 'neruCurrentLanguage',
        summary: 'The language in which I am answered',
        response: { 200: Type.Object({ language: Code, name: text, native_name: text, is_default: flag }) },
      },
    },
    async (request) => {
      const language = languageOf(request);
      const code = codeOf(language);
      return {
        language: code,
        name: names[code][code],
        native_name: names[code][code],
        is_default: language === languages.fallback,
      };
    },
  );

  app.get(
    '/api/v1/language/test',
    {
      schema: {
        operationId: 'neruLanguageTest',
        summary: 'Some texts in my language',
        response: {
          200: Type.Object({
            language: Code,
            translations: Type.Object(Object.fromEntries(shown.map((key) => [key, text]))),
          }),
        },
      },
    },
    async (request) => {
      const language = languageOf(request);
      return {
        language: codeOf(language),
        translations: Object.fromEntries(shown.map((key) => [key, say(language, key)])),
      };
    },
  );
}
