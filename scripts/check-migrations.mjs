import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { root } from './run-command.mjs';

// Fails when the tables in TypeScript have changed without a migration: drizzle-kit then has one to add to a copy of
// the migrations.
const copy = mkdtempSync(path.join(tmpdir(), 'turno-migrations-'));
cpSync(path.join(root, 'libs/postgres/migrations'), copy, { recursive: true });
const tool = path.join(root, 'node_modules/drizzle-kit/bin.cjs');
const schema = 'libs/postgres/src/schema/tables.ts';
// It takes only paths from the current folder, and exits with 0 after an error too.
const words = ['generate', '--dialect=postgresql', `--schema=${schema}`, `--out=${path.relative(root, copy)}`];
const run = spawnSync(process.execPath, [tool, ...words], { cwd: root, encoding: 'utf8', timeout: 60_000 });
rmSync(copy, { recursive: true, force: true });

const isSame = run.stdout.includes('No schema changes');
if (!isSame) {
  console.error(run.stdout + run.stderr);
  console.error('The tables in libs/postgres/src/schema and the migrations differ: run npm run migration.');
}
process.exitCode = isSame ? 0 : 1;
