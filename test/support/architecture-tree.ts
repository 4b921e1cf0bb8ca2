// Compares the tree printed in ARCHITECTURE.md with the folders as they are.

import { readdirSync } from 'node:fs';
import { join } from 'node:path';

interface Level {
  indent: number;
  folder: string;
}

/**
 * What is wrong with the tree in `markdown`, in sentences. It is a fenced block with a line `src/`; under it, deeper by
 * indentation, each line begins with one or more names: `name.ts`, or `name/` for a folder; what follows is prose. All
 * that is named must exist, and where names under a folder are given they must be all: a folder with none is not looked
 * into.
 */
export function treeProblems(markdown: string, root: string): string[] {
  const block = [...markdown.matchAll(/^```.*\n([\s\S]*?)^```/gm)].map(([, text = '']) => text).find(hasSource);
  if (block === undefined) return ['There is no fenced block with a line that begins with "src/".'];

  const problems: string[] = [];
  const named = new Map<string, Set<string>>();
  const open: Level[] = [];
  for (const line of block.split('\n').filter((each) => each.trim() !== '')) {
    const indent = line.length - line.trimStart().length;
    while ((open.at(-1)?.indent ?? -1) >= indent) open.pop();
    const parent = open.at(-1)?.folder;
    const names = leadingNames(line);
    if (parent === undefined && names[0] !== 'src/') continue;
    const siblings = parent === undefined ? new Set<string>() : (named.get(parent) ?? new Set());
    for (const name of names) siblings.add(name);
    if (parent !== undefined) named.set(parent, siblings);
    const [only, ...others] = names;
    if (only?.endsWith('/') && others.length === 0) open.push({ indent, folder: join(parent ?? '', only) });
  }

  for (const [folder, names] of named) {
    const real = realNames(join(root, folder));
    for (const name of names) if (!real.has(name)) problems.push(`${join(folder, name)} is drawn and does not exist.`);
    for (const name of real) if (!names.has(name)) problems.push(`${join(folder, name)} exists and is not drawn.`);
  }
  return problems;
}

function hasSource(block: string): boolean {
  return /^src\//m.test(block);
}

/** `main.ts  config.ts   how it starts` → main.ts, config.ts */
function leadingNames(line: string): string[] {
  const words = line.trim().split(/\s+/);
  const end = words.findIndex((word) => !/^[\w@-][\w.@-]*(\/|\.[a-z]+)$/.test(word));
  return words.slice(0, end === -1 ? words.length : end);
}

function realNames(folder: string): Set<string> {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return new Set(entries.map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name)));
  } catch {
    return new Set();
  }
}
