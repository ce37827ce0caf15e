import { createKey, createTenant } from '@turno/tenants';
import { finishOne } from './finish-one.mjs';
import { openBenchStores, openSql } from './open-bench-stores.mjs';
import { measure, openLoad } from './load/open-load.mjs';
import { quantile, ratioOf } from './measure/statistics.mjs';
import { printTable, readWords } from './print-table.mjs';
import { createFleet } from './start-fleet.mjs';
import { showRatio, interleave } from './measure/interleave.mjs';

const clients = 64;
/** The refill is so large that no request is rejected: only the cost of the check is measured. */
const plans = {
  'no limit': { capacity: null, refill: null, keys: 1 },
  'leased, 100,000 tokens': { capacity: 100_000, refill: 1_000_000, keys: 1 },
  'exact, 199 tokens': { capacity: 199, refill: 1_000_000, keys: 1 },
  'exact, a key for each client': { capacity: 199, refill: 1_000_000, keys: clients },
};
const base = 'no limit';

/**
 * Measures the cost of token buckets.
 * It compares polls and submits of 64 clients without a limit, with a large leased bucket, with one small shared
 * bucket, and with a small bucket per client. Words: `rounds=11`, `seconds=2`, and settings of the API.
 */
export async function run(words) {
  const { parts, settings: given } = readWords(words);
  const { rounds = '11', seconds = '2', ...settings } = given;
  const stores = await openBenchStores();
  const sql = openSql(stores.databaseUrl);
  const fleet = createFleet(stores, { HTTP_MAX_REQUESTS_PER_SOCKET: '100000000', ...settings });
  const { child, addresses } = await fleet.start('api');
  const server = { child, load: openLoad({ api: addresses.api, key: fleet.key }) };
  const keys = await makeKeys(sql);
  const methods = { GET: pollsOf, POST: submitsOf };
  const rows = [];
  for (const [method, requestsOf] of Object.entries(methods)) {
    if (parts.length > 0 && !parts.includes(method)) continue;
    const orders = await requestsOf(sql, server.load, keys);
    const measureOnce = async (variant, time) => {
      if (method === 'POST') await sql`TRUNCATE jobs, job_inputs, job_outputs, job_attempts`;
      return measure(server, { ...orders[variant], connections: clients, seconds: time });
    };
    for (const variant of Object.keys(plans)) await measureOnce(variant, 1);
    const run = (variant) => measureOnce(variant, Number(seconds));
    const reports = await interleave(Object.keys(plans), { rounds: Number(rounds), run });
    rows.push(...Object.keys(plans).map((name) => rowOf(`${method}, ${name}`, reports[name], reports[base])));
  }
  printTable(`One API process, ${clients} connections, ${rounds} rounds of ${seconds} s each`, heads, rows);
  server.load.close();
  await fleet.stop();
  await sql.end();
  await stores.stop();
}

/** Creates a tenant with its keys for each plan. */
async function makeKeys(sql) {
  const tenants = {};
  for (const [index, [name, { capacity, refill, keys }]] of Object.entries(plans).entries()) {
    const plan = `bench-${index}`;
    await sql`INSERT INTO plans (name, bucket_capacity, refill_per_second) VALUES (${plan}, ${capacity}, ${refill})`;
    const tenant = await createTenant({ sql }, { name: plan, plan });
    tenants[name] = { tenantId: tenant.id, keys: [tenant.firstKey.key] };
    const scopes = ['jobs:write', 'jobs:read'];
    while (tenants[name].keys.length < keys) {
      tenants[name].keys.push((await createKey({ sql }, tenant.id, { name: 'more', scopes, expiresAt: null })).key);
    }
  }
  return tenants;
}

async function pollsOf(sql, load, tenants) {
  const orders = {};
  for (const [name, { tenantId, keys }] of Object.entries(tenants)) {
    const path = `/v1/jobs/${await finishOne(sql, tenantId)}`;
    orders[name] = { requests: keys.map((as) => load.get(path, { as })) };
  }
  return orders;
}

async function submitsOf(_sql, load, tenants) {
  const body = JSON.stringify({ kind: 'test.noop', input: { value: 1 } });
  const requestsOf = ({ keys }) => keys.map((as) => load.post('/v1/jobs', body, { as }));
  return Object.fromEntries(
    Object.entries(tenants).map(([name, tenant]) => [name, { requests: requestsOf(tenant), status: 202 }]),
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
