import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import type { SupervisedApp } from '../app.ts';
import type { Fault } from './fault.ts';
import { Skipped } from './skipped.ts';

export const tenfoldBurst: Fault = async ({ clients }) => {
  clients.speedUp(10);
  await delay(3_000);
  clients.speedUp(1);
};

const slowSockets = 300;
/** The API cuts a head that has not come within 10 s; some more for a busy machine. */
const slowMsMax = 20_000;

/** Many clients that send a byte now and then and never come to an end. The API must be rid of them by itself. */
export const slowLoris: Fault = async ({ fleet: { apis }, stopped }) => {
  const sockets = apis.flatMap((api) => dial(api, slowSockets));
  for (const socket of sockets) socket.write('POST /v1/jobs HTTP/1.1\r\nHost: slow\r\nX-Slow: ');
  const since = Date.now();
  const alive = () => sockets.filter((socket) => !socket.destroyed);
  while (alive().length > 0 && !stopped.aborted && Date.now() - since < slowMsMax) {
    await delay(500);
    for (const socket of alive()) socket.write('x');
  }
  const left = alive().length;
  for (const socket of sockets) socket.destroy();
  if (left > 0 && !stopped.aborted)
    throw new Error(`${left} of ${sockets.length} endless requests were still open after ${slowMsMax} ms`);
};

const spareDescriptors = 10;

/** An API may open hardly any files more, and more callers come than it can take. It must live through that. */
export const fewDescriptors: Fault = async ({ fleet: { apis }, random }) => {
  const api = random.pick(apis);
  const pid = api.pid();
  if (pid === undefined) return;
  const before = limit(pid, 'noglob');
  limit(pid, `${readdirSync(`/proc/${pid}/fd`).length + spareDescriptors}:`);
  const sockets = dial(api, 20 * spareDescriptors);
  await delay(random.between(2_000, 5_000));
  for (const socket of sockets) socket.destroy();
  limit(pid, `${before}:`);
  if (api.pid() !== pid) throw new Error(`${api.name} ended when it ran out of file descriptors`);
};

/** Sets the limit on open files of a process; answers with the one there was. */
function limit(pid: number, nofile: string): string {
  const words = nofile === 'noglob' ? [] : [`--nofile=${nofile}`];
  const shown = ['--noheadings', '--raw', '--output=SOFT', '--nofile'];
  const { status, stdout } = spawnSync('prlimit', ['--pid', String(pid), ...(words.length > 0 ? words : shown)]);
  if (status !== 0) throw new Skipped('prlimit (package util-linux) cannot change the limits of a process here');
  return String(stdout).trim();
}

function dial(api: SupervisedApp, count: number): Socket[] {
  const address = api.address();
  if (address === undefined) return [];
  const { hostname, port } = new URL(address);
  return Array.from({ length: count }, () => {
    const socket = connect(Number(port), hostname);
    return socket.on('error', () => socket.destroy()).resume();
  });
}
