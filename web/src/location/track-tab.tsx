// Where I was, on a slider of time.

import { useQuery } from '@tanstack/react-query';
import { useEffect, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import type { Place, Point } from '../api/nerutalk-places.ts';
import { sentence } from '../ui/acting.ts';
import { Empty, Skeleton } from '../ui/pieces.tsx';
import { clock, day, isSameDay } from '../ui/times.ts';
import { coordinates, distance } from './words.ts';

const most = 1_000;
const days = [1, 7, 30] as const;

interface Showing {
  onShow: (track: { points: readonly Point[]; moment: Point | null }) => void;
  goTo: (point: Point, radius?: number) => void;
  showAll: (points: readonly Point[]) => void;
}

export function TrackTab(showing: Showing) {
  const { t } = useTranslation();
  const [span, setSpan] = useState<number>(1);
  const track = useQuery({
    queryKey: ['places', 'track', span],
    queryFn: () => places.myTrack(new Date(Date.now() - span * 86_400_000).toISOString(), most),
  });
  const points = useMemo(() => (track.data ?? []).toReversed(), [track.data]);
  return (
    <>
      <label className="places-row">
        <span>{t('places.since')}</span>
        <select value={span} onChange={(event) => setSpan(Number(event.target.value))}>
          {days.map((each) => (
            <option key={each} value={each}>
              {t('places.days', { count: each })}
            </option>
          ))}
        </select>
      </label>
      {track.isPending && <Skeleton rows={2} />}
      {track.isError && <p className="hint">{sentence(track.error)}</p>}
      {track.data?.length === 0 && (
        <Empty icon="clock" title={t('places.noTrack')}>
          <p>{t('places.noTrackHint')}</p>
        </Empty>
      )}
      {points.length > 0 && <Walk points={points} {...showing} />}
    </>
  );
}

function Walk({ points, onShow, goTo, showAll }: Showing & { points: readonly Place[] }) {
  const { t } = useTranslation();
  const last = points.length - 1;
  const [chosen, setChosen] = useState<number | null>(null);
  const at = Math.min(chosen ?? last, last);
  const moment = points[at]!;
  useEffect(() => {
    onShow({ points, moment });
    return () => onShow({ points: [], moment: null });
  }, [points, moment, onShow]);
  useEffect(() => showAll(points), [points, showAll]);
  const when = (place: Place) => `${day(place.at)}, ${clock(place.at)}`;
  return (
    <>
      <label className="places-slider">
        <span>
          {t('places.time')} <b>{when(moment)}</b>
        </span>
        <input
          type="range"
          min={0}
          max={Math.max(1, last)}
          value={at}
          aria-valuetext={`${when(moment)}: ${coordinates(moment)}`}
          onChange={(event) => setChosen(Number(event.target.value))}
        />
      </label>
      <p className="places-moment">
        <strong>{coordinates(moment)}</strong>
        {moment.accuracy !== null && <small>± {distance(moment.accuracy)}</small>}
      </p>
      <ol className="places-track" aria-label={t('places.track')}>
        {points.map((place, index) => (
          // Several may be of the same moment.
          // oxlint-disable-next-line react/no-array-index-key
          <li key={`${place.at} ${index}`}>
            {(index === 0 || !isSameDay(points[index - 1]!.at, place.at)) && <h2>{day(place.at)}</h2>}
            <button
              type="button"
              aria-pressed={index === at}
              onClick={() => {
                setChosen(index);
                goTo(place, 600);
              }}
            >
              <time dateTime={place.at}>{clock(place.at)}</time>
              <span>{coordinates(place)}</span>
            </button>
          </li>
        ))}
      </ol>
    </>
  );
}
