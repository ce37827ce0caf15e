import type { ExecuteAttempt } from '@turno/jobs';
import { readUsage } from '@turno/postgres';
import { createOutbound, type ProcessLife } from '@turno/runtime';
import type { TenantQueries } from '@turno/tenants';
import type { Config } from '../config.ts';
import type { WorkerConstants } from '../constants.ts';
import { createExecutor } from '../execute/create-executor.ts';
import type { WorkerFiles } from '../execute/handler-files.ts';
import type { WorkerKinds } from './kinds.ts';
import { queueSlotsOf } from './queue-slots.ts';

export interface ExecutorParts {
  queries: TenantQueries;
  files: WorkerFiles;
  kinds: WorkerKinds;
  constants: WorkerConstants;
}

/** Starts the executor: child processes for `cpu` kinds, this process for `io` kinds. */
export function startExecutor(
  settings: Config,
  { closers, log }: ProcessLife,
  { queries, files, kinds: { pinned, sandbox }, constants: { execution } }: ExecutorParts,
): ExecuteAttempt {
  const outbound = createOutbound({ allowHosts: settings.OUTBOUND_ALLOW_HOSTS });
  closers.add('outbound', () => outbound.close());
  const executor = createExecutor({
    cpuConcurrency: queueSlotsOf(settings).cpu ?? 0,
    outputBytesMax: execution.outputBytesMax,
    outputInlineBytesMax: execution.outputInlineBytesMax,
    files,
    outbound,
    readUsage: (tenantId, range) => queries.run(tenantId, (sql) => readUsage(sql, tenantId, range)),
    pinned,
    ...(sandbox !== undefined && { sandbox }),
    log,
  });
  closers.add('executor', () => executor.close());
  return executor.execute;
}
