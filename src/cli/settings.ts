// `npm run settings`: every setting, its other names, its default and its meaning; with --env-example, as an .env file.

import { settingDescriptions, type SettingDescription } from '../config.ts';

const WIDTH = 100;

console.log(process.argv.includes('--env-example') ? envExample() : table());

function table(): string {
  return [
    'Read from the environment, then .env, then config.env; the first to name a setting wins. Of several names the',
    'one that stands first wins ("or"), or all are joined ("+").',
    ...byGroup().flatMap(([group, settings]) => ['', group, ...settings.flatMap((each) => ['', ...described(each)])]),
  ].join('\n');
}

function described(setting: SettingDescription): string[] {
  const names = [setting.name, ...(setting.aliases ?? [])].join(setting.joined ? ' + ' : ' or ');
  return [`  ${names}`, ...wrapped(setting.meaning, '      '), ...wrapped(`Default: ${defaultOf(setting)}.`, '      ')];
}

function envExample(): string {
  return [
    '# Copy this file to .env and take the # off what you change. What is written here is the default.',
    '# Made by: npm run --silent settings -- --env-example > .env.example',
    ...byGroup().flatMap(([group, settings]) => ['', `# ── ${group}`, ...settings.flatMap(exampleOf)]),
  ].join('\n');
}

function exampleOf(setting: SettingDescription): string[] {
  const also = setting.joined ? 'Joined with' : 'Other names:';
  const notes = [
    setting.meaning,
    ...(setting.otherwise ? [`Default: ${setting.otherwise}.`] : []),
    ...(setting.aliases ? [`${also} ${setting.aliases.join(', ')}.`] : []),
  ];
  return ['', ...notes.flatMap((note) => wrapped(note, '# ')), `#${setting.name}=${setting.default ?? ''}`];
}

function defaultOf({ otherwise, default: text }: SettingDescription): string {
  return otherwise ?? text ?? 'none';
}

function byGroup(): [string, SettingDescription[]][] {
  const groups = new Map<string, SettingDescription[]>();
  for (const setting of settingDescriptions) {
    groups.set(setting.group, [...(groups.get(setting.group) ?? []), setting]);
  }
  return [...groups];
}

function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const longer = `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && longer.length <= WIDTH) lines.splice(-1, 1, longer);
    else lines.push(indent + word);
  }
  return lines;
}
