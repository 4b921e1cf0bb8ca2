// Fences: circles around places, and what happened at them. Drawn on the map, or by numbers.

import { useQuery, type UseQueryResult } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import type { Fence, Place, Point } from '../api/nerutalk-places.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button, Field, IconButton, Toggle } from '../ui/controls.tsx';
import { Confirm } from '../ui/floating.tsx';
import { Icon } from '../ui/icons.tsx';
import { Skeleton } from '../ui/pieces.tsx';
import { brief, full } from '../ui/times.ts';
import { coordinates, distance } from './words.ts';
import type { Circle } from './world-map.tsx';

const again = (...what: string[]) =>
  Promise.all(what.map((each) => queries.invalidateQueries({ queryKey: ['places', each] })));

interface GoTo {
  goTo: (point: Point, radius?: number) => void;
}

interface Drawing {
  draft: Circle | null;
  onDraft: (draft: Circle | null) => void;
  myPlace: Place | null;
}

export function FencesTab({
  fences,
  suggest,
  goTo,
  ...drawing
}: Drawing &
  GoTo & {
    fences: UseQueryResult<Fence[]>;
    /** Where a new fence begins. */
    suggest: () => Point;
  }) {
  const { t } = useTranslation();
  const [edited, setEdited] = useState<Fence | 'new' | null>(null);
  const [removed, setRemoved] = useState<Fence | null>(null);
  const begin = (fence: Fence | 'new') => {
    const { latitude, longitude } = fence === 'new' ? suggest() : fence;
    const circle = { latitude, longitude, radius: fence === 'new' ? 200 : fence.radius };
    drawing.onDraft(circle);
    setEdited(fence);
    goTo(circle, circle.radius * 2);
  };
  const end = () => {
    setEdited(null);
    drawing.onDraft(null);
  };
  const remove = async ({ id }: Fence) => {
    await places.removeFence(id);
    await again('fences', 'crossings');
  };
  if (fences.isPending) return <Skeleton rows={3} />;
  if (fences.isError) return <p className="hint">{sentence(fences.error)}</p>;
  if (edited !== null && drawing.draft) {
    return (
      <FenceForm
        key={edited === 'new' ? 0 : edited.id}
        fence={edited}
        {...drawing}
        draft={drawing.draft}
        onEnd={end}
        goTo={goTo}
      />
    );
  }
  return (
    <>
      <p className="hint">{t('places.fencesHint')}</p>
      <ul className="cards" aria-label={t('places.fences')}>
        {fences.data.map((fence) => (
          <li key={fence.id} className="card">
            <Icon name="fence" />
            <span>
              <button type="button" className="places-link" onClick={() => goTo(fence, fence.radius * 1.5)}>
                {fence.name}
              </button>
              <p>
                {coordinates(fence)} · {distance(fence.radius)}
              </p>
            </span>
            <IconButton icon="edit" label={t('places.editOf', { name: fence.name })} onPress={() => begin(fence)} />
            <IconButton
              icon="trash"
              label={t('places.removeOf', { name: fence.name })}
              onPress={() => setRemoved(fence)}
            />
          </li>
        ))}
      </ul>
      <Button icon="plus" kind="primary" wide onPress={() => begin('new')}>
        {t('places.newFence')}
      </Button>
      <Crossings />
      {removed && (
        <Confirm
          title={t('places.removeOf', { name: removed.name })}
          text={t('places.removeText')}
          action={t('places.remove')}
          onConfirm={() => act(() => remove(removed))}
          onClose={() => setRemoved(null)}
        />
      )}
    </>
  );
}

/** The newest, of all fences. */
function Crossings() {
  const { t } = useTranslation();
  const crossings = useQuery({ queryKey: ['places', 'crossings'], queryFn: () => places.crossings(50), staleTime: 0 });
  return (
    <>
      <h2 id="places-crossings">{t('places.crossings')}</h2>
      {crossings.data?.length === 0 && <p className="hint">{t('places.noCrossings')}</p>}
      <ul className="places-events" aria-labelledby="places-crossings">
        {(crossings.data ?? []).map(({ id, kind, fenceName, at }) => (
          <li key={id}>
            <Icon name={kind === 'entry' ? 'callIn' : 'callOut'} />
            <span>{t(kind === 'entry' ? 'places.entered' : 'places.left', { name: fenceName })}</span>
            <time dateTime={at} title={full(at)}>
              {brief(at)}
            </time>
          </li>
        ))}
      </ul>
    </>
  );
}

// Near is measured finely, far coarsely.
const radii = [
  20, 25, 30, 40, 50, 60, 75, 100, 125, 150, 200, 250, 300, 400, 500, 600, 750, 1_000, 1_250, 1_500, 2_000, 2_500,
  3_000, 4_000, 5_000, 6_000, 7_500, 10_000,
];
/** The one that is nearest to a radius: a fence may have been drawn elsewhere. */
const stepOf = (radius: number) =>
  radii.reduce((best, each, step) => (Math.abs(each - radius) < Math.abs(radii[best]! - radius) ? step : best), 0);

function within(text: string, reach: number): number | undefined {
  const value = Number(text.trim().replace(',', '.'));
  return text.trim() !== '' && Math.abs(value) <= reach ? value : undefined;
}

function FenceForm({
  fence,
  draft,
  onDraft,
  myPlace,
  onEnd,
  goTo,
}: Drawing & GoTo & { fence: Fence | 'new'; draft: Circle; onEnd: () => void }) {
  const { t } = useTranslation();
  const isNew = fence === 'new';
  const [name, setName] = useState(isNew ? '' : fence.name);
  const [tellsEntry, setTellsEntry] = useState(isNew || fence.tellsEntry);
  const [tellsExit, setTellsExit] = useState(isNew || fence.tellsExit);
  const [isBusy, setBusy] = useState(false);
  const moveTo = (point: Point) => {
    onDraft({ ...draft, ...point });
    goTo(point, draft.radius * 2);
  };
  const save = async () => {
    const drawn = { ...draft, name: name.trim(), tellsEntry, tellsExit };
    await (isNew ? places.drawFence(drawn) : places.changeFence({ ...drawn, id: fence.id }));
    await again('fences');
    onEnd();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() === '' || isBusy) return;
    setBusy(true);
    act(() => save().finally(() => setBusy(false)));
  };
  return (
    <form className="places-form" onSubmit={submit} aria-label={isNew ? t('places.newFence') : fence.name}>
      <Field label={t('places.fenceName')} value={name} onChange={setName} maxLength={255} autoFocus isRequired />
      <p className="hint">{t('places.pickHint')}</p>
      <div className="places-numbers">
        <NumberField
          label={t('places.latitude')}
          value={draft.latitude}
          reach={90}
          onChange={(latitude) => moveTo({ latitude, longitude: draft.longitude })}
        />
        <NumberField
          label={t('places.longitude')}
          value={draft.longitude}
          reach={180}
          onChange={(longitude) => moveTo({ latitude: draft.latitude, longitude })}
        />
      </div>
      {myPlace && (
        <Button icon="target" onPress={() => moveTo({ latitude: myPlace.latitude, longitude: myPlace.longitude })}>
          {t('places.whereIAm')}
        </Button>
      )}
      <label className="places-slider">
        <span>
          {t('places.radius')} <b>{distance(draft.radius)}</b>
        </span>
        <input
          type="range"
          min={0}
          max={radii.length - 1}
          value={stepOf(draft.radius)}
          aria-valuetext={distance(draft.radius)}
          onChange={(event) => onDraft({ ...draft, radius: radii[Number(event.target.value)]! })}
        />
      </label>
      <Toggle label={t('places.tellsEntry')} isOn={tellsEntry} onChange={setTellsEntry} />
      <Toggle label={t('places.tellsExit')} isOn={tellsExit} onChange={setTellsExit} />
      <div className="dialog-actions">
        <Button onPress={onEnd}>{t('common.cancel')}</Button>
        <Button kind="primary" type="submit" isDisabled={name.trim() === '' || isBusy}>
          {t('common.save')}
        </Button>
      </div>
    </form>
  );
}

/** Follows the map, unless somebody is writing in it. */
function NumberField({
  label,
  value,
  reach,
  onChange,
}: {
  label: string;
  value: number;
  reach: number;
  onChange: (value: number) => void;
}) {
  const { t } = useTranslation();
  const [text, setText] = useState<string | null>(null);
  const isWrong = text !== null && within(text, reach) === undefined;
  return (
    <Field
      label={label}
      value={text ?? value.toFixed(5)}
      inputMode="decimal"
      error={isWrong ? t('places.outOfReach', { reach }) : undefined}
      onChange={(next) => {
        setText(next);
        const read = within(next, reach);
        if (read !== undefined) onChange(read);
      }}
      onBlur={() => setText(null)}
    />
  );
}
