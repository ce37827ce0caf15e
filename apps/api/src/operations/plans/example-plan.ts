import type { Plan } from '@turno/contract';

export const examplePlan: Plan = {
  name: 'free',
  bucketCapacity: 60,
  refillPerSecond: 1,
  requestsPerMonthMax: 10_000,
  jobsWaitingMax: 1_000,
  payloadBytesMax: 262_144,
  storageBytesMax: 5_368_709_120,
  concurrentRunsMax: 2,
};
