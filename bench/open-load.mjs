import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root } from '../scripts/run-command.mjs';
import { processorSeconds } from './measure/processor-time.mjs';

/** Starts a client process (`load-process.mjs`). `run` resolves with its report and throws for another status. */
export function openLoad({ api, key }) {
  const child = fork(path.join(root, 'bench/load-process.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { hostname: host, port } = new URL(api);
  const format = (method, target, { body = '', as = key } = {}) =>
    [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Authorization: Bearer ${as}`,
      ...(method === 'GET' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      '',
      body,
    ].join('\r\n');
  return {
    get: (target, more) => format('GET', target, more),
    post: (target, body, more) => format('POST', target, { body, ...more }),
    async run({ requests, status = 200, connections = 64, seconds }) {
      child.send({ host, port: Number(port), connections, seconds, requests, status });
      const [report] = await once(child, 'message');
      if (report.errors > 0) throw new Error(`${report.errors} answers failed; the first: ${report.firstError}`);
      return { ...report, perSecond: report.done / report.seconds };
    },
    close: () => child.disconnect(),
  };
}

/** Runs a load and adds the processor time of the API, on which other load on the machine has less effect. */
export async function measure({ child, load }, order) {
  const before = processorSeconds(child);
  const report = await load.run(order);
  return { ...report, usEach: (1e6 * (processorSeconds(child) - before)) / report.done };
}
