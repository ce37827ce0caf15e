import { pino } from 'pino';
import { expect, test } from 'vitest';
import { toConsoleLine } from '../../libs/local/src/terminal/console-lines.ts';
import { watchReadiness } from '../../libs/runtime/src/ops/readiness.ts';
import { repeat } from '../../libs/runtime/src/timing/repeat.ts';
import { eventually } from '../support/eventually.ts';

/** A log whose lines go to the terminal of `npm start`, as those of an app do. */
function terminal() {
  const lines: string[] = [];
  const write = (line: string) => lines.push(...[toConsoleLine('worker', line)].filter((shown) => shown !== undefined));
  return { lines, log: pino({ level: 'debug' }, { write }) };
}

test('The terminal shows that a store is away and that it is back, and no other line of the level info', async () => {
  const { lines, log } = terminal();
  let answers = false;
  const readiness = watchReadiness(log, [{ name: 'postgres', check: () => Promise.resolve(answers) }], { everyMs: 5 });
  log.info('a line that needs nobody');
  await eventually(() => lines.length === 1);
  answers = true;
  await eventually(() => lines.length === 2);
  readiness.close();
  expect(lines).toEqual(['worker: postgres does not answer', 'worker: postgres answers again']);
});

test('The terminal shows that a task fails and that it succeeds again', async () => {
  const { lines, log } = terminal();
  let fails = true;
  const task = repeat(log, { task: 'refill', everyMs: 1 }, () =>
    fails ? Promise.reject(new Error('no')) : Promise.resolve(),
  );
  await eventually(() => lines.length === 1);
  fails = false;
  await eventually(() => lines.length === 2);
  await task.stop();
  expect(lines).toEqual(['worker: refill failed and will be tried again (no)', 'worker: refill succeeds again']);
});
