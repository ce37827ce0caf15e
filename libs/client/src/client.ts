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

/** What is done with jobs stands here itself, everything else under its own name. */
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
  /** The tenant's plan, and what is used of it; a few seconds behind. Not counted as a request of the month. */
  usage(): Promise<Usage>;
}

/**
 * A client of one API with one key. Every refusal is thrown as a `TurnoError`, whose `code` is the stable word to branch on. Any call
 * may be refused with `unauthorized`, `forbidden`, `rate-limited`, `quota-exceeded` or `store-unavailable`; when nobody answers, what
 * `fetch` throws is passed on.
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
    usage: () => requests.ask(pathOf('usage')),
  };
}
