import { expect, test } from 'vitest';
import { withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { type Fleet, openFleet } from '../support/apps/fleet.ts';
import { testKey } from '../support/apps/start-turno.ts';

/** From now on every process that connects takes its time from this clock, which the test moves. */
async function bendClock({ sql }: Fleet): Promise<(to: string) => Promise<unknown>> {
  await sql.unsafe(`CREATE SCHEMA bent; CREATE TABLE bent.clock (ahead interval NOT NULL);
    INSERT INTO bent.clock VALUES ('0');
    CREATE FUNCTION bent.now() RETURNS timestamptz LANGUAGE sql STABLE
      AS 'SELECT pg_catalog.now() + (SELECT ahead FROM bent.clock)'`);
  const [row] = await sql<{ name: string }[]>`SELECT current_database() AS name`;
  await sql.unsafe(`ALTER DATABASE "${row?.name ?? ''}" SET search_path = bent, pg_catalog, public`);
  return (to) => sql`UPDATE bent.clock SET ahead = ${to}::text::timestamptz - pg_catalog.now()`;
}

test('A schedule makes one job per slot, whichever of three workers live, however their clock jumps, beside one that cannot be read', async () => {
  const fleet = await openFleet();
  const setClock = await bendClock(fleet);
  await setClock('2031-03-29T22:00:30Z');
  const api = await fleet.startApi();
  const settings = withConstants({ schedules: { everyMs: 50 } });
  const workers = await Promise.all([1, 2, 3].map(() => fleet.startWorker(settings)));
  const put = async (name: string, schedule: object) => {
    const response = await fetch(`${api.addresses['api']}/v1/schedules/${name}`, {
      method: 'PUT',
      headers: { authorization: `Bearer ${testKey}`, 'content-type': 'application/json' },
      body: JSON.stringify({ kind: 'test.noop', input: { value: name }, timezone: 'Europe/Berlin', ...schedule }),
    });
    expect(response.status, await response.text()).toBe(201);
  };
  await put('caught-up', { cron: '*/10 * * * *', missed: 'catch-up', catchUpMax: 5 });
  await put('skipped', { cron: '*/10 * * * *', missed: 'skip' });
  await put('gap', { cron: '30 2 * * *', missed: 'catch-up' });

  await put('unreadable', { cron: '* * * * *' });
  await fleet.sql`UPDATE public.schedules SET timezone = 'Mars/Olympus' WHERE name = 'unreadable'`;

  const slots = async (name: string) => {
    const rows = await fleet.sql<{ slot: string }[]>`
      SELECT to_char(slot AT TIME ZONE 'UTC', 'DD HH24:MI') AS slot FROM public.schedule_slots WHERE name = ${name} ORDER BY slot`;
    return rows.map(({ slot }) => slot);
  };
  const slotsAre = (name: string, expected: string[]) =>
    eventually(async () => expect(await slots(name)).toEqual(expected));

  await setClock('2031-03-29T22:10:05Z');
  await slotsAre('caught-up', ['29 22:10']);
  await slotsAre('skipped', ['29 22:10']);
  workers[0]?.kill('SIGKILL');
  await setClock('2031-03-29T23:30:01Z'); // seven passed, and the eighth is now
  const caughtUp = ['29 22:10', '29 22:40', '29 22:50', '29 23:00', '29 23:10', '29 23:20', '29 23:30'];
  await slotsAre('caught-up', caughtUp);
  await slotsAre('skipped', ['29 22:10', '29 23:30']);
  await setClock('2031-03-29T22:09:55Z'); // back: what was made stays made
  workers[1]?.kill('SIGKILL');
  await setClock('2031-03-29T22:10:05Z');
  await fleet.startWorker(settings);
  await setClock('2031-03-30T01:00:02Z'); // the clock of Berlin jumps from 2 to 3 here
  await slotsAre('gap', ['30 01:00']);
  await slotsAre('skipped', ['29 22:10', '29 23:30', '30 01:00']);

  await eventually(() => expect(workers[2]?.output().match(/schedule could not create its jobs/g)).toHaveLength(1));
  // Each slot has its job, each job its slot, and every one runs.
  await eventually(
    async () => {
      const [row] = await fleet.sql`SELECT count(*)::int AS jobs, count(s.job_id)::int AS with_slot,
      count(*) FILTER (WHERE j.state = 'completed')::int AS completed, count(DISTINCT (s.name, s.slot))::int AS slots,
      (SELECT count(*)::int FROM public.schedule_slots) AS all_slots
      FROM public.jobs j LEFT JOIN public.schedule_slots s ON s.job_id = j.id`;
      const [first] = await fleet.sql<{ n: number }[]>`SELECT count(*)::int AS n FROM public.schedule_slots`;
      const n = first?.n ?? 0;
      expect(n).toBeGreaterThan(10);
      expect(row).toEqual({ jobs: n, with_slot: n, completed: n, slots: n, all_slots: n });
    },
    { withinMs: 120_000 },
  );
});
