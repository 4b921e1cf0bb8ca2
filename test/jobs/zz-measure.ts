const t0 = performance.now();
const { openJobs } = await import('../../src/adapters/jobs/pg-boss.ts');
console.log('import', Math.round(performance.now() - t0));
const { makeTestDatabase } = await import('../../test/support/database.ts');
const { openDatabase } = await import('../../src/adapters/database/index.ts');
const log = { info: console.log, warn: (m: string) => console.log('WARN', m) };
for (const kind of ['embedded', 'postgresql'] as const) {
  const place = await makeTestDatabase(kind);
  for (const round of [1, 2, 3]) {
    const database = await openDatabase({ url: place.url, dataDir: place.dataDir, log });
    await database.pool.query('select 1 from accounts limit 1');
    let t = performance.now();
    const jobs = await openJobs({ pool: database.pool, kind, log });
    console.log(kind, 'start', round, Math.round(performance.now() - t), 'ms');
    if (round === 3) {
      const run = async (work: (tx: any, i: number) => Promise<unknown>) => { const t = performance.now(); for (let i = 0; i < 100; i++) await database.db.transaction().execute((tx) => work(tx, i)); return ((performance.now() - t) / 100).toFixed(2); };
      for (let k = 0; k < 3; k++) console.log('with enqueue', await run((tx, i) => jobs.enqueue(tx, { name: 'send-code', data: { codeId: i } })), 'with one select', await run((tx) => tx.selectFrom('accounts').select('id').limit(1).execute()));
      let done = 0; t = performance.now();
      await jobs.work('send-code', async () => { done++; });
      while (done < 300) await new Promise(r => setTimeout(r, 2));
      console.log('300 jobs drained in', Math.round(performance.now() - t));
      const lat: number[] = [];
      for (let k = 0; k < 20; k++) { const before = done; await database.db.transaction().execute((tx) => jobs.enqueue(tx, { name: 'send-code', data: { codeId: 1 } })); t = performance.now(); jobs.wake('send-code'); while (done === before) await new Promise(r => setTimeout(r, 1)); lat.push(performance.now() - t); await new Promise(r => setTimeout(r, 30)); }
      console.log('wake to handler median', lat.sort((a, b) => a - b)[10]!.toFixed(1), 'max', lat[19]!.toFixed(1));
    }
    await jobs.close(); await database.close();
  }
  await place.remove();
}
