import { formatTime, type Usage, usage } from '@turno/contract';
import { readStorage, type Storage, withRequestTimeout } from '@turno/postgres';
import type { Caller } from '@turno/tenants';
import { jsonAnswer } from '../../http/response/json-answer.ts';
import type { OperationDeps } from '../deps.ts';
import { type Operation, queryProblems } from '../operation.ts';
import { examplePlan } from '../plans/example-plan.ts';

const exampleUsage: Usage = {
  plan: examplePlan,
  month: '2026-11',
  requests: { used: 1_234, max: 10_000, resetsAt: '2026-12-01T00:00:00.000Z' },
  bucket: { capacity: 60, refillPerSecond: 1 },
  jobs: { waiting: 3, waitingMax: 1_000, running: 2, concurrentRunsMax: 2 },
  storage: { bytes: 31_457_280, bytesMax: 5_368_709_120, deletedBytes: 0 },
};

export const readUsage: Operation<Pick<OperationDeps, 'countJobs' | 'files' | 'meter'>> = {
  method: 'get',
  path: '/v1/usage',
  scope: 'jobs:read',
  quota: 'exempt',
  operationId: 'readUsage',
  summary: 'Read the plan and the use of it; not counted as a request of the month',
  responses: { 200: { description: 'As this process knows it', content: { schema: usage, example: exampleUsage } } },
  problems: queryProblems,
  async run({ countJobs, files, meter }, { caller }) {
    const { tenantId } = caller;
    const [jobs, storage] = await Promise.all([
      countJobs(tenantId),
      withRequestTimeout(readStorage(files.sql, tenantId)),
    ]);
    return jsonAnswer(200, usageOf(caller, meter, { jobs, storage }));
  },
};

function usageOf(
  caller: Caller,
  meter: Pick<OperationDeps['meter'], 'used'>,
  { jobs, storage }: { jobs: { waiting: number; running: number }; storage: Storage },
): Usage {
  const { plan } = caller;
  const { month, requests, resetsAt } = meter.used(caller);
  const { bucketCapacity: capacity, refillPerSecond } = plan;
  return {
    plan,
    month,
    requests: { used: requests, max: plan.requestsPerMonthMax, resetsAt: formatTime(resetsAt) },
    bucket: capacity === null || refillPerSecond === null ? null : { capacity, refillPerSecond },
    jobs: { ...jobs, waitingMax: plan.jobsWaitingMax, concurrentRunsMax: plan.concurrentRunsMax },
    storage: { ...storage, bytesMax: plan.storageBytesMax },
  };
}
