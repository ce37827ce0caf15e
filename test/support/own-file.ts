import { afterAll, afterEach } from 'vitest';
import { endFile } from './end-of-file.ts';
import { endApps } from './apps/start-app.ts';
import { endStores } from './stores/stores.ts';

let passed = 0;
let failed = 0;

afterEach(({ task }) => {
  if (task.result?.state === 'fail') failed += 1;
  else passed += 1;
});

// Registered before the hooks of the file itself, so it runs after them.
afterAll(async () => {
  await endApps();
  await endFile();
  await endStores(failed === 0 && passed > 0);
});
