/** Files that still have retired words. This list only shrinks, and goes when it is empty. */
export const filesToClean: readonly string[] = [
  'libs/jobs/src/dispatch/release-blocked-jobs.ts',
  'libs/jobs/src/submit/backlog-limit.ts',
  'test/support/own-stores.ts',
  'test/support/stores.ts',
];
