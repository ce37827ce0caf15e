import { growthScenarios } from './growth.mjs';
import { pollScenario } from './poll-jobs.mjs';
import { processJobs } from './process-jobs.mjs';
import { redisMemory } from './redis-memory.mjs';
import { submitScenarios } from './submit-jobs.mjs';
import { aloneScenario, highestRate, idleScenario, waitScenarios } from './wait-for-jobs.mjs';

/**
 * Every scenario of the comparison, in the order of the table.
 * A scenario has `contestants` (name → `durable`, `run(round, options)`), a `figure` for the chart, and the `lines` of
 * the table with their targets. `quick` replaces `options` with --quick, which also leaves out `slow` contestants.
 */
export const scenarios = [
  ...processJobs,
  aloneScenario,
  ...growthScenarios,
  ...waitScenarios,
  highestRate,
  idleScenario,
  ...submitScenarios,
  pollScenario,
  redisMemory,
];
