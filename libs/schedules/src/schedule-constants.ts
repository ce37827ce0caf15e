/** When schedules run. Tests start workers with shorter values. */
export const scheduleConstants = {
  /** Between two searches for due schedules. */
  everyMs: 1_000,
  /** A slot without a job counts as missed after this time. */
  missedAfterMs: 60_000,
};

export type ScheduleConstants = typeof scheduleConstants;
