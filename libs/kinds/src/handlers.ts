/** A door of its own for processes that run handlers and know no schemas: what it leads to loads no zod. */
export type { Handler, Kind } from './define-kind.ts';
export type { HandlerContext } from './context.ts';
export { isPermanentFailure, PermanentFailure } from './permanent-failure.ts';
export { isRetryLater, RetryLater } from './retry-later.ts';
export { loadHandler } from './load-handler.ts';
