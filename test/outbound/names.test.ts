import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createResolver } from '@turno/runtime';
import { expect, onTestFinished, test } from 'vitest';
import { startNameServer } from '../support/name-server.ts';

const four = (address: string) => [{ address, family: 4 }];

test('Names that no server answers for keep no other waiting, nor a thread of the system', async () => {
  const server = await startNameServer({ 'live.test': '192.0.2.7' }, /^silent/);
  const asked: string[] = [];
  const resolve = createResolver({
    servers: [server],
    timeoutMs: 2_000,
    fallback(name) {
      asked.push(name);
      return Promise.resolve(four('192.0.2.8'));
    },
  });
  const silent = Array.from({ length: 30 }, (_, n) => resolve(`silent${n}.test`));
  const ends = Promise.allSettled(silent);
  expect(await resolve('live.test')).toEqual(four('192.0.2.7'));
  expect(await resolve('elsewhere.test')).toEqual(four('192.0.2.8'));
  for (const end of await ends)
    expect(end).toMatchObject({ status: 'rejected', reason: { message: expect.stringContaining('no name server') } });
  expect(asked).toEqual(['elsewhere.test']);
});

test('What name servers do not know the system is asked for, one name at a time', async () => {
  const server = await startNameServer({}, /^$/);
  let [now, most] = [0, 0];
  const resolve = createResolver({
    servers: [server],
    async fallback(name) {
      most = Math.max(most, (now += 1));
      await new Promise((done) => setImmediate(done));
      now -= 1;
      if (name === 'c.test') throw new Error('unknown');
      return four('192.0.2.9');
    },
  });
  const answers = await Promise.allSettled(['a', 'b', 'c', 'd'].map((name) => resolve(`${name}.test`)));
  expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(most).toBe(1);
});

test('The hosts file comes first, whoever else knows the name', async () => {
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
