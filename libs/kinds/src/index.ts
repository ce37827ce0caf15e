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
export { createCopiesFolder } from './pin/copies-folder.ts';
export type { CopiesFolder } from './pin/copies-folder.ts';
export { compileCopies, findUnloadable, KindNotLoadable, pinCatalogue } from './pin/pin-catalogue.ts';
export type { PinnedCatalogue } from './pin/pin-catalogue.ts';
export { filesOfKinds } from './pin/files-of-kinds.ts';
export { importedFiles } from './pin/collect-code.ts';
export { signFiles } from './pin/pin-code.ts';
export type { PinnedCode } from './pin/pin-code.ts';
