import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { inject } from 'vitest';

/**
 * What handlers wait for that were given its file as `until`: they go on when the test says so, however slow the
 * machine is.
 */
export interface Latch {
  until: string;
  lift(): void;
}

export function makeLatch(): Latch {
  const until = path.join(inject('runStores').dir, `latch-${randomUUID()}`);
  return { until, lift: () => writeFileSync(until, '') };
}
