// Said kindly: this device does not say where it is.

import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../ui/icons.tsx';
import { Unlocated } from './reporter.ts';

/** Does something that needs a place; `kind` says why there was none. */
export function useUnlocated() {
  const [kind, setKind] = useState<Unlocated['kind'] | null>(null);
  return {
    kind,
    async of(work: () => Promise<void>): Promise<void> {
      setKind(null);
      try {
        await work();
      } catch (error) {
        if (!(error instanceof Unlocated)) throw error;
        setKind(error.kind);
      }
    },
  };
}

export function Unlocatable({ kind }: { kind: Unlocated['kind'] }) {
  const { t } = useTranslation();
  return (
    <p className="places-trouble" role="alert">
      <Icon name="warning" />
      {t(kind === 'denied' ? 'places.denied' : 'places.unavailable')}
    </p>
  );
}
