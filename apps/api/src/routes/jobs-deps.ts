import type { ChangeDeps, FollowDeps, JobList, JobReader, JobWaiters, SubmitDeps } from '@turno/jobs';
import type { Catalogue } from '@turno/kinds';
import type { JobKey } from '@turno/postgres';
import type { Authenticate, IsKeyValid } from '../authenticate.ts';
import type { StreamSlots } from '../http/stream/stream-slots.ts';
import type { LimitKind } from '../rate-limits.ts';
import type { AccountDeps } from './account.ts';

/** What the job routes need of the rest. */
export interface JobRoutesDeps {
  authenticate: Authenticate;
  isKeyValid: IsKeyValid;
  limitKind: LimitKind;
  /** What a submit is let in and counted by, whose repeat costs nothing. */
  account: Pick<AccountDeps, 'identify' | 'meter'>;
  catalogue: Catalogue;
  submit: SubmitDeps;
  change: ChangeDeps;
  list: JobList;
  reader: JobReader;
  waiters: JobWaiters;
  follow: FollowDeps;
  streamSlots: StreamSlots;
  heartbeatMs: number;
  /** JSON text, undefined when there is no such job. */
  readInput: (key: JobKey) => Promise<string | undefined>;
  /** JSON text, undefined when there is no such job or it is not completed. */
  readOutput: (key: JobKey) => Promise<string | undefined>;
  /** Where the output is, when it is a file. */
  signOutput: (key: JobKey) => Promise<string | undefined>;
  bodyBytesMax: number;
  resultCacheSeconds: number;
}
