import { afterAll, afterEach } from 'vitest';
import { endApps } from './start-app.ts';
import { endStores } from './stores.ts';

let passed = 0;
let failed = 0;

afterEach(({ task }) => {
  if (task.result?.state === 'fail') failed += 1;
  else passed += 1;
});

// Registered before those of the file itself, so it runs after them.
afterAll(async () => {
  await endApps();
  await endStores(failed === 0 && passed > 0);
});
