import type { Plan, PlanLimits } from '@turno/contract';
import { pathOf, type Requests } from './request.ts';

/** What tenants may ask for: only for a key of the first tenant with the scope admin, else `forbidden`. */
export interface Plans {
  list(): Promise<Plan[]>;
  /** Makes or replaces a plan; every limit has to be named, null is none. Its tenants feel it within five seconds. */
  put(name: string, limits: PlanLimits): Promise<Plan>;
}

export function createPlans({ ask }: Requests): Plans {
  return {
    list: async () => (await ask<{ plans: Plan[] }>(pathOf('plans'))).plans,
    put: (name, limits) => ask(pathOf('plans', name), { method: 'PUT', body: limits }),
  };
}
