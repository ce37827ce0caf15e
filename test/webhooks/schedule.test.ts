import { deliveryConstants, retryDelayMs } from '@turno/webhooks';
import { expect, test } from 'vitest';

test('Nine more tries follow the first within three and a half days, each a tenth earlier or later', () => {
  const { retrySeconds: seconds } = deliveryConstants;
  const at = (roll: number) => [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((tries) => retryDelayMs(seconds, tries, () => roll));
  const [s, m, h] = [1_000, 60_000, 3_600_000];
  const wanted = [5 * s, 5 * m, 30 * m, 2 * h, 5 * h, 10 * h, 14 * h, 20 * h, 24 * h];
  expect(at(0.5)).toEqual([...wanted, undefined]);
  expect(at(0)).toEqual([...wanted.map((ms) => 0.9 * ms), undefined]);
});
