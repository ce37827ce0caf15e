/**
 * Everything that a handler needs from Turno.
 * It gives no handler a connection to a store or a secret. What else a handler can reach depends on the user of the
 * worker: docs/decisions/0032-rights-of-handlers.md.
 */
export interface HandlerContext {
  readonly jobId: string;
  /** 1 for the first attempt of this run. */
  readonly attempt: number;
  /** Aborts an `io` handler on timeout, cancel, lost ticket and shutdown. A `cpu` handler is killed instead. */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  /** Reports progress, 0 to 100. It may be called often: the worker forwards about four reports per second. */
  progress(percent: number, message?: string): void;
  /** Sends an HTTP request to a public address, or to one that OUTBOUND_ALLOW_HOSTS names. No status is an error. */
  fetch(request: OutboundRequest): Promise<OutboundResponse>;
  readonly files: HandlerFiles;
  /** Returns counts and durations of the tenant's own jobs. */
  usage(range: UsageRange): Promise<UsageRow[]>;
}

/** Log lines of the handler: in the worker's log and in the event stream of the job. */
export interface HandlerLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** The tenant's own files, for large inputs and outputs. */
export interface HandlerFiles {
  /**
   * Reads a whole file.
   * Throws a `PermanentFailure` when the tenant has no such file, or it is too large for a handler.
   */
  read(fileId: string): Promise<HandlerFile>;
  /** Stores a file. It is erased with the job when this attempt succeeds, and expires by itself otherwise. */
  write(file: NewHandlerFile): Promise<{ fileId: string; bytes: number; sha256: string | null }>;
}

export interface HandlerFile {
  name: string | null;
  contentType: string;
  bytes: Uint8Array;
}

export interface NewHandlerFile {
  /** The name under which a browser saves the file. */
  name?: string;
  contentType: string;
  bytes: Uint8Array;
}

export interface OutboundRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** The time for everything, redirects and body included. Default 30,000. */
  timeoutMs?: number;
  /** Redirects to follow, each target checked like the first. Default 3. */
  redirectsMax?: number;
  /** The body is truncated to this size, and `truncated` is set. Default 1 MiB. */
  bytesMax?: number;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  truncated: boolean;
  /** The URL of the last request. */
  url: string;
}

/** A half-open range: from ≤ created < to. */
export interface UsageRange {
  from: Date;
  to: Date;
}

/** The jobs of one kind on one day (UTC). Times are in milliseconds, null without a job that started or ended. */
export interface UsageRow {
  day: string;
  kind: string;
  submitted: number;
  completed: number;
  failed: number;
  cancelled: number;
  waitP50Ms: number | null;
  waitP95Ms: number | null;
  runP50Ms: number | null;
  runP95Ms: number | null;
}
