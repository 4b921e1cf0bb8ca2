// Why something was refused, in five languages: by the core's reason, or by HTTP's status.

import { say, type Language, type TextKey } from './index.ts';
import { en } from './refusals/en.ts';
import { id } from './refusals/id.ts';
import { ja } from './refusals/ja.ts';
import { ko } from './refusals/ko.ts';
import { zh } from './refusals/zh.ts';

export const refusals = { en, id, ja, ko, zh } satisfies Record<Language, unknown>;

/** The sentence for a DomainError's `reason`; for one that the catalogue lacks, that it cannot be done. */
export function refusalOf(language: Language, reason: string): string {
  return Object.hasOwn(en, reason) ? refusals[language][reason as keyof typeof en] : say(language, 'bad_request');
}

const ofStatus: Record<number, TextKey> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not_found',
  413: 'file_too_large',
  422: 'validation_error',
  500: 'internal_server_error',
};

/** What the framework, or the server itself, refuses with this status. */
export function refusalOfStatus(language: Language, status: number): string {
  return say(language, ofStatus[status] ?? 'bad_request');
}
