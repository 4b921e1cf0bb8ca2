// Every setting, read and checked. The only reader of the environment.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual, parseEnv } from 'node:util';
import { calling } from './config/calling.ts';
import { listening } from './config/listening.ts';
import { running } from './config/running.ts';
import type { Setting, Value, Warn } from './config/setting.ts';
import { sharing } from './config/sharing.ts';
import { signingIn } from './config/signing-in.ts';
import { storing } from './config/storing.ts';
import { telling } from './config/telling.ts';
import {
  judgeBucket,
  judgeCalls,
  judgeSecret,
  judgeSuperuser,
  judgeWebhook,
  judgeWorkers,
  secondPort,
} from './config/together.ts';

/** By group, in the order in which they are shown. */
const GROUPS = {
  'Where it listens': listening,
  'Where data is kept': storing,
  'Signing in': signingIn,
  'Text messages and notifications': telling,
  'Files, stickers and GIFs': sharing,
  'Calls and places': calling,
  'How it runs': running,
};

const SETTINGS = { ...listening, ...storing, ...signingIn, ...telling, ...sharing, ...calling, ...running };

/** All settings, checked. */
export type Settings = { readonly [K in keyof typeof SETTINGS]: Value<(typeof SETTINGS)[K]> };

/** A setting as people read of it. */
export type SettingDescription = Readonly<Omit<Setting, 'type'> & { group: string }>;

/** All settings in the order in which they are shown. */
export const settingDescriptions: readonly SettingDescription[] = Object.entries(GROUPS).flatMap(([group, settings]) =>
  Object.values<Setting>(settings).map((setting) => ({ ...setting, group })),
);

/** A setting as it is read now. */
export interface SettingInForce {
  name: string;
  aliases: readonly string[];
  /** As JSON; null where there is none, and of a secret always. */
  value: unknown;
  isSet: boolean;
  isDefault: boolean;
  isSecret: boolean;
  meaning: string;
}

/** What is in force, by group. */
export function settingsInForce(settings: Settings): { group: string; settings: SettingInForce[] }[] {
  return Object.entries(GROUPS).map(([group, members]) => ({
    group,
    settings: Object.entries<Setting>(members).map(([key, { name, aliases = [], secret = false, ...setting }]) => {
      const value = settings[key as keyof Settings];
      const usual = setting.default === null ? null : setting.type.parse(setting.default, () => {});
      return {
        name,
        aliases,
        value: secret ? null : value,
        isSet: value !== null,
        isDefault: isDeepStrictEqual(value, usual),
        isSecret: secret,
        meaning: setting.meaning,
      };
    }),
  }));
}

/** Names and their texts: an environment. */
export type Source = Readonly<Record<string, string | undefined>>;

interface Reading {
  settings: Settings;
  /** What the operator should know but is no reason to stop. Secrets are not in it. */
  warnings: string[];
}

/**
 * Reads the settings from the sources, the earlier ones winning. An empty text counts as absent. Throws one Error that
 * lists all that is wrong.
 */
export function readSettings(...sources: readonly Source[]): Reading {
  const warnings: string[] = [];
  const problems: string[] = [];
  const warn: Warn = (warning) => warnings.push(warning);

  function read(setting: Setting): unknown {
    const given = textsOf(setting, sources);
    const [chosen] = given;
    if (!setting.joined && chosen) warnings.push(...differences(chosen, given));
    const text = setting.joined ? given.map((each) => each.text).join(',') : chosen?.text;
    const value = text ? setting.type.parse(text, warn) : undefined;
    if (value !== undefined) return value;
    if (text) problems.push(refusal(setting, given, text));
    return setting.default === null ? null : setting.type.parse(setting.default, warn);
  }

  const values = Object.fromEntries(Object.entries(SETTINGS).map(([key, setting]) => [key, read(setting)])) as Settings;
  const settings = { ...values, alsoPort: secondPort(values, textsOf(SETTINGS.port, sources).length > 0) };
  judgeSecret(settings, warnings, problems);
  judgeSuperuser(settings, problems);
  judgeWebhook(settings, problems);
  judgeWorkers(settings, problems);
  judgeBucket(settings, warnings);
  judgeCalls(settings, warnings);
  if (problems.length > 0) {
    throw new Error(`The settings are not right:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
  return { settings, warnings };
}

/** Reads the settings of this process: its environment, then `.env`, then `config.env`. Throws as `readSettings` does. */
export function loadSettings(folder = process.cwd()): Reading {
  const files = ['.env', 'config.env'].map((name) => ({ name, path: join(folder, name) }));
  const read = files
    .filter(({ path }) => existsSync(path))
    .map(({ name, path }) => readFile(name, readFileSync(path, 'utf8')));
  const { settings, warnings } = readSettings(process.env, ...read.map((file) => file.source));
  return { settings, warnings: [...read.flatMap((file) => file.warnings), ...warnings] };
}

/** The names and texts in a settings file, and what in it would surprise its writer. */
export function readFile(fileName: string, content: string): { source: Source; warnings: string[] } {
  const source = parseEnv(content);
  const warnings: string[] = [];
  const cut = [...content.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*[^\s'"`#][^\n#]*[^\s#]#/gm)].map(([, name]) => name);
  if (cut.length > 0) {
    warnings.push(`${fileName}: ${cut.join(', ')}: what follows # is taken for a comment; quote the value to keep it.`);
  }
  const known = new Set(settingDescriptions.flatMap(namesOf));
  const unknown = Object.keys(source).filter((name) => !known.has(name));
  if (unknown.length > 0) warnings.push(`${fileName}: nothing reads ${unknown.join(', ')}.`);
  return { source, warnings };
}

interface Given {
  name: string;
  text: string;
}

function namesOf({ name, aliases = [] }: Pick<Setting, 'name' | 'aliases'>): string[] {
  return [name, ...aliases];
}

/** What the setting's names say, the one to be preferred first: by source, and within a source by name. */
function textsOf(setting: Setting, sources: readonly Source[]): Given[] {
  const found = new Map<string, string>();
  for (const source of sources) {
    for (const name of namesOf(setting)) {
      const text = source[name]?.trim();
      if (text && !found.has(name)) found.set(name, text);
    }
  }
  return [...found].map(([name, text]) => ({ name, text }));
}

function differences(chosen: Given, given: readonly Given[]): string[] {
  return given
    .filter(({ text }) => text !== chosen.text)
    .map(({ name }) => `${name} differs from ${chosen.name}, which is used.`);
}

function refusal(setting: Setting, given: readonly Given[], text: string): string {
  const names = given.map(({ name }) => name);
  const culprit = setting.joined ? names.join(' and ') : names[0];
  const { expects } = setting.type;
  return setting.secret ? `${culprit} should be ${expects}.` : `${culprit} is "${text}", but should be ${expects}.`;
}
