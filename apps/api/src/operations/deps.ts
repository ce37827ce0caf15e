import type {
  ChangeDeps,
  FollowDeps,
  JobList,
  JobReader,
  JobWaiters,
  RetryDeps,
  SubmitDeps,
  WorkNotices,
} from '@turno/jobs';
import type { FileDeps } from '@turno/files';
import type { Catalogue } from '@turno/kinds';
import type { JobKey, PauseTarget, Postgres } from '@turno/postgres';
import type { Readiness } from '@turno/runtime';
import type { PutDeps } from '@turno/schedules';
import type { RequestMeter, TenantQueries } from '@turno/tenants';
import type { EndpointDeps } from '@turno/webhooks';
import type { IsKeyValid } from '../admission/authorize.ts';
import type { FixedDocument } from '../http/response/fixed-document.ts';
import type { ConnectionShares } from '../http/stream/connection-shares.ts';
import type { StreamSlots } from '../http/stream/stream-slots.ts';
import type { LimitKind } from '../admission/rate-limit.ts';
import type { KindDocuments } from './kinds/kind-documents.ts';

/** Everything that operations use. Each operation names the part that it uses. */
export interface OperationDeps {
  sql: Postgres['sql'];
  /** For statements whose cost a tenant decides. */
  queries: TenantQueries;
  catalogue: Catalogue;
  /** The answers about kinds, made once. */
  kindDocuments: KindDocuments;
  /** The OpenAPI document. */
  apiDocument: FixedDocument;
  readiness: Readiness;
  isKeyValid: IsKeyValid;
  limitKind: LimitKind;
  meter: RequestMeter;
  submit: SubmitDeps;
  change: ChangeDeps;
  retry: RetryDeps;
  jobList: JobList;
  reader: JobReader;
  waiters: JobWaiters;
  follow: FollowDeps;
  streamSlots: StreamSlots;
  /** The requests that may wait for a job at once. */
  waitShares: ConnectionShares;
  /** Between two comments of an event stream. */
  heartbeatMs: number;
  /** Reads JSON text, undefined when there is no such job. */
  readInput: (key: JobKey) => Promise<string | undefined>;
  /** Reads JSON text, undefined when there is no such job or it is not completed. */
  readOutput: (key: JobKey) => Promise<string | undefined>;
  /** Makes a signed address of an output that is a file. */
  signOutput: (key: JobKey) => Promise<string | undefined>;
  /** Counts a tenant's jobs that are not over; about a second old. */
  countJobs: (tenantId: string) => Promise<{ waiting: number; running: number }>;
  /** Pauses or resumes a queue or a kind; every process follows within about a second. */
  setPause: (target: PauseTarget, paused: boolean) => Promise<void>;
  workNotices: WorkNotices;
  files: FileDeps;
  schedules: PutDeps;
  webhooks: EndpointDeps;
  bodyBytesMax: number;
  /** Of one file. */
  fileBytesMax: number;
  /** Of one tenant, by its own admins; the operator may make more for it. */
  keysMax: number;
  resultCacheSeconds: number;
}
