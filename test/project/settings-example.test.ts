import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { settings as api } from '../../apps/api/src/config.ts';
import { settings as board } from '../../apps/board/src/config.ts';
import { settings as files } from '../../apps/files/src/config.ts';
import { settings as worker } from '../../apps/worker/src/config.ts';
import { settings as local } from '../../libs/local/src/config.ts';
import { root } from '../support/root.ts';

const schemas: Readonly<Record<string, z.ZodObject>> = { api, board, files, worker, local };
const lines = readFileSync(join(root, '.env.example'), 'utf8').split('\n');
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

const examples = lines.flatMap((line, index) => {
  const [, name = '', value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  return name === '' ? [] : [{ name, value, above: lines[index - 1] ?? '' }];
});
const composed = new Set([...compose.matchAll(/\$\{([A-Z0-9_]+)/g)].map((match) => match[1] ?? ''));
const known = new Set([...Object.values(schemas).flatMap((schema) => Object.keys(schema.shape)), ...composed]);

test('.env.example lists each setting once and no setting that no process reads', () => {
  expect(examples.map(({ name }) => name).toSorted()).toEqual([...known].toSorted());
});

test.each(examples)('.env.example explains $name', ({ above }) => {
  expect(above).toMatch(/^# \S.*[a-z].*\.$/);
});

// A setting that two processes share must mean the same to both, or one file could not serve them.
test.each(examples)('.env.example has the default of $name, which is the same in each app', ({ name, value }) => {
  for (const { shape } of Object.values(schemas)) {
    const field = shape[name];
    if (field === undefined) continue;
    const leftOut = z.safeParse(field, undefined);
    if (value !== '') expect(z.parse(field, value)).toEqual(leftOut.data);
    else if (name !== 'CPU_CONCURRENCY') expect(leftOut.data ?? []).toEqual([]);
  }
});

// `npm start` passes on what it is given: its processes judge it.
const { local: _passesOn, ...processes } = schemas;
const spellings = [
  'fatal',
  'trace',
  'true',
  'maybe',
  '0',
  '1',
  '99999999',
  'https://a.example',
  'https://a.example/b',
  '*',
];

test.each(examples)('Each app accepts the same values of $name', ({ name }) => {
  const fields = Object.values(processes).flatMap(({ shape }) => shape[name] ?? []);
  for (const spelling of spellings) {
    const [first, ...others] = fields.map((field) => z.safeParse(field, spelling).data);
    for (const other of others) expect(other, `${name}=${spelling}`).toEqual(first);
  }
});

/** Inside the containers these are what the image and docker-compose.yml say. */
const fixedInside = 'DATABASE_URL REDIS_URL HOST OPS_PORT WORKER_OPS_PORT DATA_DIR FILES_DIR KINDS_DIR'.split(' ');

// Else a line in .env beside docker-compose.yml would do nothing, and nobody would say so.
test.each(Object.keys(processes))('docker-compose.yml passes each setting to the container of %s', (app) => {
  const service = new RegExp(`^  ${app}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';
  const anchors = [...(/<<: \[(.*)\]/.exec(service)?.[1] ?? '').matchAll(/\*(\w+)/g)].map(([, name]) => name);
  const shared = anchors.map((name) => new RegExp(`&${name}\\n((?:  .*\\n)+)`).exec(compose)?.[1]).join('');
  const handed = [...(shared + service).matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name);
  const wanted = Object.keys(processes[app]?.shape ?? {}).filter((name) => !fixedInside.includes(name));
  expect(wanted.filter((name) => !handed.includes(name))).toEqual([]);
});
