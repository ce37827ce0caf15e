import type { Endpoint } from '@turno/contract';

export const exampleEndpoint: Endpoint = {
  id: 'ep_01kb6w2v9ve9f8m5q3c7t1zxyh',
  url: 'https://example.com/turno',
  events: ['job.completed', 'job.failed'],
  createdAt: '2026-11-22T09:00:00.000Z',
  disabledAt: null,
  disabledReason: null,
  failingSince: null,
};

export const exampleSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
