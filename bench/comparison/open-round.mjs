import { Redis } from 'ioredis';
import { openSql, readStorePids } from '../open-bench-stores.mjs';
import { openLoad } from '../load/open-load.mjs';
import { treeSeconds } from '../measure/processor-time.mjs';
import { createFleet } from '../start-fleet.mjs';
import { closeAtStop } from '../stop.mjs';

/** The settings of `.env.example`, where a benchmark of single parts uses others. */
const shippedSettings = { WORKER_QUEUES: 'cpu,io', LOG_LEVEL: 'info' };

/**
 * Creates rounds on the stores of this run.
 * Each round has a fresh database, a copy of the migrated one that no statement has seen, and an empty Redis. Its
 * processes are started for it alone and ended after it, so that no contestant pays for another.
 */
export async function openRounds(stores) {
  const admin = openSql(stores.databaseUrl.replace(/[^/]*$/, 'postgres'));
  const template = stores.databaseUrl.replace(/.*\//, '');
  const redis = new Redis(stores.redisUrl);
  const pids = await readStorePids(stores);
  let rounds = 0;
  closeAtStop(async () => {
    redis.disconnect();
    await admin.end({ timeout: 1 });
  });
  return {
    /** Runs `work` in a round and returns its report. */
    async run(work) {
      rounds += 1;
      const database = `round_${rounds}`;
      await admin.unsafe(`CREATE DATABASE ${database} TEMPLATE ${template}`);
      await redis.flushall();
      const round = openRound({ ...stores, databaseUrl: stores.databaseUrl.replace(/[^/]*$/, database) }, pids);
      await admin.unsafe('CHECKPOINT'); // no contestant writes the pages of another
      try {
        return await work(round);
      } finally {
        await round.close();
        await admin.unsafe(`DROP DATABASE ${database} WITH (FORCE)`);
      }
    },
  };
}

function openRound(stores, pids) {
  const sql = openSql(stores.databaseUrl, { max: 2 });
  const redis = new Redis(stores.redisUrl);
  const fleets = [];
  const loads = [];
  const open = (settings) => {
    const fleet = createFleet(stores, { ...shippedSettings, ...settings });
    fleets.push(fleet);
    return fleet;
  };
  return {
    sql,
    redis,
    openFleet: open,
    /** Starts a client process, which ends with the round. */
    openLoad(server) {
      const load = openLoad(server);
      loads.push(load);
      return load;
    },
    /** Starts a program of bench/peers. `order` sends it an order and resolves with the reply. */
    startPeer: (file, more) => startPeer(open({}), file, more),
    /** Starts a meter. It returns the processor seconds since then: of the stores, and of each given process. */
    startMeter(processes) {
      const trees = { ...processes, postgres: pids.postgres, redis: pids.redis };
      const read = () => Object.fromEntries(Object.entries(trees).map(([name, pid]) => [name, treeSeconds(pid)]));
      const before = read();
      return () => {
        const after = read();
        return Object.fromEntries(Object.keys(trees).map((name) => [name, after[name] - before[name]]));
      };
    },
    close: closeAtStop(async () => {
      for (const load of loads) load.close();
      for (const fleet of fleets) await fleet.stop();
      redis.disconnect();
      await sql.end({ timeout: 1 });
    }),
  };
}

async function startPeer(fleet, file, more) {
  const { child, addresses } = await fleet.startOther(`peers/${file}`, more);
  const order = (message) =>
    new Promise((resolve) => {
      child.once('message', resolve);
      child.send(message);
    });
  return { child, addresses, order };
}
