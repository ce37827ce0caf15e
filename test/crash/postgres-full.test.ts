import { randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import path from 'node:path';
import { migrateDatabase } from '@turno/postgres';
import postgresJs from 'postgres';
import { afterAll, expect, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { handlersBegin, openFleet } from '../support/apps/fleet.ts';
import { makeLatch } from '../support/latch.ts';
import { ownPostgres } from '../support/stores/mortal-store.ts';
import { mountSmallDisk, type SmallDisk } from '../support/stores/small-disk.ts';

const postgres = await ownPostgres();
const disk = mountSmallDisk(path.join(postgres.dir, 'disk'), statSync(path.join(postgres.dir, 'postgres')).uid);
if (disk === undefined) console.log('skipped: a full disk takes root, to mount a tmpfs');
afterAll(async () => {
  if (disk === undefined) return;
  await postgres.end('SIGINT');
  disk.unmount();
});

test.skipIf(disk === undefined)(
  'While the disk of Postgres is full submits get 503 and never a false 202, what ends is kept, and all goes on when there is room',
  async () => {
    await keepJobsOn(disk);
    const fleet = await openFleet({ databaseUrl: postgres.url });
    const api = await fleet.startApi();
    const worker = await fleet.startWorker();
    // Rows that fit into no page which is there already.
    const large = () => ({ value: randomBytes(40_000).toString('base64') });
    const { until, lift } = makeLatch();
    const inHand = await fleet.submit(api, 'test.wait', { until });
    await handlersBegin([worker], 1);
    disk?.fill();
    lift();
    await eventually(async () => (await fleet.submitOnce(api, 'test.noop', large())).status === 503);
    expect(await fleet.submitOnce(api, 'test.noop', large())).toMatchObject({ status: 503, retryAfter: '2' });
    disk?.free();
    await eventually(async () => (await fleet.submitOnce(api, 'test.noop', large())).status === 202);
    expect(await fleet.verdict(api)).toEqual([]);
    expect(await fleet.row(inHand.jobId)).toMatchObject({ state: 'completed', tries: 1 });
  },
);

/** Every table of jobs; the log of Postgres has room all the time. */
async function keepJobsOn(small: SmallDisk | undefined): Promise<void> {
  const sql = postgresJs(postgres.url, { max: 1, onnotice: () => {} });
  await sql.unsafe(`CREATE TABLESPACE small LOCATION '${small?.folder}'`);
  await sql`ALTER DATABASE turno SET default_tablespace = small`;
  await sql.end();
  await migrateDatabase(postgres.url);
}
