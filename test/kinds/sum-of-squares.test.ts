import { loadCatalogue, loadHandler } from '@turno/kinds';
import { expect, test } from 'vitest';
import { final, submit } from '../support/jobs.ts';
import { startTurno } from '../support/apps/start-turno.ts';

/** Σ i² for i < n has the closed form (n−1)·n·(2n−1)/6. */
const closedForm = (n: bigint) => String(((n - 1n) * n * (2n * n - 1n)) / 6n);

test('math.sum-of-squares is exact, also where a double is not', async () => {
  const entry = (await loadCatalogue()).get('math.sum-of-squares');
  const handler = await loadHandler(entry?.runFile ?? '');
  const percents: number[] = [];
  const context = { progress: (percent: number) => void percents.push(percent) } as never;
  const around = (n: number) => [n - 1, n, n + 1];
  for (const n of [
    0,
    1,
    2,
    3,
    ...around(2 ** 15),
    ...around(2 ** 18),
    ...around(2 ** 22),
    ...around(2 ** 23),
    30_000_001,
  ]) {
    expect(await handler({ n }, context)).toEqual({ sum: n === 0 ? '0' : closedForm(BigInt(n)) });
  }
  expect(percents.at(-1)).toBe(100);
});

test('math.sum-of-squares runs in a CPU child, exactly', async () => {
  const turno = await startTurno();
  const job = await final(turno, await submit(turno, 'math.sum-of-squares', { n: 30_000_000 }));
  expect(job).toMatchObject({ state: 'completed', output: { sum: closedForm(30_000_000n) } });
});
