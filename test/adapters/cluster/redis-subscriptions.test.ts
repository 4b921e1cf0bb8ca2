// What this process wants to hear: nobody waits for ever for a Redis that does not answer.

import { expect, it } from 'vitest';
import { Subscriptions } from '../../../src/adapters/cluster/redis-subscriptions.ts';

it('a subscription that is never answered is given up, and tried again', async () => {
  const asked: string[][] = [];
  let answers = false;
  const subscriptions = new Subscriptions();
  subscriptions.use({
    subscribe(channels) {
      asked.push([...channels]);
      return answers ? Promise.resolve() : new Promise(() => {});
    },
    unsubscribe: async () => {},
  });
  await subscriptions.want(['one']);
  answers = true;
  subscriptions.settle();
  await subscriptions.want(['two']);
  expect(asked).toEqual([['one'], ['one', 'two']]);
});
