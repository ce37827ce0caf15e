import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

test('Without a Redis server and a way to download it, one line lists all ways to get one', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-tools-'));
  const script = `
    const { startRedis } = await import('@turno/local');
    await startRedis({ dir: ${JSON.stringify(dir)}, toolsDir: ${JSON.stringify(dir)} }).catch((error) => console.log(error.message));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { cwd: root, env: { PATH: dir } });
  const [said] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  rmSync(dir, { recursive: true });
  expect(said.trim().split('\n')).toHaveLength(1);
  for (const way of ['REDIS_URL', 'apt-get install redis-server', 'brew install redis', 'docker run']) {
    expect(said).toContain(way);
  }
});
