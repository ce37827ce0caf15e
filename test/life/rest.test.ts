import { expect, test } from 'vitest';
import { createRest } from '../../libs/jobs/dist/rest.js';

test('Work that has become dear is done for a share of the time only, and what is cheap is not held up', () => {
  let now = 1_000;
  const rest = createRest(4, () => now);
  expect(rest.isOn()).toBe(false);
  const work = (tookMs: number) => {
    const beganAt = now;
    now += tookMs;
    rest.after(beganAt);
  };
  work(200);
  now += 799;
  expect(rest.isOn()).toBe(true);
  now += 1;
  expect(rest.isOn()).toBe(false);
  work(0);
  expect(rest.isOn()).toBe(false);
});
