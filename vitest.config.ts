import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    globalSetup: ['test/support/own-stores.ts'],
    setupFiles: ['test/support/own-file.ts'],
    pool: 'forks',
    // Files start processes of their own; more forks than this only wait for each other on two cores.
    maxWorkers: 3,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
  },
});
