import type { AttemptTask } from '@turno/jobs';
import { type HandlerContext, PermanentFailure, type UsageRange, type UsageRow } from '@turno/kinds';
import { createHandlerFiles, type WorkerFiles } from './handler-files.ts';
import { type Log, type Outbound, OutboundRefused } from '@turno/runtime';

export interface ServiceDeps {
  outbound: Pick<Outbound, 'fetch'>;
  readUsage: (tenantId: string, range: UsageRange) => Promise<UsageRow[]>;
  files: WorkerFiles;
  log: Log;
}

/** The part of a handler's context that reaches the world, bound to one attempt. Also what serves a CPU child. */
export function createServices(
  { outbound, readUsage, files, log }: ServiceDeps,
  { entry, jobId, tenantId, ticket, attempt, signal, lines }: AttemptTask,
): Pick<HandlerContext, 'fetch' | 'usage' | 'files' | 'log'> {
  const about = { kind: entry.kind.name, jobId, attempt };
  const note = (level: 'info' | 'warn') => (message: string, fields?: Record<string, unknown>) => {
    log[level]({ ...fields, ...about }, message);
    lines[level](message, fields);
  };
  return {
    async fetch(request) {
      try {
        return await outbound.fetch({ ...request, signal });
      } catch (error) {
        if (error instanceof OutboundRefused) throw new PermanentFailure(error.code, error.message, { cause: error });
        throw error;
      }
    },
    usage: (range) => readUsage(tenantId, range),
    files: createHandlerFiles(files, { tenantId, jobId, ticket }),
    log: { info: note('info'), warn: note('warn') },
  };
}
