export type {
  HandlerContext,
  HandlerFiles,
  HandlerLog,
  OutboundRequest,
  OutboundResponse,
  UsageRange,
  UsageRow,
} from './context.ts';
export { defineKind } from './define-kind.ts';
export type { Handler, Kind, KindLimits, QueueName } from './define-kind.ts';
export { isPermanentFailure, PermanentFailure } from './permanent-failure.ts';
export { isRetryLater, RetryLater } from './retry-later.ts';
export { loadCatalogue } from './catalogue.ts';
export type { Catalogue, CatalogueEntry } from './catalogue.ts';
export { describeKind } from './describe-kind.ts';
export { loadHandler } from './load-handler.ts';
export { parseInput } from './parse-input.ts';
