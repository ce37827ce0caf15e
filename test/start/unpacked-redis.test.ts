import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { makeRepository, type Package } from '../support/apps/apt-repository.ts';
import { atEndOfFile } from '../support/end-of-file.ts';
import { root } from '../support/root.ts';

/** A program that runs only beside its libraries, as a linked one does. */
const program = `#!/bin/sh
for library in liblzf.so.1 libjemalloc.so.2 libdeep.so.1; do
  found=
  IFS=:
  for folder in $LD_LIBRARY_PATH; do [ -e "$folder/$library" ] && found=yes; done
  [ "$found" ] || { echo "error while loading shared libraries: $library" >&2; exit 127; }
done
echo Redis server v=7.0.15
`;

function library(name: string, file: string, depends = 'libc6'): Package {
  return { name, depends, files: { [`usr/lib/x86_64-linux-gnu/${file}`]: '' } };
}

const withoutDeep: Package[] = [
  { name: 'redis-server', depends: 'adduser, redis-tools', files: { 'usr/bin/redis-server': '-> redis-check-rdb' } },
  {
    name: 'redis-tools',
    depends: 'adduser, libc6, libgcc-s1, libjemalloc2, liblzf1 (>= 1.5) | liblzf0',
    files: { 'usr/bin/redis-check-rdb': program },
  },
  library('liblzf1', 'liblzf.so.1', 'libc6, libdeep1'),
  library('libjemalloc2', 'libjemalloc.so.2'),
  { name: 'adduser', depends: 'libadduser1', files: { 'usr/bin/adduser': '' } },
  library('libadduser1', 'libadduser.so.1'),
  library('libgcc-s1', 'libgcc_s.so.1'),
  { name: 'libc6', files: { 'usr/lib/libc.so.6': '', 'usr/lib/ld-linux-x86-64.so.2': '' } },
];
const packages = [...withoutDeep, library('libdeep1', 'libdeep.so.1')];
const installed = ['redis-tools', 'liblzf1', 'libjemalloc2', 'libdeep1', 'libc6', 'libgcc-s1', 'adduser'];

function newFolder(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'turno-apt-'));
  atEndOfFile(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** Unpacks Redis as `npm start` does, and returns what its start printed, or why it could not be unpacked. */
async function unpack(toolsDir: string, repository: readonly Package[], { lists = false } = {}): Promise<string> {
  const { programs } = makeRepository(path.join(newFolder(), 'apt'), repository, installed);
  if (lists) await promisify(execFile)(path.join(programs, 'apt-get'), ['update']);
  const script = `
    const { unpackRedis } = await import(${JSON.stringify(`${root}/libs/local/dist/redis/unpack-redis.js`)});
    const { execFileSync } = await import('node:child_process');
    const unpacked = await unpackRedis(${JSON.stringify(toolsDir)});
    console.log(execFileSync(unpacked.command, ['--version'], { env: unpacked.env, encoding: 'utf8' }));
  `;
  const env = { PATH: `${programs}:${process.env.PATH}` };
  const run = promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env });
  return run.then(
    ({ stdout }) => stdout.trim(),
    (error: unknown) => String(error),
  );
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => path.basename(file));
}

test('Redis is unpacked with redis-tools and all libraries although the system says that they are installed', async () => {
  const toolsDir = newFolder();
  expect(await unpack(toolsDir, packages, { lists: true })).toBe('Redis server v=7.0.15');
  const files = filesIn(toolsDir);
  expect(files).toContain('libdeep.so.1');
  // A second C library would not start beside the loader of the system.
  for (const file of ['libc.so.6', 'ld-linux-x86-64.so.2', 'libgcc_s.so.1', 'adduser', 'libadduser.so.1']) {
    expect(files).not.toContain(file);
  }
});

test('Without package lists, a folder of an earlier start whose Redis does not run is replaced', async () => {
  const toolsDir = newFolder();
  const broken = path.join(toolsDir, `redis-${process.arch}/usr/bin`);
  mkdirSync(broken, { recursive: true });
  writeFileSync(path.join(broken, 'redis-server'), '#!/bin/sh\nexit 127\n', { mode: 0o755 });
  expect(await unpack(toolsDir, packages)).toBe('Redis server v=7.0.15');
});

test('An unpacked Redis that does not run is removed, and the reason names what it lacks', async () => {
  const toolsDir = newFolder();
  const lacksLibrary = withoutDeep.map((each) => (each.name === 'liblzf1' ? library('liblzf1', 'liblzf.so.1') : each));
  expect(await unpack(toolsDir, lacksLibrary)).toContain('does not run: error while loading shared libraries: libdeep');
  expect(existsSync(path.join(toolsDir, `redis-${process.arch}`))).toBe(false);
  expect(filesIn(toolsDir)).toEqual([]);
});
