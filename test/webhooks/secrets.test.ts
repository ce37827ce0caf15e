import { createSecretBox } from '@turno/runtime';
import postgres from 'postgres';
import { Webhook } from 'standardwebhooks';
import { expect, onTestFinished, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { run } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { reply, startReceiver } from '../support/http/receivers.ts';
import { startApp } from '../support/apps/start-app.ts';
import { startTurno, testSettings } from '../support/apps/start-turno.ts';
import { stores } from '../support/stores/stores.ts';
import { deliveryBecomes, listDeliveries, quickWebhooks, register } from '../support/http/webhooks.ts';

const [first, second] = [
  'the first key of thirty-two characters or more',
  'the second key of thirty-two characters or more',
];

test('A sealed secret opens only with its key, for its owner, and unchanged', () => {
  const [old, box] = [createSecretBox(first), createSecretBox(second, [first])];
  const sealed = old.seal('whsec_text', 'ep_one');
  expect(box.open(sealed, 'ep_one')).toBe('whsec_text');
  expect(box.keyId).not.toBe(old.keyId);
  expect(box.open(sealed, 'ep_two')).toBeUndefined();
  expect(createSecretBox(second).open(sealed, 'ep_one')).toBeUndefined();
  for (let at = 0; at < sealed.sealed.length; at += 1) {
    const changed = Buffer.from(sealed.sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    expect(old.open({ ...sealed, sealed: changed }, 'ep_one')).toBeUndefined();
  }
  expect(old.open({ ...sealed, sealed: sealed.sealed.subarray(0, 20) }, 'ep_one')).toBeUndefined();
});

test('A new key reseals all secrets, and a delivery that no key can sign waits uncounted', async () => {
  const settings = { WORKER_QUEUES: 'io', KINDS_DIR: testKindsDir, ...quickWebhooks };
  const turno = await startTurno({ ...settings, SECRET_KEY: first });
  const receiver = await startReceiver(reply(200));
  const { secret } = await register(turno, receiver.url);
  const sql = postgres((await stores()).databaseUrl, { max: 1 });
  onTestFinished(() => sql.end());
  const text = JSON.stringify(await sql`SELECT encode(sealed, 'escape') FROM webhook_secrets`);
  expect(text).not.toContain(secret.slice('whsec_'.length, 20));
  await turno.workerApp.stop();
  const [{ key_id: before } = {}] = await sql`SELECT key_id FROM webhook_secrets`;
  const between = await startApp(
    'worker',
    await testSettings({ ...settings, SECRET_KEY: second, SECRET_KEY_PREVIOUS: first }),
  );
  await between.stop();
  const [{ key_id: after } = {}] = await sql`SELECT key_id FROM webhook_secrets`;
  expect(after).not.toBe(before);
  const last = await startApp('worker', await testSettings({ ...settings, SECRET_KEY: second, LOG_LEVEL: 'debug' }));
  await run(turno, 'test.noop', {});
  const request = await eventually(() => {
    const [one] = receiver.received;
    if (one === undefined) throw new Error('nothing has come yet');
    return one;
  });
  expect(new Webhook(secret).verify(request.body, request.headers)).toMatchObject({ type: 'job.completed' });
  const signature = request.headers['webhook-signature'] ?? '';

  // The API still seals with the first key, which the last worker lacks, as during a rollout of a new key.
  const foreign = await register(turno, receiver.url);
  await run(turno, 'test.noop', {});
  const query = `endpoint=${foreign.id}`;
  const put = await deliveryBecomes(turno, query, { state: 'pending', reason: 'secret-unreadable', attempts: [] });
  expect(await (await turno.request(`/v1/endpoints/${foreign.id}`)).json()).toMatchObject({ failingSince: null });
  const knowing = await startApp(
    'worker',
    await testSettings({ ...settings, SECRET_KEY: second, SECRET_KEY_PREVIOUS: first }),
  );
  await eventually(async () => {
    await sql`UPDATE deliveries SET due_at = now() WHERE id = ${put.id} AND due_at IS NOT NULL AND NOT in_flight`;
    expect(await listDeliveries(turno, query)).toMatchObject([{ state: 'delivered', reason: null }]);
  });
  for (const app of [turno.apiApp, turno.workerApp, between, last, knowing])
    for (const word of [secret.slice('whsec_'.length), signature, first, second])
      expect(app.output()).not.toContain(word);
});

test.each(['api', 'worker'] as const)(
  'The %s does not start without a long enough SECRET_KEY, and says what is needed',
  async (name) => {
    const { SECRET_KEY: _key, ...settings } = await testSettings();
    await expect(startApp(name, settings)).rejects.toThrow(/SECRET_KEY: .*required/);
    await expect(startApp(name, { ...settings, SECRET_KEY: 'short' })).rejects.toThrow(/SECRET_KEY: .*32 characters/);
  },
);
