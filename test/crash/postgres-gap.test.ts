import { onTestFinished, test } from 'vitest';
import { gated, openFleet } from '../support/apps/fleet.ts';
import { stores } from '../support/stores/stores.ts';
import { atWork, expectNothingRanTwice, gapPasses } from './scenes/postgres-gap.ts';

test('Postgres hangs for longer than a lease and then runs late statements: no running job is taken from its living worker', async () => {
  const { gate, url } = await gated((await stores()).databaseUrl);
  onTestFinished(() => gate.open());
  const fleet = await openFleet();
  const scene = await atWork(fleet, { DATABASE_URL: url });
  gate.hang();
  await gapPasses(scene);
  gate.open();
  scene.work.lift();
  await expectNothingRanTwice(fleet, scene);
});
