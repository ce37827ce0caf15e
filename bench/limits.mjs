import { createKey, createTenant } from '@turno/tenants';
import { finishOne } from './finish-one.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { measure, openLoad } from './open-load.mjs';
import { printTable, quantile, readWords } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';
import { ratioOf, showRatio, takeTurns } from './take-turns.mjs';

const clients = 64;
/** So large a refill that nobody is ever refused: only the asking is measured. */
const plans = {
  'no limit': { capacity: null, refill: null, keys: 1 },
  'leased, 100,000 tokens': { capacity: 100_000, refill: 1_000_000, keys: 1 },
  'exact, 199 tokens': { capacity: 199, refill: 1_000_000, keys: 1 },
  'exact, a key for each client': { capacity: 199, refill: 1_000_000, keys: clients },
};
const base = 'no limit';

/**
 * What the token buckets cost: polls and submits of 64 clients without a limit, with a large bucket of which tokens are leased, with a small one
 * that all share, and with small ones that no question can be shared of. `rounds=11` and `seconds=2` may be given, and settings of the API.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { rounds = '11', seconds = '2', ...settings } = given;
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl);
  const fleet = createFleet(stores, { HTTP_MAX_REQUESTS_PER_SOCKET: '100000000', ...settings });
  const { child, addresses } = await fleet.start('api');
  const door = { child, load: openLoad({ api: addresses.api, key: fleet.key }) };
  const keys = await makeKeys(sql);
  const asked = { GET: pollsOf, POST: submitsOf };
  const rows = [];
  for (const [method, requestsOf] of Object.entries(asked)) {
    if (parts.length > 0 && !parts.includes(method)) continue;
    const orders = await requestsOf(sql, door.load, keys);
    const ask = async (variant, time) => {
      if (method === 'POST') await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
      return measure(door, { ...orders[variant], connections: clients, seconds: time });
    };
    for (const variant of Object.keys(plans)) await ask(variant, 1);
    const run = (variant) => ask(variant, Number(seconds));
    const reports = await takeTurns(Object.keys(plans), { rounds: Number(rounds), run });
    rows.push(...Object.keys(plans).map((name) => rowOf(`${method}, ${name}`, reports[name], reports[base])));
  }
  printTable(`One API process, ${clients} connections, ${rounds} rounds of ${seconds} s each`, heads, rows);
  door.load.close();
  await fleet.stop();
  await sql.end();
  await stores.stop();
}

/** A tenant of its own for each plan, with its keys. */
async function makeKeys(sql) {
  const made = {};
  for (const [index, [name, { capacity, refill, keys }]] of Object.entries(plans).entries()) {
    const plan = `bench-${index}`;
    await sql`INSERT INTO plans (name, bucket_capacity, refill_per_second) VALUES (${plan}, ${capacity}, ${refill})`;
    const tenant = await createTenant({ sql }, { name: plan, plan });
    made[name] = { tenantId: tenant.id, keys: [tenant.firstKey.key] };
    const scopes = ['jobs:write', 'jobs:read'];
    while (made[name].keys.length < keys) {
      made[name].keys.push((await createKey({ sql }, tenant.id, { name: 'more', scopes, expiresAt: null })).key);
    }
  }
  return made;
}

async function pollsOf(sql, load, made) {
  const orders = {};
  for (const [name, { tenantId, keys }] of Object.entries(made)) {
    const path = `/v1/jobs/${await finishOne(sql, tenantId)}`;
    orders[name] = { requests: keys.map((as) => load.get(path, { as })) };
  }
  return orders;
}

async function submitsOf(_sql, load, made) {
  const body = JSON.stringify({ kind: 'test.noop', input: { value: 1 } });
  const requestsOf = ({ keys }) => keys.map((as) => load.post('/v1/jobs', body, { as }));
  return Object.fromEntries(
    Object.entries(made).map(([name, one]) => [name, { requests: requestsOf(one), status: 202 }]),
  );
}

const heads = ['what', 'a second', 'API µs each', `rate against ${base}`, 'API time against it'];

function rowOf(name, reports, without) {
  const median = (measured) => quantile(reports.map(measured), 0.5);
  return [
    name,
    Math.round(median(({ perSecond }) => perSecond)),
    median(({ usEach }) => usEach).toFixed(0),
    showRatio(ratioOf(reports, without, ({ perSecond }) => perSecond)),
    showRatio(ratioOf(reports, without, ({ usEach }) => usEach)),
  ];
}
