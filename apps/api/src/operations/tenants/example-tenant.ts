import type { Tenant } from '@turno/contract';

export const exampleTenant: Tenant = {
  id: 'ten_01jd9zq3k5e8xv6m2n4p7r9t1w',
  name: 'Acme',
  plan: 'free',
  createdAt: '2026-11-22T09:00:00.000Z',
  disabledAt: null,
  deletedAt: null,
};
