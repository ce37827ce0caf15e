/** The entry for processes that run handlers without schemas: none of these modules loads zod. */
export type { Handler, Kind } from './define-kind.ts';
export type { HandlerContext } from './context.ts';
export { isPermanentFailure, PermanentFailure } from './permanent-failure.ts';
export { isRetryLater, RetryLater } from './retry-later.ts';
export { loadHandler } from './load-handler.ts';
