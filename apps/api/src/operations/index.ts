import { listDeliveries } from './deliveries/list.ts';
import { readDelivery } from './deliveries/read.ts';
import { redeliver } from './deliveries/redeliver.ts';
import type { OperationDeps } from './deps.ts';
import { docsBundle } from './docs/bundle.ts';
import { readHome } from './docs/home.ts';
import { docsPage } from './docs/page.ts';
import { docsStartScript } from './docs/start-script.ts';
import { docsStyles } from './docs/styles.ts';
import { changeEndpoint } from './endpoints/change.ts';
import { deleteEndpoint } from './endpoints/delete.ts';
import { listEndpoints } from './endpoints/list.ts';
import { readEndpoint } from './endpoints/read.ts';
import { redeliverSince } from './endpoints/redeliver.ts';
import { registerEndpoint } from './endpoints/register.ts';
import { rotateSecret } from './endpoints/rotate-secret.ts';
import { createFile } from './files/create.ts';
import { deleteFile } from './files/delete.ts';
import { readFile } from './files/read.ts';
import { cancelJob } from './jobs/cancel.ts';
import { deleteJob } from './jobs/delete.ts';
import { followJob } from './jobs/follow.ts';
import { listJobs } from './jobs/list.ts';
import { readInput } from './jobs/read-input.ts';
import { readOutput } from './jobs/read-output.ts';
import { readJob } from './jobs/read.ts';
import { retryFailedJobs } from './jobs/retry-many.ts';
import { retryJob } from './jobs/retry.ts';
import { submitBatch } from './jobs/submit-batch.ts';
import { submitJob } from './jobs/submit.ts';
import { createKey } from './keys/create.ts';
import { listKeys } from './keys/list.ts';
import { revokeKey } from './keys/revoke.ts';
import { listKinds } from './kinds/list.ts';
import { pauseKind } from './kinds/pause.ts';
import { readKind } from './kinds/read.ts';
import { resumeKind } from './kinds/resume.ts';
import { runKind } from './kinds/run.ts';
import type { OpenOperation, Operation } from './operation.ts';
import { listPlans } from './plans/list.ts';
import { putPlan } from './plans/put.ts';
import { listQueues } from './queues/list.ts';
import { pauseQueue } from './queues/pause.ts';
import { resumeQueue } from './queues/resume.ts';
import { deleteSchedule } from './schedules/delete.ts';
import { listSchedules } from './schedules/list.ts';
import { putSchedule } from './schedules/put.ts';
import { readSchedule } from './schedules/read.ts';
import { runSchedule } from './schedules/run.ts';
import { readLiveness } from './health/livez.ts';
import { readDocument } from './docs/openapi.ts';
import { readReadiness } from './health/readyz.ts';
import { changeTenant } from './tenants/change.ts';
import { createTenantKey } from './tenants/create-key.ts';
import { createTenant } from './tenants/create.ts';
import { deleteTenant } from './tenants/delete.ts';
import {
  cancelTenantJob,
  listTenantJobs,
  readTenantJob,
  readTenantJobInput,
  readTenantJobOutput,
  retryFailedTenantJobs,
  retryTenantJob,
} from './tenants/jobs.ts';
import { listTenants } from './tenants/list.ts';
import { readTenant } from './tenants/read.ts';
import { readUsage } from './usage/read.ts';

/**
 * Every endpoint of the API.
 * The router, the OpenAPI document and the tests of access come from this list; a path outside it is 404. Express
 * tries paths in this order: the most used stand first, and fixed names before the ids that could match them.
 */
export const operations: readonly (Operation<OperationDeps> | OpenOperation<OperationDeps>)[] = [
  submitJob,
  listJobs,
  submitBatch,
  retryFailedJobs,
  readJob,
  deleteJob,
  readOutput,
  readInput,
  followJob,
  cancelJob,
  retryJob,
  runKind,
  createFile,
  readFile,
  deleteFile,
  listSchedules,
  readSchedule,
  putSchedule,
  deleteSchedule,
  runSchedule,
  listKinds,
  readKind,
  pauseKind,
  resumeKind,
  listQueues,
  pauseQueue,
  resumeQueue,
  readUsage,
  listKeys,
  createKey,
  revokeKey,
  listTenants,
  createTenant,
  readTenant,
  changeTenant,
  deleteTenant,
  createTenantKey,
  listTenantJobs,
  retryFailedTenantJobs,
  readTenantJob,
  readTenantJobInput,
  readTenantJobOutput,
  cancelTenantJob,
  retryTenantJob,
  listPlans,
  putPlan,
  listEndpoints,
  registerEndpoint,
  readEndpoint,
  changeEndpoint,
  deleteEndpoint,
  rotateSecret,
  redeliverSince,
  listDeliveries,
  readDelivery,
  redeliver,
  readLiveness,
  readReadiness,
  readDocument,
  readHome,
  docsPage,
  docsStartScript,
  docsStyles,
  docsBundle,
];
