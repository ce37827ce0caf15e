import { defineConfig } from 'vitest/config';
import { MixedOrder } from './test/support/mixed-order.ts';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/long/**'],
    globalSetup: ['test/support/own-stores.ts'],
    setupFiles: ['test/support/own-file.ts'],
    sequence: { sequencer: MixedOrder },
    pool: 'forks',
    // Files run one after another in the same processes, which import the support and the packages once.
    isolate: false,
    // The compiled workspaces are loaded by Node itself; Vite would take them for sources and transform each file.
    server: { deps: { external: [/\/(libs|apps)\/[^/]+\/dist\//] } },
    // Files start processes of their own: more at once than this only wait for each other on two cores, fewer leave
    // them idle.
    maxWorkers: 4,
    // Limits for a broken product: a slow machine reaches none of them.
    testTimeout: 240_000,
    hookTimeout: 240_000,
    teardownTimeout: 60_000,
  },
});
