import { processJobs } from './process-jobs.mjs';

/**
 * Every scenario of the comparison, in the order of the table.
 * A scenario has `contestants` (name → `durable`, `run(round, options)`), a `figure` for the chart, and the `lines` of
 * the table with their targets. `quick` replaces `options` with --quick, which also leaves out `slow` contestants.
 */
export const scenarios = [...processJobs];
