// Who shows me where they are, and who of them is near.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import type { Place, Point } from '../api/nerutalk-places.ts';
import { Avatar, Empty, Skeleton } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { useNow, type Sharer } from './places.ts';
import { between, coordinates, distance, remaining } from './words.ts';

interface GoTo {
  goTo: (point: Point, radius?: number) => void;
}

export function PeopleTab({
  sharers,
  isPending,
  myPlace,
  goTo,
}: GoTo & { sharers: readonly Sharer[]; isPending: boolean; myPlace: Place | null }) {
  const { t } = useTranslation();
  if (isPending) return <Skeleton rows={3} />;
  return (
    <>
      {sharers.length === 0 ? (
        <Empty icon="location" title={t('places.nobody')}>
          <p>{t('places.nobodyHint')}</p>
        </Empty>
      ) : (
        <>
          <h2 id="places-sharers">{t('places.showMe')}</h2>
          <ul className="choices" aria-labelledby="places-sharers">
            {sharers.map((sharer) => (
              <SharerRow key={sharer.share.ownerId} sharer={sharer} myPlace={myPlace} goTo={goTo} />
            ))}
          </ul>
        </>
      )}
      {myPlace && <Nearby goTo={goTo} />}
    </>
  );
}

function SharerRow({
  sharer: { share, person, place },
  myPlace,
  goTo,
}: GoTo & { sharer: Sharer; myPlace: Place | null }) {
  const { t } = useTranslation();
  const now = useNow();
  const name = person?.name ?? '…';
  return (
    <li>
      <button type="button" disabled={place === null} onClick={() => place && goTo(place, place.accuracy ?? undefined)}>
        <Avatar id={share.ownerId} name={name} url={person?.avatarUrl ?? null} />
        <span>
          {name}
          {place === null ? (
            <small>{t('places.notKnown')}</small>
          ) : (
            <>
              <small>
                {coordinates(place)}
                {myPlace && ` · ${t('places.away', { distance: distance(between(myPlace, place)) })}`}
              </small>
              <small>
                {t('places.seen', { time: brief(place.at) })}
                {' · '}
                {t(`places.precision_${share.precision}`)}
              </small>
            </>
          )}
          {share.expiresAt !== null && (
            <small>{t('places.remaining', { time: remaining(share.expiresAt, now) })}</small>
          )}
        </span>
      </button>
    </li>
  );
}

const radii = [500, 1_000, 5_000, 10_000];

function Nearby({ goTo }: GoTo) {
  const { t } = useTranslation();
  const [radius, setRadius] = useState(1_000);
  const near = useQuery({
    queryKey: ['places', 'nearby', radius],
    queryFn: () => places.nearby(radius),
    staleTime: 10_000,
    placeholderData: (before) => before,
  });
  return (
    <>
      <div className="places-row">
        <h2 id="places-near">{t('places.near')}</h2>
        <label>
          <span className="hidden-text">{t('places.within')}</span>
          <select value={radius} onChange={(event) => setRadius(Number(event.target.value))}>
            {radii.map((each) => (
              <option key={each} value={each}>
                {distance(each)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {near.data?.length === 0 && <p className="hint">{t('places.nobodyNear')}</p>}
      <ul className="choices" aria-labelledby="places-near">
        {(near.data ?? []).map((one) => (
          <li key={one.personId}>
            <button type="button" onClick={() => goTo(one, one.accuracy ?? undefined)}>
              <Avatar id={one.personId} name={one.name} url={one.avatarUrl} size="small" />
              <span>
                {one.name}
                <small>{t('places.away', { distance: distance(one.distance) })}</small>
              </span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
