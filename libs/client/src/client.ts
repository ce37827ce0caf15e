import type { Usage } from '@turno/contract';
import { createDeliveries, type Deliveries } from './deliveries.ts';
import { createEndpoints, type Endpoints } from './endpoints.ts';
import { createFiles, type Files } from './files.ts';
import { createJobs, type Jobs } from './jobs.ts';
import { createKeys, type Keys } from './keys.ts';
import { createKinds, type Kinds } from './kinds.ts';
import { createPlans, type Plans } from './plans.ts';
import { createQueues, type Queues } from './queues.ts';
import { type ClientOptions, createRequests, pathOf } from './request.ts';
import { createSchedules, type Schedules } from './schedules.ts';
import { createTenants, type Tenants } from './tenants.ts';

/** A client of one API with one key. The calls for jobs are its own methods; all other calls stand under a name. */
export interface Client extends Jobs {
  kinds: Kinds;
  schedules: Schedules;
  files: Files;
  endpoints: Endpoints;
  deliveries: Deliveries;
  keys: Keys;
  tenants: Tenants;
  plans: Plans;
  queues: Queues;
  /** Reads the plan of the tenant and its use, a few seconds behind. Does not count as a request of the month. */
  usage(): Promise<Usage>;
}

/**
 * Creates a client. Each call throws a `TurnoError` when the API refuses it; branch on its `code`, which is stable. Any
 * call may fail with `unauthorized`, `forbidden`, `rate-limited`, `quota-exceeded` or `store-unavailable`. Without an
 * answer, a call throws the error of `fetch`.
 */
export function createClient(options: ClientOptions): Client {
  const requests = createRequests(options);
  return {
    ...createJobs(requests),
    kinds: createKinds(requests),
    schedules: createSchedules(requests),
    files: createFiles(requests),
    endpoints: createEndpoints(requests),
    deliveries: createDeliveries(requests),
    keys: createKeys(requests),
    tenants: createTenants(requests),
    plans: createPlans(requests),
    queues: createQueues(requests),
    usage: () => requests.fetchJson(pathOf('usage')),
  };
}
