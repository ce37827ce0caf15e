import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { settings as api } from '../../apps/api/src/config.ts';
import { settings as board } from '../../apps/board/src/config.ts';
import { settings as files } from '../../apps/files/src/config.ts';
import { settings as worker } from '../../apps/worker/src/config.ts';
import { settings as local } from '../../libs/local/src/config.ts';
import { settingNames } from '../../libs/runtime/src/settings/setting-names.ts';
import { root } from '../support/root.ts';

const schemas: Readonly<Record<string, z.ZodObject>> = { api, board, files, worker, local };
const lines = readFileSync(join(root, '.env.example'), 'utf8').split('\n');
const compose = readFileSync(join(root, 'docker-compose.yml'), 'utf8');

const examples = lines.flatMap((line, index) => {
  const [, name = '', value = ''] = /^([A-Z][A-Z0-9_]*)=(.*)$/.exec(line) ?? [];
  const above = lines.slice(lines.findLastIndex((other, at) => at < index && !other.startsWith('# ')) + 1, index);
  return name === '' ? [] : [{ name, value, above: above.map((text) => text.slice(2)).join(' ') }];
});
const names = examples.map(({ name }) => name).toSorted();
const read = new Set(Object.values(schemas).flatMap((schema) => Object.keys(schema.shape)));
/** docker-compose.yml reads these itself, for its own Postgres and Redis. */
const ofStores = ['POSTGRES_PASSWORD', 'REDIS_PASSWORD'];

test('.env.example lists every setting once, and no name that no process reads', () => {
  expect(names).toEqual([...read].toSorted());
});

test('There are at most 45 settings', () => {
  expect(names.length).toBeLessThanOrEqual(45);
});

test('The runtime knows the names of all settings, by which it finds a misspelled name', () => {
  expect([...settingNames].toSorted()).toEqual(names);
});

test('docker-compose.yml reads only settings and the passwords of its own stores', () => {
  const composed = [...compose.matchAll(/\$\{([A-Z0-9_]+)/g)].map((match) => match[1] ?? '');
  expect(composed.filter((name) => !read.has(name) && !ofStores.includes(name))).toEqual([]);
});

test.each(examples)('.env.example says which question $name answers', ({ above }) => {
  expect(above).toMatch(/^[A-Z].*\?/);
  expect(above).toMatch(/[.?]$/);
});

// One .env file serves all processes, so a setting means the same to each.
test.each(examples)('.env.example shows the default of $name for every process that reads it', ({ name, value }) => {
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

test.each(examples)('Every process accepts the same values for $name', ({ name }) => {
  const fields = Object.values(processes).flatMap(({ shape }) => shape[name] ?? []);
  for (const spelling of spellings) {
    const [first, ...others] = fields.map((field) => z.safeParse(field, spelling).data);
    for (const other of others) expect(other, `${name}=${spelling}`).toEqual(first);
  }
});

/** Inside the containers these are what the image and docker-compose.yml say. */
const fixedInside = 'DATABASE_URL REDIS_URL HOST OPS_PORT WORKER_OPS_PORT DATA_DIR FILES_DIR KINDS_DIR'.split(' ');

// A line in .env beside docker-compose.yml that reached no container would have no effect, and no message would say so.
test.each(Object.keys(processes))('docker-compose.yml passes every setting of %s to its container', (app) => {
  const service = new RegExp(`^  ${app}:\\n((?:    .*\\n|\\n)+)`, 'm').exec(compose)?.[1] ?? '';
  const anchors = [...(/<<: \[(.*)\]/.exec(service)?.[1] ?? '').matchAll(/\*(\w+)/g)].map(([, name]) => name);
  const shared = anchors.map((name) => new RegExp(`&${name}\\n((?:  .*\\n)+)`).exec(compose)?.[1]).join('');
  const handed = [...(shared + service).matchAll(/\$\{([A-Z0-9_]+)/g)].map(([, name]) => name);
  const wanted = Object.keys(processes[app]?.shape ?? {}).filter((name) => !fixedInside.includes(name));
  expect(wanted.filter((name) => !handed.includes(name))).toEqual([]);
});
