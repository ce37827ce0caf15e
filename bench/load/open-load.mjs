import { fork } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { root } from '../../scripts/run-command.mjs';
import { processorSeconds } from '../measure/processor-time.mjs';

/**
 * Starts a client process (`load-process.mjs`).
 * `run` resolves with the report of a closed loop and throws for another status; `runAt` resolves with the report of a
 * fixed rate, whose errors are a part of it.
 */
export function openLoad({ api, key }) {
  const file = path.join(root, 'bench/load/load-process.mjs');
  const child = fork(file, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], serialization: 'advanced' });
  const { hostname: host, port } = new URL(api);
  const format = (method, target, { body = '', as = key, headers = [] } = {}) =>
    [
      `${method} ${target} HTTP/1.1`,
      `Host: ${host}:${port}`,
      `Authorization: Bearer ${as}`,
      ...headers,
      ...(method === 'GET' ? [] : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
      '',
      body,
    ].join('\r\n');
  const send = async (order) => {
    child.send({ host, port: Number(port), ...order });
    const [report] = await once(child, 'message');
    return { ...report, perSecond: report.done / report.seconds };
  };
  return {
    get: (target, more) => format('GET', target, more),
    post: (target, body, more) => format('POST', target, { body, ...more }),
    async run({ status = 200, connections = 64, ...order }) {
      const report = await send({ status, connections, ...order });
      if (report.errors > 0) throw new Error(`${report.errors} answers failed; the first: ${report.firstError}`);
      return report;
    },
    runAt: (perSecond, { status = 200, ...order }) => send({ status, perSecond, ...order }),
    close() {
      if (child.connected) child.disconnect(); // after Ctrl-C it is gone
    },
  };
}

/** Runs a load and adds the processor time of the API, on which other load on the machine has less effect. */
export async function measure({ child, load }, order) {
  const before = processorSeconds(child);
  const report = await load.run(order);
  return { ...report, usEach: (1e6 * (processorSeconds(child) - before)) / report.done };
}
