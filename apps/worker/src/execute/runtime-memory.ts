import { spawnSync } from 'node:child_process';

/** Stacks, the young generation and the compiler come on top of what an idle Node has (measured: about 80 MiB). */
const growthMb = 112;

const tellDataKb = `process.stdout.write(/^VmData:\\s*(\\d+)/m.exec(require('fs').readFileSync('/proc/self/status','utf8'))[1])`;

let measured: number | undefined;

/**
 * What Node itself takes of RLIMIT_DATA, in MiB, before a handler has allocated anything. It differs widely: Node 20 has 48 MiB
 * of data when idle, Node 24 reserves 560. Asked once, of a process like the children.
 */
export function runtimeMemoryMb(): number {
  measured ??= idleDataMb() + growthMb;
  return measured;
}

function idleDataMb(): number {
  const { stdout } = spawnSync(process.execPath, ['-e', tellDataKb], { env: {}, encoding: 'utf8', timeout: 10_000 });
  return Math.ceil(Number(stdout || 0) / 1024);
}
