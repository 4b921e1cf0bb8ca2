// Places: a map, and beside it in words all that is on it.

import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useCallback, useMemo, useRef, useState } from 'react';
import { Tab, TabList, TabPanel, Tabs } from 'react-aria-components';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import type { Point } from '../api/nerutalk-places.ts';
import { useMe } from '../api/session.ts';
import { useStore } from '../store/store.ts';
import { Spinner } from '../ui/pieces.tsx';
import { FencesTab } from './fences-tab.tsx';
import { MineTab } from './mine-tab.tsx';
import { PeopleTab } from './people-tab.tsx';
import { useSharers } from './places.ts';
import { reporting } from './reporter.ts';
import { TrackTab } from './track-tab.tsx';
import type { Circle, Face, MapHandle } from './world-map.tsx';
import './location.css';

const WorldMap = lazy(() => import('./world-map.tsx'));

const parts = ['people', 'mine', 'fences', 'track'] as const;
type Part = (typeof parts)[number];

export default function LocationPage() {
  const { t } = useTranslation();
  const me = useMe();
  const [part, setPart] = useState<Part>('people');
  const [draft, setDraft] = useState<Circle | null>(null);
  const [track, setTrack] = useState<{ points: readonly Point[]; moment: Point | null }>({ points: [], moment: null });
  const map = useRef<MapHandle>(null);
  const { sharers, isPending } = useSharers();
  const here = useStore(reporting, (now) => now.here);
  const mine = useQuery({ queryKey: ['places', 'mine'], queryFn: places.myPlace });
  const fences = useQuery({ queryKey: ['places', 'fences'], queryFn: places.fences });
  const myPlace = here ?? mine.data ?? null;

  const faces = useMemo<Face[]>(() => {
    const others = sharers.flatMap(({ person, place }) =>
      place
        ? [
            {
              ...place,
              id: place.personId,
              name: person?.name ?? '',
              avatarUrl: person?.avatarUrl ?? null,
              isMine: false,
            },
          ]
        : [],
    );
    return myPlace
      ? [...others, { ...myPlace, id: me.id, name: t('list.you'), avatarUrl: me.avatarUrl, isMine: true }]
      : others;
  }, [sharers, myPlace, me, t]);
  const on = useMemo(
    () => ({
      faces,
      fences: fences.data ?? [],
      draft: part === 'fences' ? draft : null,
      track: part === 'track' ? track.points : [],
      moment: part === 'track' ? track.moment : null,
    }),
    [faces, fences.data, draft, track, part],
  );
  const showAll = useCallback((points: readonly Point[]) => map.current?.show(points), []);
  const goTo = (point: Point, radius?: number) => map.current?.goTo(point, radius);

  return (
    <section className="places" aria-label={t('nav.location')}>
      <div className="places-words">
        <header className="page-head">
          <h1>{t('nav.location')}</h1>
        </header>
        <Tabs selectedKey={part} onSelectionChange={(key) => setPart(key as Part)}>
          <TabList className="tabs" aria-label={t('nav.location')}>
            {parts.map((each) => (
              <Tab key={each} id={each}>
                {t(`places.${each}`)}
              </Tab>
            ))}
          </TabList>
          <TabPanel id="people">
            <PeopleTab sharers={sharers} isPending={isPending} myPlace={myPlace} goTo={goTo} />
          </TabPanel>
          <TabPanel id="mine">
            <MineTab myPlace={myPlace} goTo={goTo} />
          </TabPanel>
          <TabPanel id="fences">
            <FencesTab
              fences={fences}
              draft={draft}
              onDraft={setDraft}
              suggest={() => myPlace ?? map.current?.centre() ?? { latitude: 0, longitude: 0 }}
              myPlace={myPlace}
              goTo={goTo}
            />
          </TabPanel>
          <TabPanel id="track">
            <TrackTab onShow={setTrack} goTo={goTo} showAll={showAll} />
          </TabPanel>
        </Tabs>
      </div>
      <div className="places-map">
        <Suspense fallback={<Spinner />}>
          <WorldMap
            ref={map}
            on={on}
            onPick={({ latitude, longitude }) =>
              setDraft((now) => (now && part === 'fences' ? { ...now, latitude, longitude } : now))
            }
          />
        </Suspense>
      </div>
    </section>
  );
}
