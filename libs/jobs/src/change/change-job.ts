import { Problem, type ProblemCode } from '@turno/contract';
import type { JobKey, Postgres } from '@turno/postgres';
import type { Topic } from '@turno/redis';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { Publish } from '../follow/publish-changes.ts';

/** Dependencies of a change from outside. */
export interface ChangeDeps {
  sql: Postgres['sql'];
  reader: JobReader;
  publish: Publish;
  /** Sends a broadcast to all processes. Never waits, never throws. */
  broadcast: (topic: Topic, message: string) => void;
}

/** Reads the job from Postgres, past all caches. Throws `job-not-found`. */
export async function readChanged({ reader }: Pick<ChangeDeps, 'reader'>, key: JobKey): Promise<JobView> {
  const view = await reader.readNow(key.tenantId, key.jobId);
  if (view === undefined) throw new Problem('job-not-found');
  return view;
}

/**
 * Throws the reason why a job was not changed:
 * `job-not-found`, or `code` with the state that forbids the change.
 */
export async function refuseChange(deps: Pick<ChangeDeps, 'reader'>, key: JobKey, code: ProblemCode): Promise<never> {
  const { state } = await readChanged(deps, key);
  throw new Problem(code, { detail: `The job is ${state}.`, extensions: { state } });
}
