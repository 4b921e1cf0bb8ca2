// What floats above the page, by its name: the components themselves are loaded once the page has come to rest, or when the
// first is wanted.

import { lazy, Suspense, useRef, useState, type ComponentType } from 'react';
import { IconButton } from './controls.tsx';
import type { IconName } from './icons.tsx';
import type * as Overlays from './overlays.tsx';
import type { ConfirmProps, DialogProps, FloatAtProps, MenuAtProps, MenuChoice } from './overlays.tsx';

const overlays = () => import('./overlays.tsx');
// In the cache before anybody presses anything.
if ('requestIdleCallback' in globalThis) requestIdleCallback(() => void overlays().catch(() => undefined));

/** The same component, there as soon as it is loaded. */
function floating<P extends object>(pick: (all: typeof Overlays) => ComponentType<P>): ComponentType<P> {
  const Loaded = lazy(async () => ({ default: pick(await overlays()) })) as unknown as ComponentType<P>;
  return (props) => (
    <Suspense>
      <Loaded {...props} />
    </Suspense>
  );
}

/** A list of things to do beside something that is no button of its own: one for a whole list of things. */
export const MenuAt = floating<MenuAtProps>((all) => all.MenuAt);

/** Anything that floats beside something. */
export const FloatAt = floating<FloatAtProps>((all) => all.FloatAt);

/** Asks for one thing before all else; Escape and a click beside it close it. */
export const Dialog = floating<DialogProps>((all) => all.Dialog);

/** Asks once more before something that cannot be undone. */
export const Confirm = floating<ConfirmProps>((all) => all.Confirm);

/** A button that opens a list of things to do. */
export function MenuButton({
  label,
  icon,
  choices,
}: {
  label: string;
  icon: IconName;
  choices: readonly MenuChoice[];
}) {
  const anchor = useRef<HTMLButtonElement>(null);
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <IconButton
        ref={anchor}
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={isOpen}
        onPress={() => setOpen(true)}
      />
      {isOpen && <MenuAt label={label} anchor={anchor} choices={choices} onClose={() => setOpen(false)} />}
    </>
  );
}
