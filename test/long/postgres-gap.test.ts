import { test } from 'vitest';
import { atWork, expectNothingRanTwice, gapPasses } from '../crash/scenes/postgres-gap.ts';
import { openFleet } from '../support/apps/fleet.ts';
import { ownPostgres } from '../support/stores/mortal-store.ts';

const postgres = await ownPostgres();

test('Postgres is down for longer than a lease: no running job is taken from its living worker', async () => {
  const fleet = await openFleet({ databaseUrl: postgres.url });
  const scene = await atWork(fleet);
  await fleet.sql`CHECKPOINT`; // a claim does not wait for the disk, and one that a crash takes is made again
  await postgres.end('SIGKILL');
  await gapPasses(scene);
  await postgres.start();
  scene.work.lift();
  await expectNothingRanTwice(fleet, scene);
});
