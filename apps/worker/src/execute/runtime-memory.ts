import { spawnSync } from 'node:child_process';

/** Stacks, young generation and compiler need about 80 MiB (measured) beyond an idle Node. */
const growthMb = 112;

const printDataKb = `process.stdout.write(/^VmData:\\s*(\\d+)/m.exec(require('fs').readFileSync('/proc/self/status','utf8'))[1])`;

let measured: number | undefined;

/**
 * Returns the part of RLIMIT_DATA that Node itself needs, in MiB.
 * It differs widely: an idle Node 20 has 48 MiB of data, Node 24 reserves 560. Measured once, in a process like the
 * children.
 */
export function runtimeMemoryMb(): number {
  measured ??= idleDataMb() + growthMb;
  return measured;
}

function idleDataMb(): number {
  const { stdout } = spawnSync(process.execPath, ['-e', printDataKb], { env: {}, encoding: 'utf8', timeout: 10_000 });
  return Math.ceil(Number(stdout || 0) / 1024);
}
