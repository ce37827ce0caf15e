import { defineConfig } from 'vitest/config';
import short from './vitest.config.ts';

export default defineConfig({
  // One file at a time: some compile or compute on all cores, and others compare what people see with a time limit.
  test: { ...short.test, include: ['test/long/*.test.ts'], exclude: [], testTimeout: 600_000, maxWorkers: 1 },
});
