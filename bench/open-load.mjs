import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root } from '../scripts/run-command.mjs';
import { processorSeconds } from './start-fleet.mjs';

/** A client process of its own: see `load-process.mjs`. `run` resolves with its report; an answer of another status ends the benchmark. */
export function openLoad({ api, key }) {
  const child = fork(path.join(root, 'bench/load-process.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const { hostname: host, port } = new URL(api);
  const exact = (method, target, { body = '', as = key } = {}) =>
    [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Authorization: Bearer ${as}`,
      ...(method === 'GET' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      '',
      body,
    ].join('\r\n');
  return {
    get: (target, more) => exact('GET', target, more),
    post: (target, body, more) => exact('POST', target, { body, ...more }),
    async run({ requests, status = 200, connections = 64, seconds }) {
      child.send({ host, port: Number(port), connections, seconds, requests, status });
      const [report] = await once(child, 'message');
      if (report.errors > 0) throw new Error(`${report.errors} answers were wrong, such as: ${report.firstError}`);
      return { ...report, perSecond: report.done / report.seconds };
    },
    close: () => child.disconnect(),
  };
}

/** With the processor time of the API beside it, which other load on the machine changes less. */
export async function measure({ child, load }, order) {
  const before = processorSeconds(child);
  const report = await load.run(order);
  return { ...report, usEach: (1e6 * (processorSeconds(child) - before)) / report.done };
}
