import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startRedis } from '@turno/local';
import { openRedis } from '@turno/redis';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { type AppName, startApp } from '../support/apps/start-app.ts';
import { testSettings } from '../support/apps/start-turno.ts';
import { root } from '../support/root.ts';

/** A Redis of this test alone, which evicts. */
async function evictingRedis(): Promise<string> {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-evicting-'));
  const store = await startRedis({ dir, durable: false, toolsDir: path.join(root, '.turno/tools') });
  onTestFinished(async () => {
    await store.stop();
    rmSync(dir, { recursive: true, force: true });
  });
  const redis = openRedis({ url: store.url, role: 'subscriber', log: pino({ enabled: false }) });
  await redis.config('SET', 'maxmemory-policy', 'allkeys-lru');
  redis.disconnect();
  return store.url;
}

test.each<AppName>(['api', 'worker'])('The %s does not start with a Redis that may evict queues', async (name) => {
  const settings = await testSettings({ REDIS_URL: await evictingRedis() });
  await expect(startApp(name, settings)).rejects.toThrow(
    'Could not start: Redis may evict queued work (allkeys-lru): set its maxmemory-policy to noeviction.',
  );
});

test('A worker that starts with a weakened promise logs the reason and the mend', async () => {
  const worker = await startApp('worker', await testSettings({ DATABASE_POOL_MAX: '1000', IO_CONCURRENCY: '10000' }));
  const warnings = worker.log().flatMap(({ level, msg }) => (level === 40 && msg !== undefined ? [msg] : []));
  for (const mend of ['set fsync = on', 'set synchronous_commit = on', 'lower DATABASE_POOL_MAX']) {
    expect(warnings.filter((warning) => warning.includes(mend))).toHaveLength(1);
  }
  expect(warnings.filter((warning) => warning.includes('clocks'))).toEqual([]);
});
