import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { withLock } from '../../scripts/lock.mjs';
import { root, runNpm } from '../../scripts/run-command.mjs';
import { BenchError } from '../stop.mjs';

const folder = path.join(root, 'bench/peers');
const marker = path.join(folder, 'node_modules/.turno-installed');

/** Installs the contestants by their own lockfile, unless they are installed. No other command installs them. */
export async function installPeers() {
  const onWait = (pid) => console.log(`Waiting for process ${pid}, which installs the contestants.`);
  await withLock(path.join(root, '.turno/bench-peers.lock'), onWait, async () => {
    const lockHash = createHash('sha256')
      .update(readFileSync(path.join(folder, 'package-lock.json')))
      .digest('hex');
    if (existsSync(marker) && readFileSync(marker, 'utf8') === lockHash) return;
    console.log('Installing the contestants into bench/peers by their lockfile …');
    const code = await runNpm(['ci', '--prefix', folder, '--ignore-scripts', '--no-audit', '--no-fund', '--silent']);
    if (code !== 0) {
      throw new BenchError(
        `The contestants are missing: \`npm ci --prefix bench/peers\` ended with code ${code}; it needs the registry once.`,
      );
    }
    writeFileSync(marker, lockHash);
  });
}
