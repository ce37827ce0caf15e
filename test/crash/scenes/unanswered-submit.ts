import postgres from 'postgres';
import { eventually } from '../../support/eventually.ts';
import type { Fleet } from '../../support/apps/fleet.ts';
import type { App } from '../../support/apps/start-app.ts';
import { testKey } from '../../support/apps/start-turno.ts';
import { stores } from '../../support/stores/stores.ts';

/** One submit with a key, answered or not. */
export function submitWithKey(api: App, idempotencyKey: string): Promise<Response> {
  return fetch(`${api.addresses['api']}/v1/jobs`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${testKey}`,
      'content-type': 'application/json',
      'idempotency-key': idempotencyKey,
    },
    body: JSON.stringify({ kind: 'test.noop', input: { value: 'unanswered' } }),
  });
}

/**
 * A submit whose job is committed and whose API is killed before it can say so: it is frozen while its
 * statement waits for another one's key, which is then taken back. Answers with the job's id.
 */
export async function leaveSubmitUnanswered(fleet: Fleet, idempotencyKey: string): Promise<string> {
  const api = await fleet.startApi();
  const holder = postgres((await stores()).databaseUrl, { max: 1, onnotice: () => {} });
  await holder`BEGIN`;
  await holder`INSERT INTO idempotency_keys VALUES ('ten_first', ${idempotencyKey}, '', '{}')`;
  const answer = submitWithKey(api, idempotencyKey).then(
    ({ status }) => status,
    () => 'none',
  );
  await eventually(async () => {
    const waiting = await fleet.sql`SELECT FROM pg_stat_activity
      WHERE wait_event_type = 'Lock' AND datname = current_database()`;
    return waiting.length > 0;
  });
  api.kill('SIGSTOP');
  await holder`ROLLBACK`;
  await holder.end();
  const id = await eventually(async () => {
    const [row] = await fleet.sql<{ id: string }[]>`
      SELECT job_ids[1] AS id FROM idempotency_keys WHERE key = ${idempotencyKey}`;
    if (row === undefined) throw new Error('not committed yet');
    return row.id;
  });
  api.kill('SIGKILL');
  await api.exited;
  if ((await answer) !== 'none') throw new Error(`the API answered ${await answer}`);
  return id;
}
