// The ledger of deliveries: what was handed to which service, how it ended, and once more where that makes sense.

import { keepPreviousData, useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { Link } from 'wouter';
import * as operations from '../api/operations.ts';
import { queries } from '../store/queries.ts';
import { act, sentence } from '../ui/acting.ts';
import { Button } from '../ui/controls.tsx';
import { Dialog } from '../ui/floating.tsx';
import { Empty, note, Skeleton } from '../ui/pieces.tsx';
import { stamp } from '../ui/times.ts';

export default function DeliveriesPart() {
  const { t } = useTranslation();
  const [service, setService] = useState<operations.Service | ''>('');
  const [state, setState] = useState<operations.DeliveryState | ''>('');
  const [open, setOpen] = useState<number | null>(null);
  const filter = { ...(service !== '' && { service }), ...(state !== '' && { state }) };
  const pages = useInfiniteQuery({
    queryKey: ['deliveries', service, state],
    queryFn: ({ pageParam }) => operations.deliveries(filter, pageParam),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: ({ next }) => next ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: 5_000,
    staleTime: 0,
  });
  const shown = pages.data?.pages.flatMap(({ deliveries }) => deliveries) ?? [];
  return (
    <>
      <div className="toolbar">
        <label className="choice">
          <span>{t('console.service')}</span>
          <select value={service} onChange={(event) => setService(event.target.value as typeof service)}>
            <option value="">{t('console.all')}</option>
            {operations.services.map((each) => (
              <option key={each} value={each}>
                {t(`service.${each}`)}
              </option>
            ))}
          </select>
        </label>
        <label className="choice">
          <span>{t('console.state')}</span>
          <select value={state} onChange={(event) => setState(event.target.value as typeof state)}>
            <option value="">{t('console.all')}</option>
            {operations.states.map((each) => (
              <option key={each} value={each}>
                {t(`deliveryState.${each}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
      {pages.isPending && <Skeleton rows={5} />}
      {pages.isError && <p className="hint">{sentence(pages.error)}</p>}
      {pages.isSuccess && shown.length === 0 && (
        <Empty icon="send" title={t('console.noDeliveries')}>
          <p>{t('console.noDeliveriesHint')}</p>
        </Empty>
      )}
      {shown.length > 0 && (
        <div className="scroller" tabIndex={0} role="group" aria-label={t('console.deliveries')}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t('console.number')}</th>
                <th scope="col">{t('console.kind')}</th>
                <th scope="col">{t('console.recipient')}</th>
                <th scope="col">{t('console.service')}</th>
                <th scope="col">{t('console.state')}</th>
                <th scope="col">{t('console.attempts')}</th>
                <th scope="col">{t('console.time')}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((delivery) => (
                <tr key={delivery.id}>
                  <th scope="row">
                    <button
                      type="button"
                      className="text-button"
                      aria-label={t('console.deliveryOf', { id: delivery.id })}
                      onClick={() => setOpen(delivery.id)}
                    >
                      {delivery.id}
                    </button>
                  </th>
                  <td>
                    <code>{delivery.kind}</code>
                  </td>
                  <td>{delivery.account?.username ?? '–'}</td>
                  <td>
                    {t(`service.${delivery.service}`)}
                    {delivery.adapter !== null && ` (${delivery.adapter})`}
                  </td>
                  <td>
                    <State state={delivery.state} />
                  </td>
                  <td>{delivery.attempts}</td>
                  <td>{stamp(delivery.updated_at)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
      {pages.hasNextPage && (
        <Button wide isDisabled={pages.isFetchingNextPage} onPress={() => act(() => pages.fetchNextPage())}>
          {t('list.more')}
        </Button>
      )}
      {open !== null && <OneDelivery id={open} onClose={() => setOpen(null)} />}
    </>
  );
}

function State({ state }: { state: operations.DeliveryState }) {
  const { t } = useTranslation();
  return <span className={`state state-${state}`}>{t(`deliveryState.${state}`)}</span>;
}

function OneDelivery({ id, onClose }: { id: number; onClose: () => void }) {
  const { t } = useTranslation();
  const queryKey = ['delivery', id];
  const delivery = useQuery({
    queryKey,
    queryFn: () => operations.delivery(id),
    refetchInterval: ({ state: { data } }) => (data?.state === 'waiting' || data?.state === 'sending' ? 1_000 : 5_000),
    staleTime: 0,
  });
  const replay = async () => {
    queries.setQueryData(queryKey, await operations.replay(id));
    await queries.invalidateQueries({ queryKey: ['deliveries'] });
    note(t('console.replayed'));
  };
  return (
    <Dialog title={t('console.deliveryOf', { id })} onClose={onClose} wide>
      {delivery.isPending && <Skeleton rows={3} />}
      {delivery.isError && <p className="hint">{sentence(delivery.error)}</p>}
      {delivery.data && (
        <>
          <dl className="facts">
            <div>
              <dt>{t('console.state')}</dt>
              <dd>
                <State state={delivery.data.state} />
              </dd>
            </div>
            <div>
              <dt>{t('console.sentAs')}</dt>
              <dd>
                <code>{delivery.data.sent_as}</code>
              </dd>
            </div>
            <div>
              <dt>{t('console.kind')}</dt>
              <dd>
                <code>{delivery.data.kind}</code>
              </dd>
            </div>
            {delivery.data.account && (
              <div>
                <dt>{t('console.recipient')}</dt>
                <dd>
                  <Link href={`/console/people/${delivery.data.account.id}`} onClick={onClose}>
                    {delivery.data.account.username}
                  </Link>
                </dd>
              </div>
            )}
          </dl>
          <h3>{t('console.attempts')}</h3>
          {delivery.data.history.length === 0 && <p className="hint">{t('console.noAttempts')}</p>}
          <ol className="panel-rows attempts">
            {delivery.data.history.map((attempt) => (
              <li key={attempt.no}>
                <span className="panel-text">
                  <code>{attempt.outcome ?? '…'}</code> {attempt.adapter}
                  {attempt.reason !== null && <small dir="auto">{attempt.reason}</small>}
                  {attempt.asked_by && <small>{t('console.askedBy', { name: attempt.asked_by.username })}</small>}
                </span>
                <small>{stamp(attempt.began_at)}</small>
              </li>
            ))}
          </ol>
          <div className="dialog-actions">
            <Button kind="primary" icon="retry" isDisabled={!delivery.data.can_replay} onPress={() => act(replay)}>
              {t('console.replay')}
            </Button>
          </div>
        </>
      )}
    </Dialog>
  );
}
