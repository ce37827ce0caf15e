import { setTimeout as delay } from 'node:timers/promises';
import { releaseBlockedJobs, openPostgres } from '@turno/postgres';
import postgresDriver from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { selfSigned } from '../support/http/self-signed.ts';
import { stores } from '../support/stores/stores.ts';
import { throughGate } from '../support/http/tcp-gate.ts';
import { openTlsDoor } from '../support/http/tls-door.ts';

const certificate = selfSigned();

async function openThroughGate(poolMax: number, road = 'plain') {
  const { databaseUrl } = await stores();
  const door = road === 'TLS' ? await openTlsDoor(databaseUrl, certificate) : undefined;
  onTestFinished(() => void door?.close());
  const { gate, url } = await throughGate(door?.url ?? databaseUrl);
  const { sql, close } = openPostgres({
    url: door ? `${url}?sslmode=require` : url,
    poolMax,
    prepare: true,
    name: 'lost',
  });
  onTestFinished(async () => {
    await close();
    gate.close();
  });
  return { gate, sql };
}

test.each([
  ['plain', 10],
  ['TLS', 4],
])(
  'When all connections (%s) end at once, again and again, no statement is lost and none waits for a dead connection',
  async (road, rounds) => {
    const { gate, sql } = await openThroughGate(8, road);
    let timeouts = 0;
    const answers = Array.from({ length: 16 }, () => 0);
    let over = false;
    onTestFinished(() => void (over = true));
    // Whoever is refused asks again at once, when other connections have not yet heard of their end.
    const askOn = async (caller: number) => {
      while (!over) {
        await sql`SELECT ${1}::int`.then(
          () => ((answers[caller] = (answers[caller] ?? 0) + 1), delay(5)),
          (error: { code?: string }) => void (timeouts += error.code === 'CONNECT_TIMEOUT' ? 1 : 0),
        );
      }
    };
    const callers = answers.map((_none, caller) => askOn(caller));
    const answersRise = async (before: number[]) => {
      await eventually(() => answers.every((count, caller) => count > (before[caller] ?? 0)));
    };
    for (let round = 0; round < rounds; round += 1) {
      await answersRise([...answers]);
      gate.shut();
      gate.open();
    }
    await answersRise([...answers]);
    over = true;
    await Promise.all(callers);
    // The server is always there. A machine that stands still may be late once; a connection that is dead for good is
    // late again and again.
    expect(timeouts).toBeLessThan(8);
  },
);

test('A connection that is lost within a transaction ends the transaction and not the process', async () => {
  const { gate, sql } = await openThroughGate(1);
  const holder = postgresDriver((await stores()).databaseUrl, { max: 1 });
  onTestFinished(() => holder.end());
  await holder`SELECT pg_advisory_lock(${7_201_905_214}::bigint)`;
  const options = {
    tenantIds: ['ten_none'],
    direct: [],
    pauses: { queues: new Set<string>(), kinds: new Set<string>() },
  };
  const letting = releaseBlockedJobs(sql, { ...options, rowsMax: 1 }).then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
  await eventually(async () => {
    const [waiting] =
      await holder`SELECT FROM pg_stat_activity WHERE application_name = 'lost' AND wait_event = 'advisory'`;
    return waiting !== undefined;
  });
  gate.shut();
  gate.open();
  expect(await letting).toMatch(/^CONNECTION_CLOSED|ECONNRESET$/);
  await eventually(() => sql`SELECT 1`.then(() => true));
});

test('A check of silent connections that gets no answer itself is given up, and the waiting statement fails', async () => {
  const { gate, sql } = await openThroughGate(1);
  await sql`SELECT 1`;
  gate.muteAt('pg_stat_activity');
  gate.swallow();
  await expect(sql`SELECT 2`).rejects.toMatchObject({ code: expect.stringMatching(/CLOSED|RESET|TIMEDOUT|DESTROYED/) });
  gate.shut();
  gate.open();
  await eventually(() => sql`SELECT 1`.then(() => true));
});
