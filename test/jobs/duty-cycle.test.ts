import { expect, test } from 'vitest';
import { createDutyCycle } from '../../libs/jobs/dist/dispatch/duty-cycle.js';

test('Work that has become dear is done for a share of the time only, and what is cheap is not held up', () => {
  let now = 1_000;
  const rest = createDutyCycle(4, () => now);
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
