import { Problem } from '@turno/contract';
import type { AttemptTask } from '@turno/jobs';
import { type HandlerContext, PermanentFailure, RetryLater, type UsageRange, type UsageRow } from '@turno/kinds';
import { createHandlerFiles, type WorkerFiles } from './handler-files.ts';
import { type Log, type Outbound, OutboundRefused, childTraceparent, traceIdOf } from '@turno/runtime';

export interface ServiceDeps {
  outbound: Pick<Outbound, 'fetch'>;
  readUsage: (tenantId: string, range: UsageRange) => Promise<UsageRow[]>;
  files: WorkerFiles;
  log: Log;
}

/** Creates the services of a handler's context for one attempt. The parent of a CPU child serves its calls by them. */
export function createServices(
  { outbound, readUsage, files, log }: ServiceDeps,
  { entry, jobId, tenantId, ticket, attempt, signal, lines, traceparent }: AttemptTask,
): Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'> {
  const logFields = {
    kind: entry.kind.name,
    jobId,
    attempt,
    ...(traceparent !== null && { traceId: traceIdOf(traceparent) }),
  };
  const write = (level: 'info' | 'warn') => (message: string, fields?: Record<string, unknown>) => {
    log[level]({ ...fields, ...logFields }, message);
    lines[level](message, fields);
  };
  return {
    async fetch(request) {
      try {
        return await outbound.fetch({ ...request, headers: withTrace(request.headers, traceparent), signal });
      } catch (error) {
        if (error instanceof OutboundRefused) throw new PermanentFailure(error.code, error.message, { cause: error });
        throw error;
      }
    },
    usage: (range) => readUsage(tenantId, range).catch(throwUsageFailure),
    files: createHandlerFiles(files, { tenantId, jobId, ticket }),
    log: { info: write('info'), warn: write('warn') },
  };
}

/** Adds the trace of the job, unless the handler set its own. */
function withTrace(headers: Record<string, string> = {}, traceparent: string | null): Record<string, string> {
  const hasOwn = Object.keys(headers).some((name) => name.toLowerCase() === 'traceparent');
  return traceparent === null || hasOwn ? headers : { ...headers, traceparent: childTraceparent(traceparent) };
}

/** The code of a failure that did no work: the attempt is handed back and not counted. */
export const busyCode = 'queries-busy';

/** The delay before the next attempt, half of it random, so that jobs handed back together do not return together. */
const busyMs = 4_000;
/** A report that needs too long is tried again when there may be less load. */
const slowMs = 60_000;

function throwUsageFailure(error: unknown): never {
  if (!(error instanceof Problem)) throw error;
  if (error.code === 'query-timeout') throw new RetryLater('query-timeout', error.message, slowMs);
  throw new RetryLater(busyCode, error.message, busyMs * (0.5 + Math.random()));
}
