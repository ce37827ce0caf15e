import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createResolver } from '@turno/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { startNameServer } from '../support/http/name-server.ts';

const four = (address: string) => [{ address, family: 4 }];

test('Lookups without an answer block neither other lookups nor a thread of the system resolver', async () => {
  const server = await startNameServer({ 'live.test': '192.0.2.7' }, /^silent/);
  const fallbackNames: string[] = [];
  const resolve = createResolver({
    servers: [server],
    timeoutMs: 2_000,
    fallback(name) {
      fallbackNames.push(name);
      return Promise.resolve(four('192.0.2.8'));
    },
  });
  const silent = Array.from({ length: 30 }, (_, n) => resolve(`silent${n}.test`));
  const ends = Promise.allSettled(silent);
  expect(await resolve('live.test')).toEqual(four('192.0.2.7'));
  expect(await resolve('elsewhere.test')).toEqual(four('192.0.2.8'));
  for (const end of await ends)
    expect(end).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('no name server') } });
  expect(fallbackNames).toEqual(['elsewhere.test']);
});

test('The system resolves names that the name servers do not know, one name at a time', async () => {
  const server = await startNameServer({}, /^$/);
  let [running, runningMax] = [0, 0];
  const resolve = createResolver({
    servers: [server],
    async fallback(name) {
      runningMax = Math.max(runningMax, (running += 1));
      await new Promise((done) => setImmediate(done));
      running -= 1;
      if (name === 'c.test') throw new Error('unknown');
      return four('192.0.2.9');
    },
  });
  const answers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => resolve(`${name}.test`)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(runningMax).toBe(1);
});

test('The hosts file has precedence over the name servers', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'hosts-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const hostsFile = path.join(folder, 'hosts');
  await writeFile(
    hostsFile,
    '# 10.0.0.1 live.test\n127.0.0.1\tlocal Live.Test # mine\n::1 live.test\nnonsense live.test\n',
  );
  const server = await startNameServer({ 'live.test': '192.0.2.7' }, /^$/);
  const resolve = createResolver({ servers: [server], hostsFile });
  expect(await resolve('live.test.')).toEqual([...four('127.0.0.1'), { address: '::1', family: 6 }]);
});
