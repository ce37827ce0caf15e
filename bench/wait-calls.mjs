import { Redis } from 'ioredis';
import { openClients } from './http-clients.mjs';
import { countRows, listCommands, listStatements } from './list-calls.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { quantile } from './measure/statistics.mjs';
import { printTable } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';

const body = JSON.stringify({ kind: 'test.noop', input: { value: 1 } });
const headers = { prefer: 'wait=10' };
const warmUps = 300;
const counted = 200;

/**
 * Traces submits that wait for the end of their job, some at a time: the statements and commands of one job, counted,
 * and the way of a single one by time.
 */
export async function run() {
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl, { max: 1 });
  const redis = new Redis(stores.redisUrl);
  const fleet = createFleet(stores, {});
  const { addresses } = await fleet.start('api');
  await fleet.start('worker');
  const http = openClients({ api: addresses.api, key: fleet.key, clients: 4 });
  const submit = () => http.send('POST', '/v1/jobs', { body, headers });
  const repeat = async (count) => {
    const times = [];
    for (let sent = 0; sent < count; sent += 4)
      for (const { ms } of await Promise.all([1, 2, 3, 4].map(submit))) times.push(ms);
    return times;
  };
  await repeat(warmUps);
  const times = await repeat(counted);
  printTable(
    'Submit until its result, four at a time',
    ['p50 ms', 'p99 ms'],
    [[quantile(times, 0.5).toFixed(1), quantile(times, 0.99).toFixed(1)]],
  );
  const statements = await listStatements({ sql, dir: stores.dir }, () => repeat(counted));
  printTable('Statements of one job', ['count', 'statement'], countRows(statements, counted));
  const commands = await listCommands(redis, () => repeat(counted));
  printTable('Commands of one job', ['count', 'command'], countRows(commands, counted));
  await printWay({ sql, redis, dir: stores.dir, submit });
  http.close();
  await fleet.stop();
  redis.disconnect();
  await sql.end();
  await stores.stop();
}

/** Prints the calls of one request in the order of time, from its start. */
async function printWay({ sql, redis, dir, submit }) {
  let beganAt = 0;
  let endedAt = 0;
  let commands = [];
  const one = async () => {
    beganAt = Date.now();
    await submit();
    endedAt = Date.now();
  };
  const statements = await listStatements({ sql, dir }, async () => {
    commands = await listCommands(redis, one);
  });
  const calls = [...statements, ...commands]
    .filter(({ atMs, name }) => atMs >= beganAt - 1 && atMs <= endedAt + 1 && !name.startsWith('  lua'))
    .sort((a, b) => a.atMs - b.atMs);
  const rows = calls.map(({ atMs, ms, name }) => [(atMs - beganAt).toFixed(1), ms?.toFixed(2) ?? '', name]);
  printTable(
    'The way of one request',
    ['at ms', 'took ms', 'call'],
    [...rows, [String(endedAt - beganAt), '', 'answer']],
  );
}
