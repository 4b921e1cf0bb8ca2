// compose.yaml and Dockerfile, as far as they can be judged without an engine: they name what there is.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parsers } from 'prettier/plugins/yaml';
import { readSettings, settingDescriptions } from '../src/config.ts';

interface Service {
  image?: string;
  build?: string;
  environment?: Record<string, string>;
  volumes?: string[];
  configs?: { source: string }[];
  depends_on?: Record<string, { condition: string }>;
  healthcheck?: { test: string[] };
}

const root = new URL('../', import.meta.url);
const text = (name: string) => readFileSync(new URL(name, root), 'utf8');
const compose = valueOf(await parsers.yaml.parse(text('compose.yaml'), {} as never)) as {
  services: Record<string, Service>;
  volumes: Record<string, null>;
  configs: Record<string, { content: string }>;
};
const { parlance, ...others } = compose.services;
const known = new Set(settingDescriptions.flatMap(({ name, aliases = [] }) => [name, ...aliases]));

/** A node of Prettier's tree of a YAML file. */
interface Yaml {
  type: string;
  value?: string;
  children?: (Yaml | null)[];
}

/** What it stands for: all scalars as texts, but for nothing at all. */
function valueOf(node: Yaml | null | undefined): unknown {
  const children = node?.children ?? [];
  switch (node?.type) {
    case 'mapping':
    case 'flowMapping':
      return Object.fromEntries(children.map((item) => [valueOf(item?.children?.[0]), valueOf(item?.children?.[1])]));
    case 'sequence':
    case 'flowSequence':
      return children.map(valueOf);
    case 'document':
      return valueOf(children.find((child) => child?.type === 'documentBody'));
    case 'root':
    case 'documentBody':
    case 'sequenceItem':
    case 'flowSequenceItem':
    case 'mappingKey':
    case 'mappingValue':
      return valueOf(children[0]);
    default:
      return node?.value ?? null;
  }
}

/** As Compose fills the places in: from `given`, else by default; what must be given and is not is an error. */
function filled(template: string, given: Record<string, string>): string {
  return template.replaceAll(/\$\{(\w+)(?::([-?])([^}]*))?\}/g, (_, name: string, kind?: string, rest?: string) => {
    if (given[name]) return given[name];
    if (kind === '?') throw new Error(`${name} is missing`);
    return rest ?? '';
  });
}

describe('compose.yaml', () => {
  const secrets = { POSTGRES_PASSWORD: 'a1b2c3', JWT_SECRET_KEY: 'kD93hfaPq0ZmVx7LtB2nWc5RyUe8sGjT' };
  const environment = (given: Record<string, string>) =>
    Object.fromEntries(Object.entries(parlance!.environment!).map(([name, value]) => [name, filled(value, given)]));

  it('gives the server nothing but settings it has', () => {
    expect(Object.keys(parlance!.environment!).filter((name) => !known.has(name))).toEqual([]);
  });

  it('starts it with two secrets alone, and not without them', () => {
    const { settings, warnings } = readSettings(environment(secrets));
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({ environment: 'production', port: 8080, databaseUrl: expect.any(String) });
    for (const name of Object.keys(secrets)) {
      expect(() => environment({ ...secrets, [name]: '' })).toThrow(`${name} is missing`);
    }
  });

  it('takes a bucket and a relay when they are given', () => {
    const { settings, warnings } = readSettings(
      environment({
        ...secrets,
        AWS_ACCESS_KEY_ID: 'parlance',
        AWS_SECRET_ACCESS_KEY: 'b1c2d3',
        S3_BUCKET_NAME: 'parlance',
        S3_ENDPOINT: 'https://files.example.org',
        TURN_URL: 'turn:turn.example.org:3478',
        TURN_SECRET: 'c1d2e3',
        PUBLIC_URL: 'https://chat.example.org',
        TRUSTED_PROXIES: '10.0.0.1',
      }),
    );
    expect(warnings).toEqual([]);
    expect(settings).toMatchObject({ s3Bucket: 'parlance', turnUrls: ['turn:turn.example.org:3478'] });
    const keys = filled(compose.configs.s3!.content, {
      AWS_ACCESS_KEY_ID: 'parlance',
      AWS_SECRET_ACCESS_KEY: 'b1c2d3',
    });
    expect(JSON.parse(keys)).toMatchObject({
      identities: [{ credentials: [{ accessKey: 'parlance', secretKey: 'b1c2d3' }] }],
    });
  });

  it('refers only to services, volumes and configs that it has, and waits only for what says that it is well', () => {
    for (const [name, service] of Object.entries(compose.services)) {
      for (const [other, { condition }] of Object.entries(service.depends_on ?? {})) {
        expect(compose.services, name).toHaveProperty(other);
        if (condition === 'service_healthy') expect(compose.services[other], other).toHaveProperty('healthcheck');
      }
      for (const volume of service.volumes ?? []) expect(compose.volumes).toHaveProperty(volume.split(':')[0]!);
      for (const { source } of service.configs ?? []) expect(compose.configs).toHaveProperty(source);
    }
    expect(Object.values(others).every(({ image }) => image?.includes(':') && !image.endsWith(':latest'))).toBe(true);
  });
});

describe('the image', () => {
  const lines = text('Dockerfile').replaceAll('\\\n', ' ').split('\n');
  const ignored = text('.dockerignore').split('\n');

  it('is given all that it copies, and only what is named', () => {
    expect(ignored).toContain('*');
    const named = ignored.filter((line) => line.startsWith('!')).map((line) => line.slice(1));
    expect(named.filter((name) => !existsSync(new URL(name, root)))).toEqual([]);
    const copied = lines.flatMap((line) => /^COPY (?!--from)(.*) \S+$/.exec(line)?.[1]?.split(' ') ?? []);
    expect(copied.filter((name) => name !== '.' && !named.includes(name))).toEqual([]);
  });

  it('has in it every file beside src/ that the server reads', () => {
    const sources = readdirSync(new URL('src', root), { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.ts'),
    );
    const read = sources.flatMap((name) =>
      [
        ...text(`src/${name}`).matchAll(
          /import\.meta\.dirname, '\.\.', '([^']+)'|'\.\.\/([^/']+)', import\.meta\.url/g,
        ),
      ].map(([, folder, file]) => folder ?? file),
    );
    expect(read).toContain('package.json');
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM '))).join('\n');
    const within = [...last.matchAll(/^COPY (?:--from=\w+ )?(.*) \S+$/gm)].flatMap(([, names]) =>
      names!.split(' ').map((name) => name.replace('/app/', '')),
    );
    expect(read.filter((name) => !within.includes(name!))).toEqual([]);
  });

  it('has settings that there are, and what runs in it is nobody special', () => {
    const set = lines.filter((line) => line.startsWith('ENV ')).flatMap((line) => [...line.matchAll(/(\w+)=/g)]);
    expect(set.map(([, name]) => name!).filter((name) => name !== 'NODE_ENV' && !known.has(name))).toEqual([]);
    const user = lines.indexOf('USER node');
    expect(user).toBeGreaterThan(lines.findLastIndex((line) => line.startsWith('FROM ')));
    expect(lines.slice(user).join('\n')).toMatch(/^HEALTHCHECK[^]*^CMD \["node", "dist\/main\.js"\]/m);
  });
});
