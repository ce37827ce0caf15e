import { expect, test } from 'vitest';
import { mergeSettings, withConstants } from '../support/apps/constants.ts';
import { eventually } from '../support/eventually.ts';
import { submit } from '../support/jobs.ts';
import { testKindsDir } from '../support/kinds.ts';
import { reply, startReceiver } from '../support/http/receivers.ts';
import { startTurno } from '../support/apps/start-turno.ts';
import { quickWebhooks, register } from '../support/http/webhooks.ts';

test('A quick receiver gets its next deliveries before the next round of the maintenance task', async () => {
  const slow = withConstants({ deliveries: { dispatchEveryMs: 2_000, perEndpointMax: 1 } });
  const turno = await startTurno({
    WORKER_QUEUES: 'io',
    KINDS_DIR: testKindsDir,
    ...mergeSettings(quickWebhooks, slow),
  });
  const receiver = await startReceiver(reply(200));
  await register(turno, receiver.url);
  await Promise.all(Array.from({ length: 30 }, () => submit(turno, 'test.noop', {})));
  // With the maintenance task alone it would take a minute.
  await eventually(() => expect(receiver.received).toHaveLength(30));
});
