/** What a handler may use of the world. Everything else (network, database, secrets) is out of its reach by design. */
export interface HandlerContext {
  readonly jobId: string;
  /** 1 for the first attempt of this run. */
  readonly attempt: number;
  /** Of an `io` handler: aborts on timeout, cancel, lost ticket and shutdown. A `cpu` handler is killed instead, without a word. */
  readonly signal: AbortSignal;
  readonly log: HandlerLog;
  /** Says how far the work is, 0 to 100. Cheap: call it as often as you like, the worker thins it out. */
  progress(percent: number, message?: string): void;
  /** HTTP to public addresses, and to private ones only where OUTBOUND_ALLOW_HOSTS names them. Never throws for a status. */
  fetch(request: OutboundRequest): Promise<OutboundResponse>;
  readonly files: HandlerFiles;
  /** Counts and durations of the caller's own jobs. */
  usage(range: UsageRange): Promise<UsageRow[]>;
}

export interface HandlerLog {
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
}

/** Large things in and out: the caller's own files by their ids. */
export interface HandlerFiles {
  /** The whole file. Throws a `PermanentFailure` when there is none of the caller's by this id, or it is too large for a handler. */
  read(fileId: string): Promise<HandlerFile>;
  /** Stores a file for the caller. It lasts as long as the job does, once this attempt has succeeded; else it goes by itself. */
  write(file: NewHandlerFile): Promise<{ fileId: string; bytes: number; sha256: string | null }>;
}

export interface HandlerFile {
  name: string | null;
  contentType: string;
  bytes: Uint8Array;
}

export interface NewHandlerFile {
  /** As what a browser saves it. */
  name?: string;
  contentType: string;
  bytes: Uint8Array;
}

export interface OutboundRequest {
  url: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Uint8Array;
  /** Of the whole exchange, redirects and body included. */
  timeoutMs?: number;
  /** 3 when left out. Each target is vetted like the first. */
  redirectsMax?: number;
  /** The body is cut here, and `truncated` says so. */
  bytesMax?: number;
}

export interface OutboundResponse {
  status: number;
  headers: Record<string, string>;
  body: Uint8Array;
  truncated: boolean;
  /** Where the last redirect led. */
  url: string;
}

/** Half open: from ≤ created < to. */
export interface UsageRange {
  from: Date;
  to: Date;
}

/** One day (UTC) of one kind. Times in milliseconds, null where no job has got that far. */
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
