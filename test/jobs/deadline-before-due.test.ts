import { submitOptions } from '@turno/contract';
import { expect, test } from 'vitest';

const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1_000).toISOString();

test.each([
  ['the delay', { delaySeconds: 60, deadlineSeconds: 59 }],
  ['a part of a second of the delay', { delaySeconds: 2.5, deadlineSeconds: 2 }],
  ['the time until runAt', { runAt: inSeconds(7_200), deadlineSeconds: 3_600 }],
])('A deadline below %s is a fault of the request', (_what, options) => {
  const { error } = submitOptions.safeParse(options);
  expect(error?.issues).toMatchObject([{ path: ['deadlineSeconds'] }]);
});

test.each([
  ['the delay', { delaySeconds: 60, deadlineSeconds: 60 }],
  ['the time until runAt', { runAt: inSeconds(3_600), deadlineSeconds: 3_660 }],
  ['a runAt in the past', { runAt: inSeconds(-3_600), deadlineSeconds: 1 }],
  ['no delay', { deadlineSeconds: 1 }],
])('A deadline of at least %s is valid', (_what, options) => {
  expect(submitOptions.safeParse(options).success).toBe(true);
});
