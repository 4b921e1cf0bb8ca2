// Where I am, whether this device says so, and to whom I show it.

import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import * as places from '../api/nerutalk-places.ts';
import type { Place, Point, Share } from '../api/nerutalk-places.ts';
import { queries } from '../store/queries.ts';
import { useStore } from '../store/store.ts';
import { act } from '../ui/acting.ts';
import { Button, Toggle } from '../ui/controls.tsx';
import { Icon } from '../ui/icons.tsx';
import { Avatar } from '../ui/pieces.tsx';
import { brief } from '../ui/times.ts';
import { locate, reporting, reportNow, startReporting, stopReporting } from './reporter.ts';
import { ShareDialog } from './share-dialog.tsx';
import { isOpen, useNow, usePeople } from './places.ts';
import { Unlocatable, useUnlocated } from './unlocatable.tsx';
import { coordinates, distance, remaining } from './words.ts';

export function MineTab({ myPlace, goTo }: { myPlace: Place | null; goTo: (point: Point, radius?: number) => void }) {
  const { t } = useTranslation();
  const { isOn, trouble } = useStore(reporting);
  const [isSharing, setSharing] = useState(false);
  const unlocated = useUnlocated();
  const update = () => act(() => unlocated.of(async () => reportNow(await locate())));
  return (
    <>
      <Toggle
        label={t('places.report')}
        hint={t('places.reportHint')}
        isOn={isOn}
        onChange={(next) => (next ? startReporting() : stopReporting())}
      />
      {(unlocated.kind ?? trouble) && <Unlocatable kind={(unlocated.kind ?? trouble)!} />}
      <div className="places-mine">
        <Icon name="location" />
        {myPlace === null ? (
          <p>{t('places.unknownMine')}</p>
        ) : (
          <button type="button" className="places-link" onClick={() => goTo(myPlace, myPlace.accuracy ?? undefined)}>
            {coordinates(myPlace)}
            <small>
              {brief(myPlace.at)}
              {myPlace.accuracy !== null && ` · ± ${distance(myPlace.accuracy)}`}
            </small>
          </button>
        )}
        <Button icon="target" onPress={update}>
          {t('places.update')}
        </Button>
      </div>
      <Shares />
      <Button kind="primary" icon="location" wide onPress={() => setSharing(true)}>
        {t('places.share')}
      </Button>
      {isSharing && <ShareDialog onClose={() => setSharing(false)} />}
    </>
  );
}

const mine = { queryKey: ['places', 'outgoing'], queryFn: () => places.shares('outgoing') };

/** To whom I show it. */
function Shares() {
  const { t } = useTranslation();
  const now = useNow();
  const shares = useQuery(mine);
  const open = (shares.data ?? []).filter((share) => isOpen(share, now));
  const people = usePeople(open.flatMap(({ personId }) => personId ?? []).toSorted());
  const stop = (share: Share) =>
    act(async () => {
      await places.stopShare(share.id);
      await queries.invalidateQueries({ queryKey: mine.queryKey });
    });
  const chats = useQuery({
    queryKey: ['places', 'chats'],
    queryFn: places.chatNames,
    enabled: open.some(({ chatId }) => chatId !== null),
  });
  const nameOf = ({ personId, chatId }: Share) =>
    chatId === null ? people.find(({ id }) => id === personId)?.name : chats.data?.get(chatId);
  return (
    <>
      <h2 id="places-shares">{t('places.shownTo')}</h2>
      {open.length === 0 && <p className="hint">{t('places.shownToNobody')}</p>}
      <ul className="cards" aria-labelledby="places-shares">
        {open.map((share) => {
          const name = nameOf(share) ?? t(share.chatId === null ? 'places.everybody' : 'places.aChat');
          return (
            <li key={share.id} className="card">
              <Avatar id={share.personId ?? String(share.id)} name={name} url={null} size="small" />
              <span>
                <strong>{name}</strong>
                <p>
                  {t(`places.precision_${share.precision}`)}
                  {share.expiresAt !== null && ` · ${t('places.remaining', { time: remaining(share.expiresAt, now) })}`}
                </p>
              </span>
              <Button icon="stop" aria-label={t('places.stopOf', { name })} onPress={() => stop(share)}>
                {t('places.stop')}
              </Button>
            </li>
          );
        })}
      </ul>
    </>
  );
}
