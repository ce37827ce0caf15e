import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { findViolations } from './architecture/find-violations.ts';
import { scanSource } from './architecture/scan-source.ts';

const root = join(import.meta.dirname, '..');

test('Each package imports only lower rows, only declared packages, and only through their index', () => {
  expect(findViolations(root)).toEqual([]);
});

const declares = (name: string, ...dependencies: string[]) =>
  JSON.stringify({ name, dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, '*'])) });

/** A small house in order, with a package of every sort; each case below spoils one file of it. */
const sound: Readonly<Record<string, string>> = {
  'package.json': declares('turno', 'vitest'),
  'scripts/start.mjs': "import { spawn } from 'node:child_process';\nawait import('@turno/local');\n",
  'test/one.test.ts': "import { it } from 'vitest';\nimport { open } from '../apps/api/src/app.ts';\n",
  'libs/contract/package.json': declares('@turno/contract', 'zod'),
  'libs/contract/src/index.ts': "export { z } from 'zod';\n",
  'libs/kinds/package.json': declares('@turno/kinds', '@turno/contract'),
  'libs/kinds/src/index.ts': "import '@turno/contract';\nexport const load = (path: string) => import(path);\n",
  'libs/postgres/package.json': declares('@turno/postgres', '@turno/contract', 'postgres'),
  'libs/postgres/src/index.ts': "import postgres from 'postgres';\nexport const one = () => sql`select 1`;\n",
  'libs/postgres/src/jobs/index.ts': "export * from './finish-jobs.ts';\n",
  'libs/postgres/src/jobs/finish-jobs.ts': "import { batch } from '../batching/index.ts';\n",
  'libs/postgres/src/batching/index.ts': "export * from './inner/batcher.ts';\n",
  'libs/postgres/src/batching/inner/batcher.ts': "import '../timer.ts';\n",
  'libs/postgres/src/batching/timer.ts': 'export const timer = 1;\n',
  'libs/queue/package.json': declares('@turno/queue', '@turno/postgres', 'bullmq', 'postgres'),
  'libs/queue/src/index.ts': "export { Queue } from 'bullmq';\n",
  'libs/jobs/package.json': declares('@turno/jobs', '@turno/postgres', '@turno/queue', '@turno/api', 'bullmq'),
  'libs/jobs/src/index.ts': "import { one } from '@turno/postgres';\nexport * from './submit-job.ts';\n",
  'libs/jobs/src/submit-job.ts': 'export const limit = 1;\n',
  'libs/client/package.json': declares('@turno/client', '@turno/contract', '@turno/kinds'),
  'libs/client/src/index.ts': "import type { Job } from '@turno/contract';\n",
  'libs/local/package.json': declares('@turno/local', '@turno/postgres', '@turno/jobs'),
  'libs/local/src/index.ts': "export * from '@turno/postgres';\n",
  'apps/api/package.json': declares('@turno/api', '@turno/jobs', '@turno/local', '@turno/worker', 'express'),
  'apps/api/src/app.ts': "import express from 'express';\nimport { limit } from '@turno/jobs';\n",
  'apps/worker/package.json': declares('@turno/worker', '@turno/jobs', 'express'),
  'apps/worker/src/main.ts': "import '@turno/jobs';\n",
};

const planted: readonly { title: string; path: string; text: string; says: string }[] = [
  {
    title: 'an import from a higher row',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import '@turno/api';",
    says: 'libs/jobs may not import apps/api',
  },
  {
    title: 'an import of a sibling',
    path: 'libs/queue/src/index.ts',
    text: "export * from '@turno/postgres';",
    says: 'libs/queue may not import libs/postgres',
  },
  {
    title: 'an import of types alone',
    path: 'libs/queue/src/index.ts',
    text: "import type { Row } from '@turno/postgres';",
    says: 'libs/queue may not import libs/postgres',
  },
  {
    title: 'an import inside a function',
    path: 'libs/queue/src/index.ts',
    text: 'export async function late() {\n  return await import(`@turno/postgres`);\n}',
    says: 'libs/queue may not import libs/postgres',
  },
  {
    title: 'an import by a type expression over several lines',
    path: 'libs/queue/src/index.ts',
    text: "export type Row = import(\n  '@turno/postgres'\n).Row;",
    says: 'libs/queue may not import libs/postgres',
  },
  {
    title: 'an import of another app',
    path: 'apps/api/src/app.ts',
    text: "import '@turno/worker';",
    says: 'apps/api may not import apps/worker',
  },
  {
    title: 'an import of the local stores by an app',
    path: 'apps/api/src/app.ts',
    text: "import { openStores } from '@turno/local';",
    says: 'apps/api may not import libs/local',
  },
  {
    title: 'a client that knows more than the contract',
    path: 'libs/client/src/index.ts',
    text: "import '@turno/kinds';",
    says: 'libs/client may not import libs/kinds',
  },
  {
    title: 'local stores that know the life of a job',
    path: 'libs/local/src/index.ts',
    text: "import '@turno/jobs';",
    says: 'libs/local may not import libs/jobs',
  },
  {
    title: 'an undeclared package of ours',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import '@turno/contract';",
    says: '"@turno/contract" is not declared',
  },
  {
    title: 'an undeclared module from outside',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import { z } from 'zod/v4';",
    says: '"zod" is not declared',
  },
  {
    title: "a module of Node's without its prefix",
    path: 'libs/jobs/src/submit-job.ts',
    text: "const fs = require('fs');",
    says: '"fs" is not declared',
  },
  {
    title: 'a second door',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import '@turno/postgres/dist/pool.js';",
    says: 'goes past the door of @turno/postgres',
  },
  {
    title: 'a second door that is for another one',
    path: 'apps/api/src/app.ts',
    text: "import '@turno/kinds/handlers';",
    says: 'goes past the door of @turno/kinds',
  },
  {
    title: 'a path past the door of another folder of libs/postgres',
    path: 'libs/postgres/src/jobs/finish-jobs.ts',
    text: "import { timer } from '../batching/timer.ts';",
    says: 'goes past the door of batching',
  },
  {
    title: 'a path past the door of a folder, from the door of libs/postgres itself',
    path: 'libs/postgres/src/index.ts',
    text: "export * from './jobs/finish-jobs.ts';",
    says: 'goes past the door of jobs',
  },
  {
    title: 'a path into another package',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import '../../postgres/src/index.ts';",
    says: 'leaves the package',
  },
  {
    title: 'Express outside the two apps',
    path: 'apps/worker/src/main.ts',
    text: "import express from 'express';",
    says: '"express" belongs to',
  },
  {
    title: 'the driver outside libs/postgres',
    path: 'libs/queue/src/index.ts',
    text: "import postgres from 'postgres';",
    says: '"postgres" belongs to libs/postgres',
  },
  {
    title: 'SQL outside libs/postgres',
    path: 'libs/jobs/src/submit-job.ts',
    text: 'export const rows = await sql<Row[]>`select ${id}`;',
    says: 'SQL stays in libs/postgres',
  },
  {
    title: 'BullMQ outside libs/queue',
    path: 'libs/jobs/src/submit-job.ts',
    text: "import { Queue } from 'bullmq';",
    says: '"bullmq" belongs to libs/queue',
  },
  {
    title: 'an import that hides what it loads',
    path: 'libs/jobs/src/submit-job.ts',
    text: 'export const load = (name: string) => import(name);',
    says: 'only known at run time',
  },
  {
    title: 'a script that needs an install first',
    path: 'scripts/start.mjs',
    text: "import { it } from 'vitest';",
    says: 'is not there before the first install',
  },
  {
    title: 'a test that imports what the root does not declare',
    path: 'test/one.test.ts',
    text: "import Redis from 'ioredis';",
    says: '"ioredis" is not declared',
  },
  {
    title: 'a package without a row',
    path: 'libs/extra/package.json',
    text: declares('@turno/extra'),
    says: 'libs/extra: has no row',
  },
  {
    title: 'a file that is too long',
    path: 'libs/jobs/src/submit-job.ts',
    text: '\n'.repeat(301),
    says: 'has 301 lines, the limit is 300',
  },
  {
    title: 'a file named for nothing',
    path: 'libs/jobs/src/utils.ts',
    text: 'export const one = 1;',
    says: '"utils.ts" does not say what it holds',
  },
  { title: 'an enum', path: 'libs/jobs/src/submit-job.ts', text: 'export enum State { a }', says: 'declares an enum' },
];

describe('the check itself', () => {
  let tree: string | undefined;
  afterEach(() => {
    if (tree !== undefined) rmSync(tree, { recursive: true, force: true });
  });

  function build(files: Readonly<Record<string, string>>): string {
    tree = mkdtempSync(join(tmpdir(), 'turno-architecture-'));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, path)), { recursive: true });
      writeFileSync(join(tree, path), text);
    }
    return tree;
  }

  test('The check of the architecture finds no violation in a sound tree', () => {
    expect(findViolations(build(sound))).toEqual([]);
  });

  test.each(planted)('The check of the architecture finds $title', ({ path, text, says }) => {
    expect(findViolations(build({ ...sound, [path]: text }))).toEqual([expect.stringContaining(says)]);
  });

  test('The check of the architecture ignores comments, strings and regular expressions', () => {
    const source = [
      "// import 'a';",
      "/* export * from 'b'; */",
      `const text = "import 'c'";`,
      "const quote = /['\"`]/; import 'd';",
      "const url = 'http://x'; export * as e from 'e';",
      "const list = Array.from('f');",
      "const page = `import 'g' ${1}`;",
      "import {\n  one,\n  two,\n} from 'h';",
    ].join('\n');
    expect(scanSource(source).imports).toEqual(['d', 'e', 'h']);
  });
});
