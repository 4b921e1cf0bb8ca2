// Which language somebody wants to hear, as NeruTalk's document spells it (contract, section 2).

import { acceptedLanguage, type Language } from './index.ts';

/** The codes on the wire: `jp` and `cn` are the document's own. */
const languageOfCode = { en: 'en', id: 'id', jp: 'ja', ko: 'ko', cn: 'zh' } as const satisfies Record<string, Language>;
export type LanguageCode = keyof typeof languageOfCode;

/** In the order in which they are listed. */
export const languageCodes = Object.keys(languageOfCode) as LanguageCode[];

/** What the operator decides about languages. */
export interface LanguageRules {
  /** Spoken to who asks for none of ours. */
  readonly fallback: Language;
  /** Whether `Accept-Language` counts. */
  readonly detects: boolean;
}

export const usualLanguages: LanguageRules = { fallback: 'en', detects: true };

/** How a language is written on the wire. */
export function codeOf(language: string): LanguageCode {
  return languageCodes.find((code) => languageOfCode[code] === language) ?? 'en';
}

/** The language of exactly this code, in either case of letters; null if it is none. */
export function languageOfExactly(code: unknown): Language | null {
  const known = languageCodes.find((each) => typeof code === 'string' && each === code.toLowerCase());
  return known === undefined ? null : languageOfCode[known];
}

/** An exact code wins over what is accepted, and what is not ours is passed over. */
export function wantedLanguage(
  wish: { codes: readonly unknown[]; accepted: string | undefined },
  { fallback, detects }: LanguageRules = usualLanguages,
): Language {
  for (const code of wish.codes) {
    const language = languageOfExactly(code);
    if (language !== null) return language;
  }
  return (wish.accepted === undefined || !detects ? null : acceptedLanguage(wish.accepted)) ?? fallback;
}
