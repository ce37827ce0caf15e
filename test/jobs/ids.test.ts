import { isId, newId } from '@turno/contract';
import postgres from 'postgres';
import { expect, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';

/** The 128 bits of a TypeID's suffix as a hexadecimal UUID without dashes (TypeID specification 0.3). */
function toUuid(id: string): string {
  const digits = id.slice(id.indexOf('_') + 1).split('');
  const bits = digits.reduce((sum, digit) => sum * 32n + BigInt(alphabet.indexOf(digit)), 0n);
  return bits.toString(16).padStart(32, '0');
}

function expectUuid7(id: string, aboutMs: number): void {
  const uuid = toUuid(id);
  expect(uuid).toMatch(/^[0-9a-f]{12}7[0-9a-f]{3}[89ab][0-9a-f]{15}$/);
  expect(Math.abs(Number.parseInt(uuid.slice(0, 12), 16) - aboutMs)).toBeLessThan(3_600_000);
}

test('An id is a TypeID: its prefix and a UUIDv7 in base 32, and ids of one process sort by age', () => {
  const ids = Array.from({ length: 20_000 }, () => newId('job'));
  for (const id of ids.slice(0, 100)) expectUuid7(id, Date.now());
  expect(ids.toSorted()).toEqual(ids);
  expect(new Set(ids).size).toBe(ids.length);
});

test('An id is accepted only with its own prefix, 26 digits of the alphabet, and no more than 128 bits', () => {
  const suffix = newId('job').slice('job_'.length);
  expect(isId('job', `job_${suffix}`)).toBe(true);
  expect(isId('job', 'job_7zzzzzzzzzzzzzzzzzzzzzzzzz')).toBe(true);
  const refused = [
    `file_${suffix}`,
    suffix,
    `job_${suffix}0`,
    `job_${suffix.slice(1)}`,
    `job_${suffix.toUpperCase()}`,
    'job_8zzzzzzzzzzzzzzzzzzzzzzzzz',
    `job_${suffix.slice(0, -1)}u`,
  ];
  expect(refused.filter((text) => isId('job', text))).toEqual([]);
});

test('Ids that Postgres makes for deliveries have the same form', async () => {
  const sql = postgres((await stores()).databaseUrl, { max: 1 });
  const rows = await sql<{ id: string }[]>`SELECT new_delivery_id() AS id FROM generate_series(1, 100)`;
  await sql.end();
  for (const { id } of rows) {
    expect(isId('dlv', id)).toBe(true);
    expectUuid7(id, Date.now());
  }
});
