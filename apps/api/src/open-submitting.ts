import {
  createDispatcher,
  createHeldJobs,
  createWindow,
  type SubmitDeps,
  submitPatienceMs,
  watchPauses,
} from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import { createGroup, type InsertedJob, insertJobs, type NewJob, type Postgres } from '@turno/postgres';
import { createProducer } from '@turno/queue';
import type { ProcessLife } from '@turno/runtime';
import type { Config } from './config.ts';

/** What commits jobs and hands them to the queue. */
export async function openSubmitting(
  settings: Config,
  { sql, catalogue }: { sql: Postgres['sql']; catalogue: Catalogue },
  { closers, log }: ProcessLife,
): Promise<SubmitDeps> {
  const producer = createProducer({ redisUrl: settings.REDIS_URL, prefix: settings.REDIS_PREFIX }, log);
  closers.add('producer', () => producer.close());
  const pauses = await watchPauses({ sql, log });
  closers.add('pauses', () => pauses.stop());
  const window = createWindow({ sql, producer, log, pauses, size: settings.DISPATCH_WINDOW });
  closers.add('window', () => window.close());
  const dispatcher = createDispatcher({ sql, producer, log });
  closers.add('dispatcher', () => dispatcher.close());
  const heldJobs = createHeldJobs({ sql, dispatcher, window, pauses, log });
  closers.add('held jobs', () => heldJobs.close());
  const inserts = createGroup<NewJob, InsertedJob>({
    flush: (jobs) => insertJobs(sql, jobs),
    key: (job) => job.id,
    bytes: (job) => job.input.length,
    patienceMs: submitPatienceMs,
  });
  return { catalogue, inserts, dispatcher, window, heldJobs, retentionDays: settings.RETENTION_DAYS };
}
