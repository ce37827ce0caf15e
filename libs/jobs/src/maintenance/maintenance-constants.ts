/**
 * The pace of a worker's lease and maintenance tasks. They are no settings: each value follows from the others and from
 * the promises (30 s until a lost worker's jobs run again), not from an installation. Tests start workers with shorter
 * ones.
 */
export const maintenanceConstants = {
  /** Between two rounds of the refill of the window, when jobs wait in the backlog. */
  refillEveryMs: 100,
  /** Between two rounds of the release of blocked jobs. Most are released at once, when a run of their tenant ends. */
  releaseEveryMs: 500,
  /** Between two rounds of the promotion of due jobs and of the check of deadlines. */
  promoteEveryMs: 250,
  /** Between two searches for tickets that BullMQ did not confirm, or lost with all of Redis. */
  redispatchEveryMs: 1_000,
  /** A ticket without a confirmation counts as lost after this time. */
  lostAfterMs: 2_000,
  /** Between two comparisons of the dispatched tickets with BullMQ. */
  reconcileEveryMs: 10_000,
  /** The age from which a dispatched ticket is compared. */
  reconcileAfterMs: 10_000,
  /** Between two searches for jobs of workers whose lease expired. */
  rescueEveryMs: 5_000,
  /** A worker without a renewal for this time counts as lost. Longer than the longest pause of a healthy one. */
  leaseMs: 30_000,
  /** Between two renewals of the lease: a fifth of it or less. */
  renewLeaseEveryMs: 5_000,
  /** Between two searches for running attempts that were cancelled or lost their claim; most are notified at once. */
  lostClaimsEveryMs: 700,
  /** Between two rounds in which jobs of deleted tenants are cancelled. */
  clearEveryMs: 1_000,
  /** Between two rounds of the purge. */
  purgeEveryMs: 60_000,
  /** Between two checks whether a table has outgrown its statistics. A burst runs with bad plans for this long. */
  analyzeEveryMs: 1_000,
  /** The time for which an Idempotency-Key is kept. */
  idempotencyHours: 24,
  /** Rows of one statement, except for the three below. */
  rowsMax: 100,
  /** Jobs that one statement of the refill takes. */
  refillRowsMax: 200,
  /** Tickets that one script compares with BullMQ. */
  reconcileRowsMax: 1_000,
  /** Rows that one statement of the purge erases. */
  purgeRowsMax: 500,
};

export type MaintenanceConstants = typeof maintenanceConstants;
