import { retryDelayMs } from '@turno/webhooks';
import { expect, test } from 'vitest';
import { readConfig } from '../../apps/worker/src/config.ts';

const needed = {
  DATABASE_URL: 'postgres://u:p@localhost/d',
  REDIS_URL: 'redis://localhost',
  SECRET_KEY: 'x'.repeat(32),
};

test('Nine more tries follow the first within three and a half days, each a tenth earlier or later', () => {
  const { WEBHOOK_RETRY_SECONDS: seconds } = readConfig(needed);
  const at = (roll: number) => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((tries) => retryDelayMs(seconds, tries, () => roll));
  const [s, m, h] = [1_000, 60_000, 3_600_000];
  const wanted = [5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h];
  expect(at(0.5)).toEqual([...wanted, undefined]);
  expect(at(0)).toEqual([...wanted.map((ms) => 0.9 * ms), undefined]);
});

test.each(['soon', '5;10', '5,-1', '5,,0', '99999999'])(
  'The setting of retry delays refuses %s and names itself',
  (text) => {
    expect(() => readConfig({ ...needed, WEBHOOK_RETRY_SECONDS: text })).toThrow(/WEBHOOK_RETRY_SECONDS/);
  },
);
