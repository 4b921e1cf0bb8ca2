// What marks a text has, told in time linear in its length: nothing here backtracks.

/** Marks as Markdown has them. Counts are of occurrences. */
export interface Formatting {
  hasBold: boolean;
  hasItalic: boolean;
  hasCode: boolean;
  hasCodeBlock: boolean;
  links: number;
  mentions: number;
  emojis: number;
}

const block = '```';
const bold = '**';

export function formattingOf(text: string): Formatting {
  const prose = withoutBlocks(text);
  const lines = prose.split('\n');
  return {
    hasBold: lines.some((line) => hasPair(line, bold)),
    hasItalic: lines.some((line) => hasPair(line.replaceAll(bold, ''), '*')),
    hasCode: lines.some((line) => hasPair(line, '`')),
    hasCodeBlock: prose !== text,
    links: occurrences(text, /https?:\/\/\S+/g),
    mentions: occurrences(text, mention),
    emojis: occurrences(text, /:[\p{L}\p{N}_]+:/gu),
  };
}

const mention = /@([\p{L}\p{N}_]+)/gu;

/** The names after every `@`, each once, as spelled. */
export function namesMentioned(text: string): string[] {
  return text.includes('@') ? [...new Set(Array.from(text.matchAll(mention), ([, name]) => name!))] : [];
}

/** Which mark is opened and never closed, in words; null: none. */
export function unbalancedMark(text: string): string | null {
  if (count(text, bold) % 2 === 1) return 'Unbalanced bold markers (**).';
  if (count(text, block) % 2 === 1) return 'Unbalanced code block markers (```).';
  if (count(withoutBlocks(text), '`') % 2 === 1) return 'Unbalanced code markers (`).';
  return null;
}

/** The text as it is kept: no space around it, no more than two line breaks or spaces in a row. */
export function tidied(text: string): string {
  return text
    .trim()
    .replaceAll(/\n{3,}/g, '\n\n')
    .replaceAll(/ {3,}/g, '  ');
}

/** How long people would say a text is. */
export function lengthOf(text: string): number {
  let length = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    // The second half of a surrogate pair.
    if (code < 0xdc00 || code > 0xdfff) length += 1;
  }
  return length;
}

/** Without what stands between two marks of a block. */
function withoutBlocks(text: string): string {
  if (!text.includes(block)) return text;
  let kept = '';
  let at = 0;
  for (;;) {
    const start = text.indexOf(block, at);
    const end = start < 0 ? -1 : text.indexOf(block, start + block.length);
    if (end < 0) return kept + text.slice(at);
    kept += text.slice(at, start);
    at = end + block.length;
  }
}

/** Something between two of these marks. */
function hasPair(line: string, mark: string): boolean {
  const start = line.indexOf(mark);
  return start >= 0 && line.indexOf(mark, start + mark.length + 1) >= 0;
}

function count(text: string, mark: string): number {
  let found = 0;
  for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) found += 1;
  return found;
}

function occurrences(text: string, pattern: RegExp): number {
  return text.match(pattern)?.length ?? 0;
}
