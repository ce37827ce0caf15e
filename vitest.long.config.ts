import { defineConfig } from 'vitest/config';
import short from './vitest.config.ts';

export default defineConfig({
  test: { ...short.test, include: ['test/long/*.test.ts'], exclude: [], testTimeout: 600_000 },
});
