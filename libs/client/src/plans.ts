import type { Plan, SentPlanLimits } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** The limits of tenants. All calls need an admin key of the operator tenant and throw `forbidden` without it. */
export interface Plans {
  list(): Promise<Plan[]>;
  /** Creates or replaces a plan. Name every limit; null is no limit. The change is in force within five seconds. */
  put(name: string, limits: SentPlanLimits): Promise<Plan>;
}

export function createPlans({ fetchJson }: Requests): Plans {
  return {
    list: async () => (await fetchJson<{ plans: Plan[] }>(pathOf('plans'))).plans,
    put: (name, limits) => fetchJson(pathOf('plans', name), { method: 'PUT', body: limits }),
  };
}
