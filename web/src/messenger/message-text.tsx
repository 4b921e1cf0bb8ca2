// The text of a message as elements. Nothing of it ever becomes markup: what is recognised is put into elements of ours,
// all else stays text, and a link leads only to http and https.

import { Fragment, memo, type ReactNode } from 'react';

interface Mark {
  pattern: RegExp;
  show: (inner: string, key: number) => ReactNode;
}

/** In this order; what is inside of one is not looked at again but for bold and italic. */
const marks: readonly Mark[] = [
  {
    pattern: /```\n?([\s\S]+?)\n?```/,
    show: (inner, key) => (
      <pre key={key}>
        <code>{inner}</code>
      </pre>
    ),
  },
  { pattern: /`([^`\n]+)`/, show: (inner, key) => <code key={key}>{inner}</code> },
  {
    pattern: /(https?:\/\/[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}])/i,
    show: (inner, key) => <Address key={key} text={inner} />,
  },
  { pattern: /\*\*(?=\S)([\s\S]*?\S)\*\*/, show: (inner, key) => <strong key={key}>{inline(inner)}</strong> },
  {
    pattern: /(?<![*\w])\*(?=[^\s*])([^*\n]*?[^\s*])\*(?![*\w])/,
    show: (inner, key) => <em key={key}>{inline(inner)}</em>,
  },
  {
    pattern: /(?<![\p{L}\p{N}_@])(@[\p{L}\p{N}_]+)/u,
    show: (inner, key) => (
      <span key={key} className="mention">
        {inner}
      </span>
    ),
  },
];

function Address({ text }: { text: string }) {
  let address: URL;
  try {
    address = new URL(text);
  } catch {
    return text;
  }
  if (address.protocol !== 'http:' && address.protocol !== 'https:') return text;
  return (
    <a href={address.href} target="_blank" rel="noopener noreferrer nofollow">
      {text}
    </a>
  );
}

/** The first mark there is, then what follows it. */
function inline(text: string): ReactNode[] {
  const shown: ReactNode[] = [];
  let rest = text;
  for (let key = 0; rest !== '' && key < 500; key += 1) {
    let first: { match: RegExpExecArray; mark: Mark } | null = null;
    for (const mark of marks) {
      const match = mark.pattern.exec(rest);
      if (match && (first === null || match.index < first.match.index)) first = { match, mark };
    }
    if (!first) break;
    const { match, mark } = first;
    if (match.index > 0) shown.push(<Fragment key={`t${key}`}>{rest.slice(0, match.index)}</Fragment>);
    shown.push(mark.show(match[1]!, key));
    rest = rest.slice(match.index + match[0].length);
  }
  if (rest !== '') shown.push(<Fragment key="rest">{rest}</Fragment>);
  return shown;
}

/** Texts that could not have a mark in them are the most. */
const mayHaveMarks = /[`*@]|https?:/i;

export const MessageText = memo(function MessageText({ text }: { text: string }) {
  const isOnlyEmoji =
    /^(?:\p{Extended_Pictographic}[\p{Emoji_Modifier}\u{FE0F}\u{200D}\p{Extended_Pictographic}]*){1,6}$/u.test(text);
  return (
    <div className={isOnlyEmoji ? 'message-text message-text-emoji' : 'message-text'} dir="auto">
      {mayHaveMarks.test(text) ? inline(text) : text}
    </div>
  );
});
