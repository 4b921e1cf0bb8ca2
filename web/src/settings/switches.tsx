// A list of switches that the server keeps: each is set as it is pressed, and goes back if the server says no.

import { useQuery, type QueryKey } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { assume, queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Toggle } from '../ui/controls.tsx';
import { Skeleton } from '../ui/pieces.tsx';

export function Switches<Name extends string>({
  queryKey,
  names,
  ask,
  change,
  hasHints = false,
}: {
  queryKey: QueryKey;
  names: readonly Name[];
  ask: () => Promise<Record<Name, boolean>>;
  /** Answers all of them as they stand. */
  change: (one: Partial<Record<Name, boolean>>) => Promise<Record<Name, boolean>>;
  /** Each says under its name what it means. */
  hasHints?: boolean;
}) {
  const { t } = useTranslation();
  const asked = useQuery({ queryKey, queryFn: ask });
  if (asked.isPending) return <Skeleton rows={2} />;
  if (asked.isError) return <p className="hint">{sentence(asked.error)}</p>;
  const set = async (name: Name, isOn: boolean) => {
    assume(queryKey, { ...asked.data, [name]: isOn });
    try {
      queries.setQueryData(queryKey, await change({ [name]: isOn } as Partial<Record<Name, boolean>>));
    } catch (error) {
      queries.setQueryData(queryKey, asked.data);
      throw error;
    }
  };
  return names.map((name) => (
    <Toggle
      key={name}
      label={t(`switch.${name}`)}
      {...(hasHints && { hint: t(`switch.${name}_hint`) })}
      isOn={asked.data[name]}
      onChange={(isOn) => act(() => set(name, isOn))}
    />
  ));
}
