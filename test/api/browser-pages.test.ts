import path from 'node:path';
import type { Job } from '@turno/contract';
import { beforeAll, expect, test } from 'vitest';
import { chromiumPath, noChromium, openPage } from '../support/apps/browser.ts';
import type { OpenApi } from '../support/http/conforms.ts';
import { root } from '../support/root.ts';
import { type Api, startApi } from '../support/apps/start-api.ts';
import { type Board, startBoard } from '../support/apps/start-board.ts';
import { testKey } from '../support/apps/start-turno.ts';

/** Few kinds: those of the tests would make the page several times as heavy. */
const KINDS_DIR = path.join(root, 'examples/kinds');

let api: Api;
let board: Board;
beforeAll(async () => {
  if (chromiumPath === undefined) console.log(`Skipped: ${noChromium}.`);
  else [api, board] = await Promise.all([startApi({ KINDS_DIR }), startBoard()]);
});

test('The docs page lists every operation, submits a job with a key, and loads nothing from another origin', async ({
  skip,
}) => {
  if (chromiumPath === undefined) skip(noChromium);
  const { page, outside, complaints } = await openPage(api.url);
  await page.goto(`${api.url}/docs#/jobs/submitJob`);
  const submit = page.locator('#operations-jobs-submitJob');
  await submit.getByRole('button', { name: 'Execute' }).waitFor();

  const { paths } = (await (await fetch(`${api.url}/openapi.json`)).json()) as OpenApi;
  const described = Object.entries(paths).flatMap(([address, methods]) =>
    Object.keys(methods).map((method) => `${method.toUpperCase()} ${address}`),
  );
  const listed = await page.locator('.opblock-summary').evaluateAll((rows) =>
    rows.map((row) => {
      const address = row.querySelector('[data-path]')?.getAttribute('data-path');
      return `${row.querySelector('.opblock-summary-method')?.textContent} ${address}`;
    }),
  );
  expect(listed.sort()).toEqual(described.sort());

  await page.getByRole('button', { name: 'Authorize' }).click();
  const dialog = page.locator('.dialog-ux');
  await dialog.getByRole('textbox').fill(testKey);
  await dialog.getByRole('button', { name: 'Apply credentials' }).click();
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await submit.locator('.body-param__text').fill(JSON.stringify({ kind: 'math.sum-of-squares', input: { n: 7 } }));
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().method() === 'POST'),
    submit.getByRole('button', { name: 'Execute' }).click(),
  ]);
  expect(answer.status()).toBe(202);
  // Nothing that the reader did not ask for, such as an example's idempotency key.
  expect(Object.keys(await answer.request().allHeaders())).not.toEqual(
    expect.arrayContaining([expect.stringMatching(/^(prefer|idempotency-key|traceparent)$/)]),
  );
  const { id } = (await answer.json()) as Job;
  await submit.locator('.live-responses-table').getByText(id).first().waitFor();
  expect(await (await api.request(`/v1/jobs/${id}`)).json()).toMatchObject({ input: { n: 7 } });
  expect({ outside, complaints }).toEqual({ outside: [], complaints: [] });
});

test('The board shows both queues after a login and loads nothing from another origin', async ({ skip }) => {
  if (chromiumPath === undefined) skip(noChromium);
  const httpCredentials = { username: board.user, password: board.password, origin: board.url };
  const { page, outside, complaints } = await openPage(board.url, { httpCredentials });
  await page.goto(board.url);
  for (const queue of ['cpu', 'io']) await page.getByRole('link', { name: queue, exact: true }).first().waitFor();
  expect({ outside, complaints }).toEqual({ outside: [], complaints: [] });
});
