import { pathToFileURL } from 'node:url';
import path from 'node:path';

/**
 * Opens the kinds of a worker and what runs their handlers, from the compiled project in `root`, without stores.
 * `lines` gets what a worker would log at the levels warn and error. With `files`, which stand for the file service,
 * only `cpu` kinds can be run.
 */
export async function openHandlers({ root, settings = {}, lines = [], files }) {
  const load = (file) => import(pathToFileURL(path.join(root, file)).href);
  const [{ openKinds }, { createExecutor }, { createCpuPool }] = await Promise.all([
    load('apps/worker/dist/wiring/kinds.js'),
    load('apps/worker/dist/execute/create-executor.js'),
    load('apps/worker/dist/execute/cpu-pool.js'),
  ]);
  const note = (fields, text) => lines.push(typeof fields === 'string' ? fields : `${text} ${JSON.stringify(fields)}`);
  const log = { debug() {}, info() {}, warn: note, error: note };
  const closing = [];
  const closers = { add: (_name, close) => closing.unshift(close) };
  const close = async () => {
    for (const each of closing) await each();
  };
  const config = {
    DATA_DIR: '.turno',
    WORKER_QUEUES: ['cpu', 'io'],
    CPU_CONCURRENCY: 1,
    IO_CONCURRENCY: 5,
    ...settings,
  };
  try {
    const kinds = await openKinds(config, { closers, log });
    const { pinned, sandbox, catalogue } = kinds;
    const limits = { outputBytesMax: 1_000_000, pinned, sandbox, log };
    const executor =
      files === undefined &&
      createExecutor({
        ...limits,
        cpuConcurrency: 1,
        outputInlineBytesMax: 1_000_000,
        files: {},
        outbound: {},
        readUsage: async () => [],
      });
    const pool = files !== undefined && createCpuPool({ ...limits, concurrency: 1 });
    closing.unshift(() => (executor || pool).close());
    const execute = (kind, input, signal) => {
      const task = {
        jobId: 'job_test',
        tenantId: 'ten_test',
        ticket: 1,
        entry: catalogue.get(kind),
        input,
        attempt: 1,
        traceparent: null,
        signal,
        onProgress() {},
        lines: { info() {}, warn() {} },
      };
      return executor ? executor.execute(task) : pool.run(task, { files, log });
    };
    return {
      catalogue,
      lines,
      close,
      run: (kind, input = {}) => execute(kind, input, new AbortController().signal),
      /** Stops an attempt, which ends its process. */
      stop: (kind, input = {}) => execute(kind, input, AbortSignal.abort({ code: 'timeout', message: 'too long' })),
    };
  } catch (error) {
    await close();
    throw error;
  }
}
