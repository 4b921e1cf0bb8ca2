// Reports in the core: who may, what they may point at, and that nobody hears of them.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Member } from '../../../src/core/context.ts';
import { DomainError } from '../../../src/core/errors.ts';
import type { ReportId } from '../../../src/core/ids.ts';
import { sendMessage } from '../../../src/core/messages/send.ts';
import {
  allReports,
  changeReport,
  commentReport,
  fileReport,
  ownReports,
  report,
  resolveReport,
} from '../../../src/core/moderation/reports.ts';
import { databaseKinds } from '../../support/database.ts';
import { openCore, text, type Core } from '../support.ts';

describe.each(databaseKinds)('reports on %s', (kind) => {
  let core: Core;
  let alice: Member;
  let bob: Member;
  let mallory: Member;
  let root: Member;
  beforeAll(async () => {
    core = await openCore(kind);
    [alice, bob, mallory, root] = (await Promise.all(
      ['alice', 'bob', 'mallory', 'root'].map((name) => core.person(name)),
    )) as [Member, Member, Member, Member];
    await core.database.db
      .updateTable('accounts')
      .set({ is_superuser: true })
      .where('id', '=', root.accountId)
      .execute();
  }, 120_000);
  afterAll(() => core.close());

  const refusal = async (attempt: Promise<unknown>) => {
    const error: unknown = await attempt.then(
      () => null,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(DomainError);
    return (error as DomainError).reason;
  };

  test('point at what is in the reporter’s reach, and tell nobody', async () => {
    const conversationId = await core.direct(alice, bob);
    const message = await core.messenger.execute(bob, sendMessage, text(conversationId, 'rude'));
    const before = core.published.length;
    const about = (subject: object, by = alice) =>
      core.messenger.execute(by, fileReport, { title: 't', content: 'c', about: subject });
    const { id } = await about({ messageId: message.id });
    expect((await core.messenger.ask(root, report, { id })).subject).toEqual({
      messageId: message.id,
      conversationId,
      accountId: bob.accountId,
    });
    const { id: second } = await about({ conversationId });
    expect((await core.messenger.ask(root, report, { id: second })).subject.conversationId).toBe(conversationId);
    expect(await refusal(about({ messageId: message.id }, mallory))).toBe('not_a_member');
    expect(await refusal(about({ conversationId }, mallory))).toBe('not_a_member');
    expect(await refusal(about({ messageId: 999_999 }))).toBe('no_such_message');
    expect(await refusal(about({ accountId: 999_999 }))).toBe('no_such_person');
    await core.messenger.execute(root, commentReport, { id, comment: 'x', status: 'resolved' });
    expect(core.published.slice(before).flat()).toEqual([]);
  });

  test('are changed by their reporter while open, answered by superusers, seen by nobody else', async () => {
    const { id } = await core.messenger.execute(alice, fileReport, { title: 'one', content: '' });
    const unknown = 999_999 as ReportId;
    const run = core.messenger;
    expect(await refusal(run.execute(mallory, changeReport, { id, title: 'x' }))).toBe('not_the_reporter');
    expect(await refusal(run.execute(root, changeReport, { id, title: 'x' }))).toBe('not_the_reporter');
    expect(await refusal(run.execute(alice, changeReport, { id: unknown, title: 'x' }))).toBe('no_such_report');
    expect(await refusal(run.ask(mallory, report, { id }))).toBe('not_the_reporter');
    expect(await refusal(run.ask(mallory, allReports, {}))).toBe('not_a_superuser');
    for (const person of [alice, mallory]) {
      expect(await refusal(run.execute(person, commentReport, { id, comment: '' }))).toBe('not_a_superuser');
      expect(await refusal(run.execute(person, resolveReport, { id }))).toBe('not_a_superuser');
    }
    expect(await refusal(run.execute(root, commentReport, { id, comment: '', status: 'x' }))).toBe('no_such_status');
    expect(await refusal(run.execute(root, resolveReport, { id: unknown }))).toBe('no_such_report');
    await run.execute(root, resolveReport, { id });
    expect(await refusal(run.execute(alice, changeReport, { id, title: 'x' }))).toBe('report_not_open');
    expect(await run.ask(alice, ownReports, { status: 'resolved' })).toContainEqual(
      expect.objectContaining({ id, title: 'one', resolvedBy: root.accountId }),
    );
    expect(await run.ask(mallory, ownReports, {})).toEqual([]);
  });
});
