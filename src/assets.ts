// Files the server hands to browsers as they are, made ready by the build, or on first use where nothing was built.

import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** From src/ and from dist/ alike. */
const FOLDER = join(import.meta.dirname, '..', 'dist', 'assets');
const LOGO_ELSEWHERE = 'https://cdn.redoc.ly/redoc/logo-mini.svg';
const NO_LOGO = 'data:image/gif;base64,R0lGODlhAQABAAAAACwAAAAAAQABAAA=';

const makers = {
  /** ReDoc, without the picture it would fetch from elsewhere. */
  'redoc.standalone.js': () => {
    const bundle = readFileSync(createRequire(import.meta.url).resolve('redoc/bundles/redoc.standalone.js'), 'utf8');
    return bundle.replaceAll(LOGO_ELSEWHERE, NO_LOGO);
  },
} satisfies Record<string, () => string>;

export type AssetName = keyof typeof makers;

/** Where the file is; made now if no build made it. */
export function assetPath(name: AssetName): string {
  const path = join(FOLDER, name);
  if (!existsSync(path)) writeAsset(FOLDER, name);
  return path;
}

/**
 * Makes every asset in `folder`: the last step of the build in scripts/setup.mjs, which calls it compiled.
 *
 * @public
 */
export function writeAssets(folder: string): void {
  for (const name of Object.keys(makers) as AssetName[]) writeAsset(folder, name);
}

function writeAsset(folder: string, name: AssetName): void {
  mkdirSync(folder, { recursive: true });
  const unfinished = join(folder, `${name}.${process.pid}`);
  writeFileSync(unfinished, makers[name]());
  renameSync(unfinished, join(folder, name));
}
