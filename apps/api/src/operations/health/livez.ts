import { alive } from '@turno/runtime';
import type { OpenOperation } from '../operation.ts';
import { statusDocument } from './status-document.ts';

export const readLiveness: OpenOperation<unknown> = {
  method: 'get',
  path: '/livez',
  scope: null,
  operationId: 'readLiveness',
  summary: 'The process is alive',
  responses: { 200: { description: 'The process is alive', content: { schema: statusDocument } } },
  problems: [],
  run: () => ({ ...alive, headers: { 'Cache-Control': 'no-store' } }),
};
