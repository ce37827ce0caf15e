import type { Schedule } from '@turno/contract';
import { exampleJobId } from '../jobs/example-job.ts';

export const exampleSchedule: Schedule = {
  name: 'nightly-report',
  cron: '30 2 * * *',
  timezone: 'Europe/Berlin',
  kind: 'math.sum-of-squares',
  input: { n: 1_000_000 },
  options: { priority: 0, deadlineSeconds: null, tags: ['nightly'], metadata: {} },
  paused: false,
  missed: 'skip',
  catchUpMax: 10,
  nextRunAt: '2026-11-23T01:30:00.000Z',
  lastRunAt: '2026-11-22T01:30:00.000Z',
  lastJobId: exampleJobId,
  lastSkippedAt: null,
  lastSkippedFor: null,
  createdAt: '2026-11-01T09:00:00.000Z',
  updatedAt: '2026-11-01T09:00:00.000Z',
};
