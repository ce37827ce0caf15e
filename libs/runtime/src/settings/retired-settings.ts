/**
 * Names that were settings once, each with the constant that took its place: `group.name` of `apiConstants`,
 * `workerConstants` or `filesConstants`. A test finds each constant.
 */
const retiredSettings: Readonly<Record<string, string>> = {
  AUTH_FAILURES_PER_MINUTE: 'limits.authFailuresPerMinute',
  BACKLOG_LOOK_MS: 'limits.backlogCountEveryMs',
  BODY_BYTES_MAX: 'http.bodyBytesMax',
  DISPATCH_LOST_AFTER_MS: 'maintenance.lostAfterMs',
  EVENTS_HEARTBEAT_MS: 'events.heartbeatMs',
  EVENTS_KEEP_SECONDS: 'events.retentionSeconds',
  EVENTS_PER_JOB_MAX: 'events.perJobMax',
  EVENT_LOG_CHARS_MAX: 'events.logCharsMax',
  EVENT_LOG_LINES_MAX: 'events.logLinesMax',
  EVENT_STREAMS_PER_KEY_MAX: 'events.streamsPerTenantMax',
  FETCH_STUCK_MS: 'execution.fetchStuckMs',
  FILES_ERASE_EVERY_MS: 'files.eraseEveryMs',
  FILES_MAX_CONNECTIONS: 'transfer.connectionsMax',
  FILES_STALL_SECONDS: 'transfer.stallMs',
  FILES_SWEEP_EVERY_MS: 'files.eraseEveryMs',
  FILE_BYTES_MAX: 'limits.fileBytesMax',
  FILE_READ_BYTES_MAX: 'execution.fileReadBytesMax',
  HEAL_EVERY_MS: 'maintenance.redispatchEveryMs',
  HTTP_HEADERS_TIMEOUT_SECONDS: 'http.headersTimeoutMs',
  HTTP_HEADER_BYTES_MAX: 'http.headerBytesMax',
  HTTP_KEEP_ALIVE_SECONDS: 'http.keepAliveTimeoutMs',
  HTTP_REQUEST_TIMEOUT_SECONDS: 'http.requestTimeoutMs',
  IDEMPOTENCY_HOURS: 'maintenance.idempotencyHours',
  KEPT_OUTPUT_BYTES_MAX: 'execution.unsavedOutputBytesMax',
  KEYS_PER_TENANT_MAX: 'limits.keysPerTenantMax',
  LEASE_MS: 'maintenance.leaseMs',
  LEASE_RENEW_EVERY_MS: 'maintenance.renewLeaseEveryMs',
  LET_GO_EVERY_MS: 'maintenance.releaseEveryMs',
  LOOP_BLOCKED_MS_MAX: 'execution.loopBlockedMsMax',
  MAINTENANCE_ROWS_MAX: 'maintenance.rowsMax',
  OUTPUT_BYTES_MAX: 'execution.outputBytesMax',
  OUTPUT_INLINE_BYTES_MAX: 'execution.outputInlineBytesMax',
  PROMOTE_EVERY_MS: 'maintenance.promoteEveryMs',
  PURGE_EVERY_MS: 'maintenance.purgeEveryMs',
  PURGE_ROWS_MAX: 'maintenance.purgeRowsMax',
  RECONCILE_AFTER_MS: 'maintenance.reconcileAfterMs',
  RECONCILE_EVERY_MS: 'maintenance.reconcileEveryMs',
  RECONCILE_ROWS_MAX: 'maintenance.reconcileRowsMax',
  REDISPATCH_EVERY_MS: 'maintenance.redispatchEveryMs',
  REFILL_EVERY_MS: 'maintenance.refillEveryMs',
  RELEASE_EVERY_MS: 'maintenance.releaseEveryMs',
  RESCUE_EVERY_MS: 'maintenance.rescueEveryMs',
  RESULT_MEMORY_SECONDS: 'resultMemory.maxAgeMs',
  SCHEDULES_EVERY_MS: 'schedules.everyMs',
  SCHEDULES_PER_TENANT_MAX: 'limits.schedulesPerTenantMax',
  SCHEDULE_MISSED_AFTER_SECONDS: 'schedules.missedAfterMs',
  SEARCH: 'search.enabled',
  SEARCH_EVERY_MS: 'search.indexEveryMs',
  SWEEP_ROWS_MAX: 'maintenance.rowsMax',
  UNSAVED_OUTPUT_BYTES_MAX: 'execution.unsavedOutputBytesMax',
  WEBHOOK_CONCURRENCY: 'deliveries.concurrency',
  WEBHOOK_DISPATCH_EVERY_MS: 'deliveries.dispatchEveryMs',
  WEBHOOK_ENDPOINT_CONCURRENCY: 'deliveries.perEndpointMax',
  WEBHOOK_LOST_AFTER_MS: 'deliveries.lostAfterMs',
  WEBHOOK_PAUSE_MS: 'deliveries.pauseMs',
  WEBHOOK_RECEIVERS_PER_JOB_MAX: 'limits.receiversPerJobMax',
  WEBHOOK_RETRY_SECONDS: 'deliveries.retrySeconds',
  WEBHOOK_TIMEOUT_MS: 'deliveries.timeoutMs',
};

/** Returns one line for each retired name that the environment sets, itself or as NAME_FILE. */
export function findRetiredSettings(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.entries(retiredSettings).flatMap(([name, constant]) =>
    [name, `${name}_FILE`]
      .filter((given) => environment[given])
      .map(
        (given) =>
          `${given}: is not a setting any more, remove it; the constant ${constant} replaces it, with one value for all installations`,
      ),
  );
}

/** Returns each retired name with the constant that took its place. */
export function listRetiredSettings(): readonly (readonly [name: string, constant: string])[] {
  return Object.entries(retiredSettings);
}
