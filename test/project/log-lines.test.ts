import { spawnSync } from 'node:child_process';
import { boundLogFields } from '@turno/runtime';
import { expect, test } from 'vitest';
import { root } from '../support/root.ts';

const long = 'z'.repeat(100_000);

/** The longest run of the caller's character in a line. */
const quoted = (fields: Record<string, unknown>) =>
  Math.max(...[...JSON.stringify(boundLogFields(fields)).matchAll(/z+/g)].map(([run]) => run.length));

test.each([
  ['a field', { path: long }],
  ['a field of a field', { request: { headers: { agent: long } } }],
  ['an item of a list', { tags: ['a', long] }],
  ['the name of a field', { query: { [long]: 1 } }],
  ['the message of an error, its stack included', { err: new Error(`no such row: ${long}`) }],
  ['a message of many lines', { err: new Error(`first\n${`${long}\n`.repeat(9)}last`) }],
  ['a field of an error', { err: Object.assign(new Error('failed'), { query: long, params: [long] }) }],
  ['the cause of an error', { err: new Error('outer', { cause: new Error(long) }) }],
  ['one of several errors', { err: new AggregateError([new Error(long)], 'all failed') }],
  ['the stack that a handler gave', { stack: new Error(long).stack }],
])('A log line has at most 200 characters of %s', (_what, fields) => {
  expect(quoted(fields)).toBeLessThanOrEqual(200);
});

test('A log line is bounded whatever an error has: fields, causes, depth', () => {
  let nested: unknown = long;
  for (let level = 0; level < 1_000; level += 1) nested = { nested };
  let error = new Error(long);
  for (let level = 0; level < 100; level += 1) error = new Error(long, { cause: error });
  const wide = Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, index]));
  for (const fields of [{ nested }, { err: error }, { wide }, { list: Array(100_000).fill(1) }]) {
    expect(JSON.stringify(boundLogFields(fields)).length).toBeLessThan(40_000);
  }
});

test('An error in the log has its type, code, message, causes and frames', () => {
  const err = Object.assign(new TypeError('it broke', { cause: new RangeError('the reason') }), { code: 'E1' });
  const { stack, ...rest } = boundLogFields({ err })['err'] as { stack: string };
  expect(rest).toMatchObject({ type: 'TypeError', message: 'it broke', code: 'E1', cause: { message: 'the reason' } });
  expect(stack).toMatch(/^TypeError: it broke\n\s+at .*log-lines\.test\.ts/);
});

test('Both loggers write characters that change the text around them as JSON escapes', () => {
  const path = 'a\u007f\u009b\u200b\u2028\u202e\u2066\ufeff\u{e0041}é写b';
  const script = `
    import { createBufferedLog, createLog } from '@turno/runtime';
    for (const log of [createLog('a', 'info'), createBufferedLog('b', 'info')])
      log.info({ path: ${JSON.stringify(path)} }, 'done');`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const lines = String(stdout).trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line).toContain('é写b');
    expect(line).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    expect(JSON.parse(line)).toMatchObject({ path });
  }
});

test('Both loggers of a process cut what they write', () => {
  const script = `
    import { createBufferedLog, createLog } from '@turno/runtime';
    const err = new Error('z'.repeat(100_000));
    for (const log of [createLog('a', 'info'), createBufferedLog('b', 'info')])
      log.error({ err, path: 'z'.repeat(15_000) }, 'failed');`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root });
  const lines = String(stdout).trim().split('\n');
  expect(lines).toHaveLength(2);
  for (const line of lines) {
    expect(line.length).toBeLessThan(4_000);
    expect(JSON.parse(line)).toMatchObject({ msg: 'failed', err: { type: 'Error' } });
  }
});
