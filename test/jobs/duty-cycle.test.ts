import { expect, test } from 'vitest';
import { createDutyCycle } from '../../libs/jobs/dist/dispatch/duty-cycle.js';

test('Work that has become slow runs for a share of the time only, and quick work is not delayed', () => {
  let now = 1_000;
  const dutyCycle = createDutyCycle(4, () => now);
  expect(dutyCycle.isPaused()).toBe(false);
  const work = (tookMs: number) => {
    const beganAt = now;
    now += tookMs;
    dutyCycle.recordRound(beganAt);
  };
  work(200);
  now += 799;
  expect(dutyCycle.isPaused()).toBe(true);
  now += 1;
  expect(dutyCycle.isPaused()).toBe(false);
  work(0);
  expect(dutyCycle.isPaused()).toBe(false);
});
