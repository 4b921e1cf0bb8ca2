// A section made of parts: their names beside what is shown of them, or before it where there is no room for both.

import { Suspense, useEffect, useRef, type ComponentType, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { Link, useLocation } from 'wouter';
import { Icon, type IconName } from './icons.tsx';
import { Spinner } from './pieces.tsx';
import './parts.css';

export interface Part {
  /** Below the section's own. */
  path: string;
  /** Its name's key in texts/. */
  name: string;
  icon: IconName;
  Page: ComponentType;
}

/** The first of `parts` is what stands beside the names as long as none was chosen. */
export function Parts({
  base,
  title,
  parts,
  wide = false,
}: {
  base: string;
  title: string;
  parts: readonly Part[];
  /** For tables. */
  wide?: boolean;
}) {
  const { t } = useTranslation();
  const [location] = useLocation();
  const heading = useRef<HTMLHeadingElement>(null);
  const nav = useRef<HTMLElement>(null);
  const chosen = parts.find(({ path }) => `${location}/`.startsWith(`${base}/${path}/`));
  const { path, name, Page } = chosen ?? parts[0]!;
  useEffect(() => {
    // Where the names made room for what they lead to, so does the focus.
    if (chosen !== undefined && nav.current?.offsetParent === null) heading.current?.focus();
  }, [chosen]);
  return (
    <div className={chosen === undefined ? 'parts' : 'parts parts-inside'}>
      <nav className="parts-nav" aria-label={title} ref={nav}>
        <h1>{title}</h1>
        <ul>
          {parts.map((each) => (
            <li key={each.path}>
              <Link href={`${base}/${each.path}`} aria-current={each.path === path ? 'page' : undefined}>
                <Icon name={each.icon} />
                <span>{t(each.name)}</span>
              </Link>
            </li>
          ))}
        </ul>
      </nav>
      <section className={wide ? 'page part part-wide' : 'page part'} key={path} aria-label={t(name)}>
        <header className="page-head part-head">
          <Link href={base} className="icon-button parts-back" aria-label={title}>
            <Icon name="back" />
          </Link>
          <h1 ref={heading} tabIndex={-1}>
            {t(name)}
          </h1>
        </header>
        <Suspense fallback={<Spinner />}>
          <Page />
        </Suspense>
      </section>
    </div>
  );
}

/** Things that belong together, in a frame of their own. */
export function Panel({ title, hint, children }: { title?: string; hint?: string; children: ReactNode }) {
  return (
    <section className="panel-with-title">
      {title !== undefined && <h2>{title}</h2>}
      {hint !== undefined && <p className="hint">{hint}</p>}
      <div className="panel">{children}</div>
    </section>
  );
}
