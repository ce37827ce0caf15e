import { Problem, type ProblemCode } from '@turno/contract';
import type { JobKey, Postgres } from '@turno/postgres';
import type { Topic } from '@turno/redis';
import type { JobView } from '../read/job-view.ts';
import type { JobReader } from '../read/read-job.ts';
import type { Publish } from '../follow/publish-changes.ts';

/** What a change of a job from outside needs. */
export interface ChangeDeps {
  sql: Postgres['sql'];
  reader: JobReader;
  publish: Publish;
  /** Tells all processes. Never waits, never throws. */
  broadcast: (topic: Topic, message: string) => void;
}

/** The job as it is in Postgres right now. Throws `job-not-found`. */
export async function readChanged({ reader }: Pick<ChangeDeps, 'reader'>, key: JobKey): Promise<JobView> {
  const view = await reader.readNow(key.tenantId, key.jobId);
  if (view === undefined) throw new Problem('job-not-found');
  return view;
}

/** Why a job was not changed: it is not there, or its state does not allow it, which is `code`. */
export async function refuseChange(deps: Pick<ChangeDeps, 'reader'>, key: JobKey, code: ProblemCode): Promise<never> {
  const { state } = await readChanged(deps, key);
  throw new Problem(code, { detail: `The job is ${state}.`, extensions: { state } });
}
