import type { ApiKey, MadeKey } from '@turno/contract';

export const exampleKey: ApiKey = {
  id: 'key_8sLk2mQx7Rt4Vb9Z',
  name: 'nightly import',
  scopes: ['jobs:write', 'jobs:read'],
  createdAt: '2026-11-22T09:00:00.000Z',
  expiresAt: null,
  lastUsedAt: '2026-11-22T11:30:00.000Z',
};

export const exampleMadeKey: MadeKey = { ...exampleKey, lastUsedAt: null, key: 'tno_live_8sLk2mQx7Rt4Vb9Z_…' };
