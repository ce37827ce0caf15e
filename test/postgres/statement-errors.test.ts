import { findApiKey, isConnectionError, openPostgres, putApiKey } from '@turno/postgres';
import { expect, onTestFinished, test } from 'vitest';
import { stores } from '../support/stores/stores.ts';

function open(url: string) {
  const postgres = openPostgres({ url, poolMax: 1, prepare: true, name: 'statement-errors' });
  onTestFinished(() => postgres.close());
  return postgres.sql;
}

test('A statement that the server refuses fails with the error of the server, whose message shows no value of the statement', async () => {
  const sql = open((await stores()).databaseUrl);
  const key = { id: 'key_broken', tenantId: 'ten_1', secretSha256: Buffer.from('secret'), scopes: ['nul\u0000byte'] };
  const error = (await putApiKey(sql, 'One', key).catch((reason: unknown) => reason)) as Error & { code?: string };
  expect(error).toMatchObject({ name: 'PostgresError', code: '22021' });
  expect(error.message).not.toMatch(/key_broken|secret|Failed query/);
});

test('A statement whose server is away fails with a connection error', async () => {
  const sql = open('postgres://nobody@127.0.0.1:9/none');
  const error: unknown = await findApiKey(sql, 'key_1').catch((reason: unknown) => reason);
  expect(isConnectionError(error)).toBe(true);
});
